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

    EventTable IEventTarget.Events => Handlers.Events;

    PayloadCodec IEventTarget.Codec => Codec;

    internal abstract PayloadCodec Codec { get; }

    /// <summary>Whether the caller runs on an event loop of the server.</summary>
    internal virtual bool IsOnEventLoop => false;

    internal abstract NamespaceHandlers Handlers { get; }

    internal abstract EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options);

    /// <summary>Waits until all members have room. The writer is to be copied before the call returns.</summary>
    internal abstract Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken);

    internal abstract void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector);

    internal abstract Task<IReadOnlyList<RemoteSocket>> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken);

    internal abstract Task<int> CountCore(in BroadcastScope scope, CancellationToken cancellationToken);

    internal abstract void JoinAllCore(in BroadcastScope scope, string room);

    internal abstract void LeaveAllCore(in BroadcastScope scope, string room);

    internal abstract void DisconnectAllCore(in BroadcastScope scope, bool close);
}
