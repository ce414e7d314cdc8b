using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>One namespace on the other servers of a cluster. A namespace without a cluster has none.</summary>
/// <remarks>Any thread. Lives as long as its namespace.</remarks>
internal abstract class NamespaceLink
{
    /// <summary>A room has its first member here; or the namespace, if there is no room. Order lock, so it is only noted.</summary>
    public abstract void Opened(string? room);

    /// <summary>A room, or the namespace, has no member here any more. Order lock.</summary>
    public abstract void Closed(string? room);

    /// <summary>Completes when this server listens to a room.</summary>
    public abstract Task WhenListeningAsync(string room);

    /// <summary>Completes when this server listens to the namespace and to some of its rooms; at once while the bus is away, and in any case soon. Never fails.</summary>
    public abstract Task SettleAsync(IReadOnlyCollection<string> rooms);

    /// <summary>Sends a frame to the sockets of a scope on other servers. The frame is only read.</summary>
    public abstract void Publish(Frame frame, in BroadcastScope scope, in EmitOptions options);

    /// <summary>As the other one, and collects what they answer.</summary>
    /// <param name="frame">The frame, with an acknowledgement id.</param>
    /// <param name="scope">Whom.</param>
    /// <param name="options">How.</param>
    /// <param name="ackId">The id.</param>
    /// <param name="collector">Hears of the answers. It is told of one part more before the call returns.</param>
    public abstract void Publish(Frame frame, in BroadcastScope scope, in EmitOptions options, long ackId, BroadcastAckCollector collector);

    /// <summary>Adds the sockets of other servers to those of this one.</summary>
    public abstract Task<FetchResult> FetchAsync(BroadcastScope scope, List<RemoteSocket> own, CancellationToken cancellationToken);

    /// <summary>Adds the number of the sockets of other servers to that of this one.</summary>
    public abstract Task<SocketCount> CountAsync(BroadcastScope scope, int own, CancellationToken cancellationToken);

    /// <summary>Does something to the sockets of a scope on other servers.</summary>
    /// <param name="scope">Which.</param>
    /// <param name="action">What.</param>
    /// <param name="collector">Hears when it is done. It is told of one part more before the call returns. Null: nobody waits.</param>
    public abstract void Act(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector);
}

/// <summary>All namespaces of a pattern on the other servers.</summary>
/// <remarks>Any thread. Lives as long as the pattern.</remarks>
internal abstract class PatternLink
{
    /// <summary>Sends an event to the sockets of a scope.</summary>
    public abstract void Publish(EventWriter e, in BroadcastScope scope, in EmitOptions options);

    /// <summary>As the other one, and collects what they answer. The collector is told of one part more before the call returns.</summary>
    public abstract void Publish(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector);

    /// <inheritdoc cref="NamespaceLink.FetchAsync" />
    public abstract Task<FetchResult> FetchAsync(BroadcastScope scope, List<RemoteSocket> own, CancellationToken cancellationToken);

    /// <inheritdoc cref="NamespaceLink.CountAsync" />
    public abstract Task<SocketCount> CountAsync(BroadcastScope scope, int own, CancellationToken cancellationToken);

    /// <inheritdoc cref="NamespaceLink.Act" />
    public abstract void Act(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector);
}

/// <summary>The other servers of a cluster, as the namespaces of this one see them.</summary>
/// <remarks>Any thread. Lives as long as the server.</remarks>
internal abstract class NodeLinks
{
    public abstract NamespaceLink Of(ServerNamespace nsp);

    /// <summary>A pattern has been named: what others send to all its namespaces is heard from now on. A predicate has no name, and stays here.</summary>
    public abstract void Listen(ParentNamespace pattern);

    /// <summary>A pattern on other servers.</summary>
    public abstract PatternLink Of(ParentNamespace pattern);

    /// <summary>Sends an event to the other servers themselves.</summary>
    public abstract EmitResult ServerSideEmit(SockeyeNamespace nsp, EventWriter e);

    /// <summary>As the other one; of a server that stands alone nobody answers.</summary>
    public static Task<ServerAck<T>> ServerSideEmitAsync<T>(NodeLinks? nodes, SockeyeNamespace nsp, EventWriter e) =>
        nodes?.ServerSideEmitAsync<T>(nsp, e, CancellationToken.None) ?? Task.FromResult(new ServerAck<T>([], []));

    /// <summary>Sends an event to the other servers themselves, and collects what they answer.</summary>
    public abstract Task<ServerAck<T>> ServerSideEmitAsync<T>(SockeyeNamespace nsp, EventWriter e, CancellationToken cancellationToken);
}
