using System.Diagnostics.Metrics;

namespace Sockeye.Shared;

/// <summary>Counts what the counters of one server and of its plugins count, by name and tags.</summary>
internal sealed class RecordedMeters : IMeterFactory
{
    private readonly Dictionary<(string Name, string Tags), long> _counts = [];
    private readonly MeterListener _listener = new();

    public RecordedMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = (instrument.Name, string.Join(' ', tags.ToArray().Select(static tag => tag.Value)));
            lock (_counts)
            {
                _counts[key] = value + (instrument.IsObservable ? 0 : _counts.GetValueOrDefault(key));
            }
        });
        _listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return new Meter(options);
    }

    /// <summary>Asks those that are asked.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public long Count(string name, string tags)
    {
        lock (_counts)
        {
            return _counts.GetValueOrDefault((name, tags));
        }
    }

    /// <summary>The tags that there are of a counter, in order.</summary>
    public string[] Tags(string name)
    {
        lock (_counts)
        {
            return [.. _counts.Keys.Where(key => key.Name == name).Select(static key => key.Tags).Order(StringComparer.Ordinal)];
        }
    }

    public override string ToString()
    {
        lock (_counts)
        {
            return string.Join(", ", _counts.Select(static count => $"{count.Key.Name}[{count.Key.Tags}]={count.Value}"));
        }
    }

    public void Dispose() => _listener.Dispose();
}
