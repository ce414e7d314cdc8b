using System.Diagnostics.Metrics;
using System.Globalization;

namespace Sockeye.Host.Administration;

/// <summary>What one instrument has counted, a series for each set of tags.</summary>
/// <remarks>Any thread: one lock, held for a look-up and an addition. Lives as long as the instrument. <b>Limit.</b> <see cref="MaxSeries"/>; what has further tags is counted in one series with the label
/// <see cref="OverflowLabel"/>, as OpenTelemetry does it.</remarks>
internal sealed class InstrumentSeries
{
    /// <summary>Series of one instrument. Own, half of what SDKs of OpenTelemetry take: tags of the engine have a few dozen values, those of plugins are their authors'.</summary>
    public const int MaxSeries = 1_000;

    /// <summary>The label of what is over, as OpenTelemetry has it.</summary>
    public const string OverflowLabel = "otel_metric_overflow=\"true\"";

    // What OpenTelemetry takes where an instrument gives no advice; for seconds those of its conventions for HTTP.
    private static readonly double[] s_bounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
    private static readonly double[] s_secondBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Known> _known = [];
    private readonly string _scope;
    private readonly bool _isObserved;
    private readonly double[] _bounds;
    private Cell? _plain;
    private bool _hasMadeRoom;

    public InstrumentSeries(Instrument instrument)
    {
        Kind = PrometheusNames.KindOf(instrument);
        Family = PrometheusNames.Family(instrument.Name, instrument.Unit, Kind);
        Unit = PrometheusNames.Words(instrument.Unit, Kind);
        Help = instrument.Description ?? "";
        _isObserved = instrument.IsObservable;
        _scope = Scope(instrument.Meter);
        _bounds = Kind != MetricKind.Histogram ? []
            : instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? [.. advised]
            : instrument.Unit == "s" ? s_secondBounds : s_bounds;
        if (!_isObserved)
        {
            // What has not happened yet is 0, which is more than nothing: the first time is seen as growth.
            _plain = CellOf(_scope);
        }
    }

    public MetricKind Kind { get; }

    public string Family { get; }

    /// <summary>The unit in words; empty: none.</summary>
    public string Unit { get; }

    public string Help { get; }

    /// <summary>A measurement: added for counters and histograms; for what is observed part of the collection that is under way.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            var cell = tags.Length == 0 ? _plain ??= CellOf(_scope) : Find(tags);
            cell.IsTaken = true;
            if (Kind == MetricKind.Histogram)
            {
                cell.Buckets![BucketOf(value)]++;
                cell.Count++;
            }

            cell.Value = Kind == MetricKind.Gauge && !_isObserved && !IsSum ? value : cell.Value + value;
        }
    }

    /// <summary>What is observed begins anew.</summary>
    public void BeginCollecting()
    {
        if (!_isObserved)
        {
            return;
        }

        lock (_lock)
        {
            _hasMadeRoom = false;
            foreach (var cell in _cells.Values)
            {
                cell.IsTaken = false;
                cell.Value = 0;
            }
        }
    }

    /// <summary>Adds what was counted to its family.</summary>
    public void AddTo(MetricFamily family)
    {
        lock (_lock)
        {
            foreach (var (labels, cell) in _cells)
            {
                if (cell.IsTaken || (!_isObserved && _cells.Count == 1))
                {
                    family.Add(labels, cell.Value, cell.Count, cell.Buckets, _bounds);
                }
            }
        }
    }

    /// <summary>Whether a gauge is a sum of changes (UpDownCounter).</summary>
    public required bool IsSum { get; init; }

    private Cell Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        HashCode hash = default;
        foreach (ref readonly var tag in tags)
        {
            hash.Add(tag.Key);
            hash.Add(tag.Value);
        }

        var key = hash.ToHashCode();
        _known.TryGetValue(key, out var first);
        for (var known = first; known is not null; known = known.Next)
        {
            if (AreSame(known.Tags, tags))
            {
                return known.Cell;
            }
        }

        // The same tags in another order are the same series.
        var cell = CellOf(Join(_scope, tags));
        if (_known.Count < MaxSeries)
        {
            _known[key] = new Known(tags.ToArray(), cell, first);
        }

        return cell;
    }

    private static bool AreSame(KeyValuePair<string, object?>[] known, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (known.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < known.Length; i++)
        {
            if (known[i].Key != tags[i].Key || !Equals(known[i].Value, tags[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    private Cell CellOf(string labels)
    {
        if (_cells.TryGetValue(labels, out var cell))
        {
            return cell;
        }

        if (_cells.Count >= MaxSeries && labels != OverflowLabel)
        {
            if (!_isObserved || _hasMadeRoom)
            {
                return CellOf(OverflowLabel);
            }

            MakeRoom();
            return CellOf(labels);
        }

        return _cells[labels] = new Cell { Buckets = Kind == MetricKind.Histogram ? new long[_bounds.Length + 1] : null };
    }

    // What was observed before and is not, or not yet, in this collection; what still comes is made again.
    private void MakeRoom()
    {
        _hasMadeRoom = true;
        _known.Clear();
        _plain = null;
        foreach (var (labels, cell) in _cells)
        {
            if (!cell.IsTaken)
            {
                _cells.Remove(labels);
            }
        }
    }

    private int BucketOf(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
        {
            bucket++;
        }

        return bucket;
    }

    // Meters of plugins have instruments of the same name.
    private static string Scope(Meter meter)
    {
        List<KeyValuePair<string, object?>> tags = [.. (meter.Tags ?? []).Select(static tag => new KeyValuePair<string, object?>("otel_scope_" + tag.Key, tag.Value))];
        if (meter.Name.StartsWith(HostMeters.PluginPrefix, StringComparison.Ordinal))
        {
            tags.Add(new("otel_scope_name", meter.Name));
        }

        return Join("", [.. tags]);
    }

    // In the order of their names; the values of names that are the same to Prometheus stand in one label.
    private static string Join(string scope, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            var name = PrometheusNames.Label(tag.Key);
            var value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels[name] = labels.TryGetValue(name, out var other) ? $"{other};{value}" : value;
        }

        var own = string.Join(',', labels.Select(static label => $"{label.Key}=\"{Escape(label.Value)}\""));
        return scope.Length == 0 ? own : own.Length == 0 ? scope : $"{own},{scope}";
    }

    private static string Escape(string value) => value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed class Cell
    {
        public double Value;
        public long Count;
        public bool IsTaken;

        public long[]? Buckets { get; init; }
    }

    /// <summary>Tags as they were handed in, so that most measurements make no text.</summary>
    private sealed record Known(KeyValuePair<string, object?>[] Tags, Cell Cell, Known? Next);
}
