using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Plugins;

/// <summary>A namespace, pattern or predicate as one generation of a plugin sees it: what it registers goes into its own sets; settings, sockets and what it sends are those of the real one.</summary>
/// <remarks>It owns nothing. Any thread. As <see cref="PluginServer"/>.</remarks>
internal sealed class PluginNamespace(SockeyeNamespace real, NamespaceRegistry namespaces, PluginSets sets) : SockeyeNamespace
{
    /// <inheritdoc />
    public override string Name => real.Name;

    /// <inheritdoc />
    public override int LocalCount => real.LocalCount;

    internal override PayloadCodec Codec => real.Codec;

    internal override bool IsOnLoop => real.IsOnLoop;

    internal override NamespaceHandlers Handlers => namespaces.HandlersOf(sets, real);

    internal override SockeyeNamespace Itself => real;

    /// <inheritdoc />
    public override SockeyeSocket? Find(string id) => real.Find(id);

    /// <inheritdoc />
    public override string? Match(string parameter) => real.Match(parameter);

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options) => real.BroadcastCore(e, scope, options);

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken) =>
        real.BroadcastWhenWritableCore(e, scope, options, cancellationToken);

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector) =>
        real.BroadcastForAckCore(e, scope, options, collector);

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken) => real.FetchCore(scope, cancellationToken);

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => real.CountCore(scope, cancellationToken);

    internal override EmitResult ServerSideEmitCore(EventWriter e) => real.ServerSideEmitCore(e);

    internal override Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e) => real.ServerSideEmitForAckCore<T>(e);

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector) => real.ApplyCore(scope, action, collector);
}
