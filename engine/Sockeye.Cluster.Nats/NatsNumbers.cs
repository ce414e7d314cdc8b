using System.Diagnostics.Metrics;

namespace Sockeye.Cluster.Nats;

/// <summary>Why a message did not reach a receiver of this node, or did not leave it.</summary>
internal enum NatsDrop
{
    /// <summary>It was longer than the server takes.</summary>
    TooLong,

    /// <summary>As much as may wait did so.</summary>
    Full,

    /// <summary>It had waited for too long.</summary>
    Age,

    /// <summary>The client of NATS refused it.</summary>
    Failed,

    /// <summary>The receiver was behind.</summary>
    Behind,
}

/// <summary>The numbers of a bus: counted where it happens, added up when somebody reads.</summary>
/// <remarks>It owns the meter. Any thread; lives as long as the bus.</remarks>
internal sealed class NatsNumbers : IDisposable
{
    private static readonly string[] DropNames = ["too_long", "full", "age", "failed", "behind"];

    private readonly long[] _dropped = new long[DropNames.Length];
    private readonly Meter _meter;
    private long _errors;
    private long _behind;
    private long _denied;

    public NatsNumbers(IMeterFactory? factory, IReadOnlyList<NatsLink> links)
    {
        _meter = factory?.Create("Sockeye") ?? new Meter("Sockeye");
        _meter.CreateObservableCounter("sockeye.bus.published", () => Each(links, static link => link.Published), "{message}", "Messages that were handed to NATS, by connection");
        _meter.CreateObservableCounter("sockeye.bus.delivered", () => Each(links, static link => link.Delivered), "{message}", "Messages from NATS that were handed to a subscription, by connection");
        _meter.CreateObservableUpDownCounter("sockeye.bus.waiting", () => Each(links, static link => link.WaitingBytes), "By", "Bytes that wait because NATS is away or slow, by connection");
        _meter.CreateObservableCounter("sockeye.bus.reconnects", () => Each(links, static link => link.Reconnects), "{connection}", "Times that a lost connection was there again, by connection");
        _meter.CreateObservableCounter("sockeye.bus.dropped", () => DropNames.Select((name, index) => Tagged(Volatile.Read(ref _dropped[index]), "reason", name)), "{message}", "Messages of the bus that were dropped, by reason");
        _meter.CreateObservableCounter("sockeye.bus.behind", () => Interlocked.Read(ref _behind), "{subscription}", "Times that a receiver was so far behind that messages to it were dropped");
        _meter.CreateObservableCounter("sockeye.bus.errors", () => Interlocked.Read(ref _errors), "{error}", "Failures of receivers and listeners of the bus");
        _meter.CreateObservableCounter("sockeye.bus.denied", () => Interlocked.Read(ref _denied), "{error}", "Times that NATS has denied a subject");
    }

    public long AllDropped
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < _dropped.Length; i++)
            {
                sum += Volatile.Read(ref _dropped[i]);
            }

            return sum;
        }
    }

    public long Errors => Interlocked.Read(ref _errors);

    public long Of(NatsDrop reason) => Volatile.Read(ref _dropped[(int)reason]);

    public void Dropped(NatsDrop reason) => Interlocked.Increment(ref _dropped[(int)reason]);

    public void Behind() => Interlocked.Increment(ref _behind);

    public void Error() => Interlocked.Increment(ref _errors);

    public void Denied() => Interlocked.Increment(ref _denied);

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Each(IReadOnlyList<NatsLink> links, Func<NatsLink, long> number) => links.Select(link => Tagged(number(link), "connection", link.Name));

    private static Measurement<long> Tagged(long value, string tag, string name) => new(value, new KeyValuePair<string, object?>(tag, name));
}
