using System.Diagnostics.Metrics;

namespace Sockeye.Host.Playground;

/// <summary>What the process does: the counters that the server publishes (docs/metrics.md), its processor time and its memory, twice a second.</summary>
/// <remarks><b>Thread.</b> The game loop. <b>Limits.</b> The last minute is kept.</remarks>
internal sealed class LoadFigures
{
    private const int TicksBetween = (int)PlaygroundLimits.TicksPerSecond / 2;
    private const int Kept = 120;
    private readonly Queue<Figures> _past = new(Kept);
    private Counts _before = ServerMeter.Read();
    private TimeSpan _processorTime = Environment.CpuUsage.TotalTime;
    private TimeSpan _elapsed;
    private TimeSpan _late;
    private int _ticks;

    /// <summary>The newest, when a step has made some; else null.</summary>
    public Figures? New { get; private set; }

    /// <summary>Those of the last minute.</summary>
    public IReadOnlyList<Figures> Past => [.. _past];

    /// <summary>Looks at the clock, and twice a second at the counters.</summary>
    public void Step(Tick tick)
    {
        New = null;
        _elapsed += tick.Elapsed;
        _late = tick.Late > _late ? tick.Late : _late;
        if (++_ticks < TicksBetween)
        {
            return;
        }

        var now = ServerMeter.Read();
        var processorTime = Environment.CpuUsage.TotalTime;
        New = new Figures(
            PerSecond(now.Sent - _before.Sent),
            PerSecond(now.Received - _before.Received),
            PerSecond(now.BytesSent - _before.BytesSent),
            PerSecond(now.Dropped - _before.Dropped),
            Math.Round(100 * ((processorTime - _processorTime) / _elapsed), 1),
            Math.Round(Environment.WorkingSet / (1024.0 * 1024.0), 1),
            now.Connections,
            Math.Round(_late.TotalMilliseconds, 2));
        if (_past.Count == Kept)
        {
            _past.Dequeue();
        }

        _past.Enqueue(New);
        (_before, _processorTime, _elapsed, _late, _ticks) = (now, processorTime, TimeSpan.Zero, TimeSpan.Zero, 0);
    }

    private long PerSecond(long count) => (long)Math.Round(count / _elapsed.TotalSeconds);
}

/// <summary>Sums of the counters of all servers of the process.</summary>
internal readonly record struct Counts(long Sent, long Received, long BytesSent, long Dropped, long Connections);

/// <summary>Listens to the meter of the servers of this process, from the first reading to the end of the process.</summary>
/// <remarks><b>Thread.</b> Any; one reads at a time.</remarks>
internal static class ServerMeter
{
    private const string MeterName = "Sockeye";
    private static readonly Lock Reading = new();
    private static readonly MeterListener Listener = Listen();
    private static Counts _sum;
    private static long _dropped;

    /// <summary>The counters at this moment.</summary>
    public static Counts Read()
    {
        lock (Reading)
        {
            _sum = default;
            Listener.RecordObservableInstruments();
            return _sum with { Dropped = Interlocked.Read(ref _dropped) };
        }
    }

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MeterName && instrument.Name is "sockeye.packets.sent" or "sockeye.events.received" or "sockeye.bytes.sent" or "sockeye.connections" or "sockeye.dropped")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) =>
        {
            switch (instrument.Name)
            {
                case "sockeye.packets.sent":
                    _sum = _sum with { Sent = _sum.Sent + value };
                    break;
                case "sockeye.events.received":
                    _sum = _sum with { Received = _sum.Received + value };
                    break;
                case "sockeye.bytes.sent":
                    _sum = _sum with { BytesSent = _sum.BytesSent + value };
                    break;
                case "sockeye.connections":
                    _sum = _sum with { Connections = _sum.Connections + value };
                    break;
                default:
                    Interlocked.Add(ref _dropped, value); // where something is dropped, on that thread
                    break;
            }
        });
        listener.Start();
        return listener;
    }
}
