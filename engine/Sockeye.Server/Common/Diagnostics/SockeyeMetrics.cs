using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol;
using Sockeye.Server.Cluster;
using Sockeye.Server.Hooks;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>Why something was not sent or not handled. Begins with the reasons of <see cref="OutboxDrop"/>, in their order.</summary>
internal enum DropReason : byte
{
    /// <summary>A volatile event for a client above its high watermark.</summary>
    Volatile = OutboxDrop.Volatile,

    /// <summary>There was no room, and the policy keeps what is there.</summary>
    Refused = OutboxDrop.Refused,

    /// <summary>Given up for a newer one.</summary>
    Oldest = OutboxDrop.Oldest,

    /// <summary>Replaced by a newer one under its key.</summary>
    Replaced = OutboxDrop.Replaced,

    /// <summary>At the hard limit, where the policy closes the connection: the message and what was queued.</summary>
    Overflow = OutboxDrop.Overflow,

    /// <summary>Queued when the client went, or sent to one that was going.</summary>
    Closed = OutboxDrop.Closed,

    /// <summary>Queued for a client that was closed because of the memory budget.</summary>
    Budget = OutboxDrop.Budget,

    /// <summary>Too much waits for a loop.</summary>
    DeliveryQueue,

    /// <summary>The client owes too many acknowledgements.</summary>
    OpenAcks,

    /// <summary>Too many calls of EmitAsync wait for the same target.</summary>
    AwaitedEmits,

    /// <summary>A received event whose client has gone before it was handled.</summary>
    Disconnected,

    /// <summary>An event that the hook of a plugin keeps from leaving, or that should have asked one which does not work.</summary>
    Plugin,
}

/// <summary>The numbers of one server: the meter <c>Sockeye</c>.</summary>
/// <remarks>It owns the meter and its numbers. Any thread, those of a loop on the loop. Lives as long as the server. What happens for each message is counted in plain fields, a cache line for each loop, and added up when somebody reads.</remarks>
internal sealed class SockeyeMetrics : IEngineObserver, IDisposable
{
    public const string MeterName = "Sockeye";

    /// <summary>The rule of a client that sends too much before it is let in.</summary>
    public const string PreAuthBytes = "preauth_bytes";

    private const string State = "socketio_state";

    /// <summary>By the permissions of an identity, as <see cref="EventRefused"/> counts it.</summary>
    public static readonly KeyValuePair<string, object?> ByAccess = new("by", "access");

    private static readonly string[] DropNames = ["volatile", "refused", "oldest", "replaced", "overflow", "closed", "budget", "delivery_queue", "open_acks", "awaited_emits", "disconnected", "plugin"];

    // From a client on the same machine to one that only just answers within the default PingTimeout of 20 s.
    private static readonly double[] s_heartbeatBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

    // From a heap of a few megabytes to one of gigabytes.
    private static readonly double[] s_trimBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

    private readonly Meter _meter;
    private readonly LoopNumbers[] _loops;
    private readonly GuardedCounter _dropped;
    private readonly GuardedCounter _errors;
    private readonly GuardedCounter _handlerErrors;
    private readonly GuardedCounter _disconnects;
    private readonly GuardedCounter _refused;
    private readonly GuardedCounter _requestsRefused;
    private readonly GuardedCounter _pauses;
    private readonly GuardedCounter _unknownAcks;
    private readonly GuardedCounter _rateLimited;
    private readonly GuardedCounter _faults;
    private readonly GuardedHistogram _trims;
    private readonly GuardedHistogram _heartbeats;
    private readonly GuardedCounter _ticks;
    private readonly GuardedCounter _skippedTicks;
    private readonly GuardedCounter _hookFaults;
    private readonly GuardedCounter _circuits;
    private readonly GuardedCounter _refusedEvents;
    private readonly GuardedCounter _pluginErrors;
    private readonly GuardedCounter _reloads;
    private readonly long[] _drops = new long[DropNames.Length];
    private long _unhandledElsewhere;

    public SockeyeMetrics(LoopSet loops, IMeterFactory? factory = null)
    {
        _loops = new LoopNumbers[loops.Count];
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _meter.CreateObservableUpDownCounter("sockeye.connections", () => Sum(static numbers => numbers.Connections), "{connection}", "Open Engine.IO sessions");
        _meter.CreateObservableUpDownCounter("sockeye.sockets", () => Sum(static numbers => numbers.Sockets), "{socket}", "Sockets in all namespaces");
        _meter.CreateObservableCounter("sockeye.events.received", () => Sum(static numbers => numbers.Received), "{event}", "Events from clients");
        _meter.CreateObservableCounter("sockeye.events.unhandled", () => Sum(static numbers => numbers.Unhandled) + Volatile.Read(ref _unhandledElsewhere), "{event}", "Events without a handler");
        _meter.CreateObservableCounter("sockeye.packets.sent", () => Sum(static numbers => numbers.Sent), "{packet}", "Events and acknowledgements queued to clients, counted for each member");
        _meter.CreateObservableUpDownCounter("sockeye.memory.held", () => BufferCounters.HeldBytes, "By", "Bytes that the engine holds in this process: frames, buffers, unfinished and paused input");
        _dropped = new GuardedCounter(_meter.CreateCounter<long>("sockeye.dropped", "{event}", "Events that were not sent or not handled, by reason"));
        _errors = new GuardedCounter(_meter.CreateCounter<long>("sockeye.protocol.errors", "{error}", "Rules broken by clients, by rule"));
        _handlerErrors = new GuardedCounter(_meter.CreateCounter<long>("sockeye.handler.errors", "{error}", "Failures of handlers, by kind"));
        _disconnects = new GuardedCounter(_meter.CreateCounter<long>("sockeye.disconnects", "{socket}", "Sockets that ended, by reason"));
        _refused = new GuardedCounter(_meter.CreateCounter<long>("sockeye.connects.refused", "{socket}", "Clients not admitted to a namespace"));
        _requestsRefused = new GuardedCounter(_meter.CreateCounter<long>("sockeye.requests.refused", "{request}", "Requests of Engine.IO that were refused, by code"));
        _pauses = new GuardedCounter(_meter.CreateCounter<long>("sockeye.handler.pauses", "{pause}", "Times that reading from a connection paused because its handlers were behind"));
        _unknownAcks = new GuardedCounter(_meter.CreateCounter<long>("sockeye.acks.unknown", "{ack}", "Acknowledgements that nobody waited for"));
        _rateLimited = new GuardedCounter(_meter.CreateCounter<long>("sockeye.events.limited", "{event}", "Events that were refused because their rate was met, by limit"));
        _faults = new GuardedCounter(_meter.CreateCounter<long>("sockeye.faults", "{fault}", "Faults of the engine"));
        _trims = new GuardedHistogram(_meter.CreateHistogram<double>(
            "sockeye.memory.trims", "s", "Pauses in which a quiet process gave memory back", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = s_trimBounds }));
        _heartbeats = new GuardedHistogram(_meter.CreateHistogram<double>(
            "sockeye.heartbeat.rtt", "s", "Times from a ping of the heartbeat to the answer of the client", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = s_heartbeatBounds }));
        _ticks = new GuardedCounter(_meter.CreateCounter<long>("sockeye.ticks", "{tick}", "Ticks of game loops that ran, by loop"));
        _skippedTicks = new GuardedCounter(_meter.CreateCounter<long>("sockeye.ticks.skipped", "{tick}", "Ticks of game loops that were left out because the loop was late, by loop"));
        _hookFaults = new GuardedCounter(_meter.CreateCounter<long>("sockeye.plugin.faults", "{fault}", "Faults of hooks, by plugin and hook"));
        _circuits = new GuardedCounter(_meter.CreateCounter<long>("sockeye.plugin.circuits", "{change}", "Circuits of hooks that have opened or are whole again, by plugin, hook and what they are now"));
        _refusedEvents = new GuardedCounter(_meter.CreateCounter<long>("sockeye.events.refused", "{event}", "Events that were refused before any handler, by who refused them"));
        _pluginErrors = new GuardedCounter(_meter.CreateCounter<long>("sockeye.plugin.errors", "{error}", "Failures of routes, periodic work, configuration and receivers of plugins, by plugin"));
        _reloads = new GuardedCounter(_meter.CreateCounter<long>("sockeye.plugins.reloads", "{reload}", "Plugins that were loaded from folders, replaced or removed, or were not, by plugin and result"));
        LoopMetrics.Publish(_meter, loops);
    }

    /// <summary>Sums for tests.</summary>
    public LoopNumbers Total
    {
        get
        {
            var total = default(LoopNumbers);
            foreach (ref readonly var numbers in _loops.AsSpan())
            {
                total.Connections += numbers.Connections;
                total.Sockets += numbers.Sockets;
                total.Received += numbers.Received;
                total.Unhandled += numbers.Unhandled;
                total.Sent += numbers.Sent;
            }

            total.Unhandled += Volatile.Read(ref _unhandledElsewhere);
            return total;
        }
    }

    /// <summary>Shows how many generations of plugins have ended and are still in memory.</summary>
    public void ShowUnloading(Func<IEnumerable<(string Plugin, int Count)>> unloading) => _meter.CreateObservableUpDownCounter(
        "sockeye.plugins.unloading", () => unloading().Select(static left => new Measurement<long>(left.Count, new KeyValuePair<string, object?>("plugin", left.Plugin))), "{generation}", "Generations of plugins that have ended and are still in memory, by plugin");

    /// <param name="plugin">Its id; empty: none could be read.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="count">0: it has not happened yet, and may.</param>
    public void PluginReloaded(string plugin, string result, long count = 1) => _reloads.Add(count, new("plugin", plugin), new("result", result));

    /// <summary>Shows what the engine may hold. Before the server starts.</summary>
    public void ShowBudget(long bytes) => _meter.CreateObservableUpDownCounter("sockeye.memory.budget", () => bytes, "By", "Bytes that the engine may hold in this process");

    /// <summary>Connections by listener, whose names the operator has chosen. Before the server starts.</summary>
    public void Observe(IReadOnlyList<HttpListenerGroup> listeners)
    {
        _meter.CreateObservableUpDownCounter("sockeye.listener.connections", () => Each(static limit => limit.ConnectionCount), "{connection}", "Open connections of bytes, those of HTTP alone included, by listener");
        _meter.CreateObservableCounter("sockeye.listener.pauses", () => Each(static limit => limit.Pauses), "{pause}", "Times that accepting paused because a limit of connections was reached, by listener");

        IEnumerable<Measurement<long>> Each(Func<ListenerLimit, long> number) =>
            listeners.Select(listener => new Measurement<long>(number(listener.Limit), new KeyValuePair<string, object?>("listener", listener.Name)));
    }

    /// <summary>Counts of a bus within the process. Before the server starts; a bus that is shared is in the numbers of each of its servers.</summary>
    public void Observe(InProcessBus bus)
    {
        _meter.CreateObservableCounter("sockeye.bus.dropped", () => bus.Dropped, "{message}", "Messages of the bus that were too long, or for which a receiver that is behind had no room");
        _meter.CreateObservableCounter("sockeye.bus.errors", () => bus.ReceiverFaults, "{error}", "Failures of receivers and listeners of the bus");
    }

    /// <summary>Counts of the cluster that the server is one of. Before the server starts.</summary>
    public void Observe(ClusterPort port, ClusterState state)
    {
        _meter.CreateObservableCounter("sockeye.cluster.published", () => port.Published, "{message}", "Messages to other servers of the cluster");
        _meter.CreateObservableCounter("sockeye.cluster.unsent", () => port.Unsent, "{message}", "Messages to other servers of the cluster that the bus did not take, or that were too long");
        _meter.CreateObservableCounter("sockeye.cluster.received", () => port.Received, "{message}", "Messages of other servers of the cluster");
        _meter.CreateObservableCounter("sockeye.cluster.dropped", () => Enum.GetValues<WireFault>().Where(static fault => fault != WireFault.None).Select(fault =>
            new Measurement<long>(port.Dropped(fault), new KeyValuePair<string, object?>("reason", fault.ToString().ToLowerInvariant()))), "{message}", "Messages on subjects of the cluster that were dropped, by reason");
        _meter.CreateObservableCounter("sockeye.cluster.gaps", () => state.Gaps, "{gap}", "Times that messages of other servers were missing, or may be");
        _meter.CreateObservableCounter("sockeye.cluster.missing", () => state.Missing, "{message}", "Messages of other servers known to be missing");
        _meter.CreateObservableUpDownCounter("sockeye.cluster.nodes", () => state.Nodes.Count, "{node}", "Other servers of the cluster");
    }

    /// <summary>The meter, for parts that bring their own.</summary>
    public Meter Meter => _meter;

    /// <summary>Whether an instrument is one of these; for tests.</summary>
    public bool Owns(Instrument instrument) => instrument.Meter == _meter;

    public void ConnectionOpened(int loop) => _loops[loop].Connections++;

    public void ConnectionClosed(int loop) => _loops[loop].Connections--;

    public void SocketOpened(int loop) => _loops[loop].Sockets++;

    public void SocketClosed(int loop, DisconnectReason reason)
    {
        _loops[loop].Sockets--;
        _disconnects.Add(1, new KeyValuePair<string, object?>("reason", reason.Text()));
    }

    public void Received(int loop) => _loops[loop].Received++;

    /// <param name="loop">The event loop that calls; -1: another thread.</param>
    public void Unhandled(int loop)
    {
        if (loop >= 0)
        {
            _loops[loop].Unhandled++;
        }
        else
        {
            Interlocked.Increment(ref _unhandledElsewhere);
        }
    }

    public void Sent(int loop) => _loops[loop].Sent++;

    /// <inheritdoc />
    public void OnMessagesDropped(OutboxDrop reason, long count) => Dropped((DropReason)reason, count);

    public void Dropped(DropReason reason, long count = 1)
    {
        Interlocked.Add(ref _drops[(int)reason], count);
        _dropped.Add(count, new KeyValuePair<string, object?>("reason", DropNames[(int)reason]));
    }

    /// <summary>How much was dropped so far, by reason.</summary>
    public IEnumerable<(string Reason, long Count)> Drops() => DropNames.Select((name, reason) => (name, Volatile.Read(ref _drops[reason])));

    /// <summary>Open connections on a loop.</summary>
    public int ConnectionsOn(int loop) => (int)_loops[loop].Connections;

    public void Refused(ProtocolError error) => OnRuleBroken(ProtocolErrors.Describe(error).Metric);

    public void Violated() => OnRuleBroken(State);

    /// <inheritdoc />
    public void OnRuleBroken(string rule) => _errors.Add(1, new KeyValuePair<string, object?>("rule", rule));

    /// <inheritdoc />
    public void OnConnectionError(EngineConnectionError refusal) =>
        _requestsRefused.Add(1, new KeyValuePair<string, object?>("code", refusal.Code.ToString()));

    /// <inheritdoc />
    public void OnHeartbeat(TimeSpan roundTrip) => _heartbeats.Record(roundTrip.TotalSeconds);

    public void HandlerFailed(HandlerKind kind) => _handlerErrors.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    public void Refused() => _refused.Add(1);

    public void ReadingPaused() => _pauses.Add(1);

    public void RateLimited(RateLimit limit) => _rateLimited.Add(1, new KeyValuePair<string, object?>("limit", limit.Name()));

    public void UnknownAck() => _unknownAcks.Add(1);

    public void Ticked(string loop) => _ticks.Add(1, new KeyValuePair<string, object?>("loop", loop));

    public void TicksSkipped(string loop, long count) => _skippedTicks.Add(count, new KeyValuePair<string, object?>("loop", loop));

    /// <param name="by">The id of the plugin, or <see cref="ByAccess"/>.</param>
    public void EventRefused(KeyValuePair<string, object?> by) => _refusedEvents.Add(1, by);

    public void HookFaulted(string plugin, string hook, long count = 1) =>
        _hookFaults.Add(count, new KeyValuePair<string, object?>("plugin", plugin), new KeyValuePair<string, object?>("hook", hook));

    public void CircuitChanged(string plugin, string hook, bool isOpen, long count = 1) => _circuits.Add(
        count, new KeyValuePair<string, object?>("plugin", plugin), new KeyValuePair<string, object?>("hook", hook), new KeyValuePair<string, object?>("state", isOpen ? "open" : "closed"));

    public void PluginFailed(string plugin) => _pluginErrors.Add(1, new KeyValuePair<string, object?>("plugin", plugin));

    public void Faulted() => _faults.Add(1);

    public void Trimmed(TimeSpan pause) => _trims.Record(pause.TotalSeconds);

    /// <summary>Shows what has not happened yet as 0: whoever compares two readings sees the first time only if its series was there before. When the server starts, since collectors come before that.</summary>
    public void BeginAtZero()
    {
        _refusedEvents.Add(0, ByAccess);
        foreach (var rule in BrokenRules.All.Append(PreAuthBytes).Append(State))
        {
            _errors.Add(0, new KeyValuePair<string, object?>("rule", rule));
        }

        Array.ForEach(DropNames, name => _dropped.Add(0, new KeyValuePair<string, object?>("reason", name)));
        Array.ForEach(Enum.GetValues<DisconnectReason>(), reason => _disconnects.Add(0, new KeyValuePair<string, object?>("reason", reason.Text())));
        Array.ForEach(Enum.GetValues<HandlerKind>(), kind => _handlerErrors.Add(0, new KeyValuePair<string, object?>("kind", kind.ToString())));
        Array.ForEach(Enum.GetValues<RateLimit>()[1..], limit => _rateLimited.Add(0, new KeyValuePair<string, object?>("limit", limit.Name())));
        Array.ForEach(Enum.GetValues<EngineErrorCode>(), code => _requestsRefused.Add(0, new KeyValuePair<string, object?>("code", code.ToString())));
    }

    /// <summary>As <see cref="BeginAtZero()"/>, for a plugin that has started.</summary>
    /// <param name="plugin">Its id.</param>
    /// <param name="hooks">What of it is asked.</param>
    public void BeginAtZero(string plugin, HookSet hooks)
    {
        _pluginErrors.Add(0, new KeyValuePair<string, object?>("plugin", plugin));
        foreach (var hook in hooks.Status)
        {
            HookFaulted(plugin, hook.Name, 0);
            CircuitChanged(plugin, hook.Name, isOpen: true, 0);
            CircuitChanged(plugin, hook.Name, isOpen: false, 0);
        }

        if (hooks.Gate is not null)
        {
            _refusedEvents.Add(0, new KeyValuePair<string, object?>("by", plugin));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private long Sum(Func<LoopNumbers, long> number)
    {
        long sum = 0;
        foreach (var numbers in _loops)
        {
            sum += number(numbers);
        }

        return sum;
    }

    /// <summary>What one loop counts; only that loop writes, and the size keeps neighbours off its cache line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct LoopNumbers
    {
        public long Connections;
        public long Sockets;
        public long Received;
        public long Unhandled;
        public long Sent;
    }
}
