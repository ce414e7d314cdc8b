using System.Net;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.Inspection;
using Sockeye.Plugins;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Plugins;

/// <summary>The server as one generation of a plugin sees it: what it registers goes into its own sets, all else is the server's.</summary>
/// <remarks>It owns nothing. Any thread. After its generation it takes registrations and forgets them; what it sends still goes out.</remarks>
internal sealed class PluginServer(SockeyeServer server, NamespaceRegistry namespaces, PluginSets sets, Func<string, double, GameLoop> createLoop) : SockeyeServer
{
    private const string NotYours = "The server belongs to the application, which starts, runs and disposes it; a plugin may call StopAsync or DrainAsync.";

    /// <inheritdoc />
    public override IReadOnlyList<EndPoint> Endpoints => server.Endpoints;

    /// <inheritdoc />
    public override IReadOnlyList<ServerListener> Listeners => server.Listeners;

    /// <inheritdoc />
    public override ServerState State => server.State;

    /// <inheritdoc />
    public override int NodeId => server.NodeId;

    /// <inheritdoc />
    public override long Incarnation => server.Incarnation;

    /// <inheritdoc />
    public override ServerPlugins Plugins => server.Plugins;

    /// <inheritdoc />
    public override ServerInspection Inspection => server.Inspection;

    /// <inheritdoc />
    public override ServerCluster? Cluster => server.Cluster;

    /// <inheritdoc />
    public override int LocalCount => server.LocalCount;

    internal override PayloadCodec Codec => server.Codec;

    internal override bool IsOnLoop => server.IsOnLoop;

    internal override NamespaceHandlers Handlers => namespaces.HandlersOf(sets, namespaces.Main);

    internal override SockeyeNamespace Itself => server.Itself;

    /// <inheritdoc />
    public override SockeyeSocket? Find(string id) => server.Find(id);

    /// <inheritdoc />
    public override GameLoop CreateLoop(string name, double ticksPerSecond) => createLoop(name, ticksPerSecond);

    /// <inheritdoc />
    public override Task CheckLoopsAsync(CancellationToken cancellationToken = default) => server.CheckLoopsAsync(cancellationToken);

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken = default) => throw new InvalidOperationException(NotYours);

    /// <inheritdoc />
    public override Task StopAsync(CancellationToken cancellationToken = default) => server.StopAsync(cancellationToken);

    /// <inheritdoc />
    public override Task DrainAsync(TimeSpan? over = null, CancellationToken cancellationToken = default) => server.DrainAsync(over, cancellationToken);

    /// <inheritdoc />
    public override Task RunAsync(CancellationToken cancellationToken = default) => throw new InvalidOperationException(NotYours);

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => ValueTask.FromException(new InvalidOperationException(NotYours));

    internal override SockeyeNamespace OfCore(string nameOrPattern) => Wrap(namespaces.Of(sets, nameOrPattern));

    internal override SockeyeNamespace? FindNamespaceCore(string nameOrPattern) => namespaces.Find(nameOrPattern) is { } found ? Wrap(found) : null;

    internal override SockeyeNamespace OfCore(Func<string, AuthPayload, bool> accepts) => Wrap(namespaces.Of(sets, accepts));

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options) => server.BroadcastCore(e, scope, options);

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken) =>
        server.BroadcastWhenWritableCore(e, scope, options, cancellationToken);

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector) =>
        server.BroadcastForAckCore(e, scope, options, collector);

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken) => server.FetchCore(scope, cancellationToken);

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => server.CountCore(scope, cancellationToken);

    internal override EmitResult ServerSideEmitCore(EventWriter e) => server.ServerSideEmitCore(e);

    internal override Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e) => server.ServerSideEmitForAckCore<T>(e);

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector) => server.ApplyCore(scope, action, collector);

    private PluginNamespace Wrap(SockeyeNamespace real) => new(real, namespaces, sets);
}
