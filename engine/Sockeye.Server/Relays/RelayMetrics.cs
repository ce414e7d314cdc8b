using System.Diagnostics.Metrics;

namespace Sockeye.Server.Relays;

/// <summary>What is counted of relays.</summary>
internal static class RelayMetrics
{
    /// <summary>Shows the counts of a hub. Before the server starts.</summary>
    public static void Observe(this RelayHub hub, Meter meter)
    {
        meter.CreateObservableCounter("sockeye.relays", () => Kinds(hub), "{request}", "Requests of clients that were handed on to the servers of their sessions, by kind");
        meter.CreateObservableUpDownCounter("sockeye.relays.open", () => Sides(hub), "{request}", "Requests and WebSockets between this server and the servers of their sessions, by the side that is here");
        meter.CreateObservableCounter("sockeye.relays.frames", () => hub.Frames, "{message}", "Messages to other servers with what clients send and get");
        meter.CreateObservableCounter("sockeye.relays.failed", () => Enum.GetValues<RelayFault>().Select(fault =>
            new Measurement<long>(hub.FailedFor(fault), new KeyValuePair<string, object?>("reason", fault.ToString().ToLowerInvariant()))), "{request}", "Those that were ended because of the bus or the other server, by reason");
    }

    private static Measurement<long>[] Kinds(RelayHub hub)
    {
        var (polls, posts, upgrades) = hub.Opened;
        return [Of("kind", "poll", polls), Of("kind", "post", posts), Of("kind", "upgrade", upgrades)];
    }

    private static Measurement<long>[] Sides(RelayHub hub)
    {
        var (entries, owned) = hub.Open;
        return [Of("side", "entry", entries), Of("side", "owner", owned)];
    }

    private static Measurement<long> Of(string name, string tag, long value) => new(value, new KeyValuePair<string, object?>(name, tag));
}
