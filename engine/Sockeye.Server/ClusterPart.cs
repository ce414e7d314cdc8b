using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;
using Sockeye.Server.Nodes;
using Sockeye.Server.Relays;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>The cluster among the parts of a server: there before its plugins, gone after them.</summary>
/// <remarks>It owns the membership and all that speaks to other servers. Any thread. Made with its server, if that is one of a cluster.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "Stopping ends what it owns.")]
internal sealed class ClusterPart : IServerPart, INodeEnd
{
    private readonly ServerContext _server;
    private readonly ClusterPort _port;
    private readonly ClusterMembership _membership;
    private readonly NodeHub _nodes;
    private readonly RelayHub _relays;

    public ClusterPart(ServerContext server, NamespaceRegistry namespaces, EngineServer engine, HttpServer http, LargeBodies bodies, ClusterOptions options, Func<TimeSpan> drainTime, ILoggerFactory loggers)
    {
        _server = server;
        var log = new ClusterLog(new GuardedLogger(loggers.CreateLogger("Sockeye.Cluster")), server.Time);
        _port = new ClusterPort(server.Bus, options, new ClusterIdentity(engine.NodeId, engine.Incarnation), server.Time);
        _port.OtherKey = () => log.OtherKey(options.Name);
        State = new ClusterState(_port, options, log, server.PoolContext);
        _membership = new ClusterMembership(_port, options, State, log, server.Time, isSetByHand: engine.Options.NodeId is not null);
        _nodes = new NodeHub(server, namespaces, engine, _port, State, _membership, options, drainTime, log);
        namespaces.Nodes = _nodes;
        namespaces.Main.Link = _nodes.Of(namespaces.Main);
        server.Metrics.Observe(_port, State);
        _relays = new RelayHub(engine, http, bodies, _port, _membership, options, log, server.Time);
        _relays.Observe(server.Metrics.Meter);
    }

    public string Name => "cluster";

    /// <summary>The cluster as the application sees it.</summary>
    public ClusterState State { get; }

    /// <summary>What is relayed; for tests.</summary>
    public RelayHub Relays => _relays;

    /// <summary>Whether nothing that was begun here is left to do.</summary>
    public bool IsIdle => _nodes.Interest.IsIdle && State.IsIdle;

    public async ValueTask StartAsync(CancellationToken cancellationToken) => await _membership.StartAsync(this, cancellationToken).ConfigureAwait(false);

    /// <summary>Ends what is relayed here, one relay after the other.</summary>
    public Task DrainAsync(TimeSpan over, CancellationToken cancellationToken) => _relays.DrainAsync(over, EngineServer.LeastDrainedPerSecond, cancellationToken);

    public void Close() => _membership.Drain();

    public async Task StopAsync(Func<TimeSpan> patience)
    {
        await GuardedStop.RunAsync(_server, Name, _relays.DisposeAsync, patience()).ConfigureAwait(false);
        await GuardedStop.RunAsync(_server, Name, _nodes.DisposeAsync, patience()).ConfigureAwait(false);
        await GuardedStop.RunAsync(_server, Name, _membership.DisposeAsync, patience()).ConfigureAwait(false);
        _port.Close();
    }

    void INodeEnd.Receive(in ClusterMessage message, string? replyTo) => _nodes.Receive(message, replyTo);

    async Task INodeEnd.PrepareAsync(int node)
    {
        await _nodes.PrepareAsync(node).ConfigureAwait(false);
        await _relays.PrepareAsync(node).ConfigureAwait(false);
    }

    void INodeEnd.Become(int node) => _nodes.Become(node);

    async Task INodeEnd.LeaveAsync(int former)
    {
        await _nodes.LeaveAsync().ConfigureAwait(false);
        _relays.Leave(former);
    }

    async Task INodeEnd.ForgetAsync(int node)
    {
        await _nodes.ForgetAsync(node).ConfigureAwait(false);
        await _relays.ForgetAsync(node).ConfigureAwait(false);
    }

    async Task INodeEnd.StartAsync(CancellationToken cancellationToken)
    {
        await _nodes.StartAsync(cancellationToken).ConfigureAwait(false);
        await _relays.StartAsync(cancellationToken).ConfigureAwait(false);
    }
}
