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

    /// <summary>Whether events that wait for the handlers of their socket when it goes are dropped and counted (<c>sockeye.dropped</c>, reason <c>disconnected</c>), and posted work with them.
    /// Default false: they are handled, in order, and <c>OnDisconnect</c> comes after them. May be set at any time; of a pattern it counts for all its namespaces, of a server for its main namespace.</summary>
    public bool DropWaitingEvents
    {
        get => Itself.DropsOwnWaitingEvents;
        set => Itself.DropsOwnWaitingEvents = value;
    }

    EventTable IEventTarget.Events => Handlers.Events;

    PayloadCodec IEventTarget.Codec => Codec;

    internal abstract PayloadCodec Codec { get; }

    /// <summary>Whether the caller is in a turn of a loop of the server, an event loop or a game loop, without whose end what it asks for may never come.</summary>
    internal virtual bool IsOnLoop => false;

    internal abstract NamespaceHandlers Handlers { get; }

    /// <summary>The namespace that it is: of a server the main one.</summary>
    internal abstract SockeyeNamespace Itself { get; }

    /// <summary>The socket with this id, if it is connected to it on this server.</summary>
    /// <param name="id">Its id.</param>
    public abstract SockeyeSocket? Find(string id);

    /// <summary>How messages to one room are treated in the outboxes of its members. Of a pattern it serves the rooms of that name in all its namespaces, which may say otherwise themselves.</summary>
    /// <remarks>The narrowest wins: what the emit says, else the room, the namespace, its pattern, the server. A broadcast to several rooms is one message with one policy:
    /// that of the first of its rooms, in the order in which they were named, that has one. What is set is kept as long as the namespace, whether or not anybody is in the room, or until it is
    /// <see cref="OutboxPolicy.Inherit"/> again: who makes rooms without end sets that when a room ends.</remarks>
    /// <param name="room">The room's name.</param>
    public RoomOutboxOptions RoomOutbox(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return new RoomOutboxOptions(Itself, ReservedRooms.Named(room));
    }

    /// <summary>Says where and in what order the handlers of a socket run. To be called before the first client connects; for namespaces that belong to a pattern on the pattern.
    /// Of a server it counts for the main namespace, as everything that is registered on it.</summary>
    /// <param name="thread">On the event loop, which must not block, or on the thread pool.</param>
    /// <param name="order">One after the other, or the next at the first await of the last.</param>
    public void RunHandlers(HandlerThread thread, HandlerOrder order = HandlerOrder.Serial) => Itself.SetThread(thread, order);

    /// <summary>Runs the handlers of the namespace on a game loop, those of one socket in order: of connections, events, disconnections, filters and catch-all listeners,
    /// also after an <c>await</c>. To be called before the first client connects; for namespaces that belong to a pattern on the pattern. Of a server it counts for the main namespace.</summary>
    /// <param name="loop">A loop of the same server. It takes the place of the thread that <see cref="RunHandlers"/> says. Middleware, <c>OnSlow</c> and <c>OnWritable</c> stay on the event loop.</param>
    /// <remarks>The bytes of an event are copied once, and its arguments are read on the game loop. Handlers of disconnections still see the rooms that the socket was in.</remarks>
    public void RunHandlersOn(GameLoop loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Itself.SetLoop(loop);
    }

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
