using System.Collections.Concurrent;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>A namespace: a group of sockets with handlers, rooms and admission of its own, over connections shared with other namespaces.</summary>
/// <remarks>Made by <see cref="SockeyeServer.Of(string)"/>; lives as long as the server. All members may be called from any thread.</remarks>
public abstract class SockeyeNamespace : BroadcastTarget
{
    private ConcurrentDictionary<string, OutboxPolicy>? _roomPolicies;

    internal SockeyeNamespace()
    {
    }

    /// <summary>Its name, such as <c>/</c> or <c>/orders-7</c>; of a pattern the pattern.</summary>
    public abstract string Name { get; }

    /// <summary>What happens to a message of this namespace for which the outbox of its connection has no room, unless the emit says otherwise.
    /// Default <see cref="OutboxPolicy.Inherit"/>: of a namespace that belongs to a pattern as the pattern says, else as <see cref="OutboxOptions.WhenFull"/> of the server.</summary>
    /// <remarks>The outbox and its bounds belong to the connection, which several namespaces may share. May be set at any time; it counts from the next message on.</remarks>
    public OutboxPolicy OutboxPolicy
    {
        get;
        set
        {
            field = value;
            OnConfigured();
        }
    }

    /// <summary>Whether events that wait for the handlers of their socket when it goes are dropped and counted (<c>sockeye.dropped</c>, reason <c>disconnected</c>), and posted work with them.
    /// Default false: they are handled, in order, and <c>OnDisconnect</c> comes after them. May be set at any time; of a pattern it counts for all its namespaces.</summary>
    public bool DropWaitingEvents
    {
        get;
        set
        {
            field = value;
            OnConfigured();
        }
    }

    /// <summary>Whether the acknowledgement of an event that fails, gets wrong arguments, is rejected by a filter or has no handler says so, as an <see cref="EventRefusal"/>; without it nothing is sent, as the Node server does.
    /// Default null: of a namespace that belongs to a pattern as the pattern says, else as <c>AckErrors</c> of the server. May be set at any time.</summary>
    public bool? AckErrors
    {
        get;
        set
        {
            field = value;
            OnConfigured();
        }
    }

    internal HandlerThread Thread { get; private set; }

    internal HandlerOrder Order { get; private set; }

    internal GameLoop? Loop { get; private set; }

    /// <summary>Whether a room has a policy of its own.</summary>
    internal bool HasRoomPolicies => System.Threading.Volatile.Read(ref _roomPolicies) is { IsEmpty: false };

    /// <summary>How messages to one room are treated in the outboxes of its members. Of a pattern it serves the rooms of that name in all its namespaces, which may say otherwise themselves.</summary>
    /// <remarks>The narrowest wins: what the emit says, else the room, the namespace, its pattern, the server. A broadcast to several rooms is one message with one policy:
    /// that of the first of its rooms, in the order in which they were named, that has one. What is set is kept as long as the namespace, whether or not anybody is in the room, or until it is
    /// <see cref="OutboxPolicy.Inherit"/> again: who makes rooms without end sets that when a room ends.</remarks>
    /// <param name="room">The room's name.</param>
    public RoomOutboxOptions RoomOutbox(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return new RoomOutboxOptions(this, ReservedRooms.Named(room));
    }

    internal OutboxPolicy GetRoomPolicy(string room) =>
        System.Threading.Volatile.Read(ref _roomPolicies) is { } policies ? policies.GetValueOrDefault(room) : OutboxPolicy.Inherit;

    internal void SetRoomPolicy(string room, OutboxPolicy policy)
    {
        if (policy != OutboxPolicy.Inherit)
        {
            LazyInitializer.EnsureInitialized(ref _roomPolicies, static () => new ConcurrentDictionary<string, OutboxPolicy>(StringComparer.Ordinal))[room] = policy;
            OnConfigured();
        }
        else
        {
            System.Threading.Volatile.Read(ref _roomPolicies)?.TryRemove(room, out _);
        }
    }

    /// <summary>Something was set on this namespace alone.</summary>
    internal virtual void OnConfigured()
    {
    }

    /// <summary>The policy of the first room of a scope that has one.</summary>
    internal OutboxPolicy RoomPolicy(in BroadcastScope scope)
    {
        if (System.Threading.Volatile.Read(ref _roomPolicies) is { IsEmpty: false } policies)
        {
            for (var i = 0; i < scope.Rooms.Count; i++)
            {
                if (policies.TryGetValue(scope.Rooms[i], out var policy))
                {
                    return policy;
                }
            }
        }

        return OutboxPolicy.Inherit;
    }

    /// <summary>What a parameter of the pattern matched in this name: <c>"7"</c> for <c>id</c> in <c>/orders-{id}</c>. Null if there is no such parameter.</summary>
    /// <param name="parameter">The name between the braces.</param>
    public abstract string? Match(string parameter);

    /// <summary>Says where and in what order the handlers of a socket run. To be called before the first client connects; for namespaces that belong to a pattern on the pattern.</summary>
    /// <param name="thread">On the event loop, which must not block, or on the thread pool.</param>
    /// <param name="order">One after the other, or the next at the first await of the last.</param>
    public void RunHandlers(HandlerThread thread, HandlerOrder order = HandlerOrder.Serial)
    {
        Thread = thread;
        Order = order;
    }

    /// <summary>Runs the handlers of the namespace on a game loop, those of one socket in order: of connections, events, disconnections, filters and catch-all listeners,
    /// also after an <c>await</c>. To be called before the first client connects; for namespaces that belong to a pattern on the pattern.</summary>
    /// <param name="loop">A loop of the same server. It takes the place of the thread that <see cref="RunHandlers"/> says. Middleware, <c>OnSlow</c> and <c>OnWritable</c> stay on the event loop.</param>
    /// <remarks>The bytes of an event are copied once, and its arguments are read on the game loop. Handlers of disconnections still see the rooms that the socket was in.</remarks>
    public void RunHandlersOn(GameLoop loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Loop = loop;
    }
}
