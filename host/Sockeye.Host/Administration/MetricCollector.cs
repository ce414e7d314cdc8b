using System.Diagnostics.Metrics;

namespace Sockeye.Host.Administration;

/// <summary>Hears the instruments of this host and of the runtime, and shows what they say when somebody asks.</summary>
/// <remarks>
/// <para><b>Owns</b> a listener and the series of each instrument. What the engine counts for each message stands in plain fields that are read only while somebody collects.</para>
/// <para><b>Thread.</b> Any; collections follow each other.</para>
/// <para><b>Lifetime.</b> That of the host; the series of a meter that ends, such as a plugin's that is replaced, go with it.</para>
/// <para><b>Limits.</b> <see cref="InstrumentSeries.MaxSeries"/> for each instrument.</para>
/// </remarks>
internal sealed class MetricCollector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Lock _collecting = new();
    private readonly List<InstrumentSeries> _instruments = [];

    /// <param name="isWanted">Whether an instrument is shown.</param>
    public MetricCollector(Func<Instrument, bool> isWanted)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (isWanted(instrument))
            {
                var series = new InstrumentSeries(instrument) { IsSum = IsSum(instrument) };
                lock (_lock)
                {
                    _instruments.Add(series);
                }

                listener.EnableMeasurementEvents(instrument, series);
            }
        };
        _listener.MeasurementsCompleted = (_, state) =>
        {
            lock (_lock)
            {
                _instruments.Remove((InstrumentSeries)state!);
            }
        };
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record((double)value, tags));
        _listener.Start();
    }

    /// <summary>Asks all that is observed, and puts the families together in the order of their names.</summary>
    /// <param name="failure">What an instrument has thrown that was asked; the others are shown.</param>
    public IReadOnlyList<MetricFamily> Collect(out Exception? failure)
    {
        failure = null;
        lock (_collecting)
        {
            InstrumentSeries[] instruments;
            lock (_lock)
            {
                instruments = [.. _instruments];
            }

            Array.ForEach(instruments, static series => series.BeginCollecting());
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException failures)
            {
                failure = failures.InnerException;
            }

            SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
            foreach (var series in instruments)
            {
                if (!families.TryGetValue(series.Family, out var family))
                {
                    families[series.Family] = family = new MetricFamily(series.Family, series.Kind, series.Unit, series.Help);
                }

                // A name stands for one kind: of two plugins that disagree the first has it.
                if (family.Kind == series.Kind)
                {
                    series.AddTo(family);
                }
            }

            return [.. families.Values.Where(static family => family.Samples.Count > 0)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsSum(Instrument instrument)
    {
        var type = PrometheusNames.DefinitionOf(instrument);
        return type == typeof(UpDownCounter<>) || type == typeof(ObservableUpDownCounter<>);
    }
}
