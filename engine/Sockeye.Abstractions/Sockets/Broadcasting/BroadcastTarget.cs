using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>What a server and a namespace share: sending to many sockets, and registering what happens to them.</summary>
/// <remarks>A server is its main namespace <c>/</c>. All members may be called from any thread.
/// Handlers registered here serve every socket and cost a socket nothing.</remarks>
public abstract partial class BroadcastTarget : IEventTarget
{
    internal BroadcastTarget()
    {
    }

    /// <summary>Sockets connected to it on this server; of a server those of its main namespace.</summary>
    public abstract int LocalCount { get; }

    EventTable IEventTarget.Events => Handlers.Events;

    PayloadCodec IEventTarget.Codec => Codec;

    internal abstract PayloadCodec Codec { get; }

    /// <summary>Whether the caller is in a turn of a loop of the server, an event loop or a game loop, without whose end what it asks for may never come.</summary>
    internal virtual bool IsOnLoop => false;

    internal abstract NamespaceHandlers Handlers { get; }

    /// <summary>The socket with this id, if it is connected to it on this server.</summary>
    /// <param name="id">Its id.</param>
    public abstract SockeyeSocket? Find(string id);

    internal abstract EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options);

    /// <summary>Waits until all members have room. The writer is to be copied before the call returns.</summary>
    internal abstract Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken);

    internal abstract void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector);

    internal abstract Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken);

    internal abstract Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken);

    /// <summary>Does something to all sockets of the scope. It is in the order when the call returns.</summary>
    /// <param name="scope">Which sockets.</param>
    /// <param name="action">What is done.</param>
    /// <param name="collector">Hears when it has been applied everywhere; null: nobody waits.</param>
    internal abstract void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector);
}
