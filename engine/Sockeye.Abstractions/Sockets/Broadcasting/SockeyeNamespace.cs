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
        get => Itself.OwnOutboxPolicy;
        set
        {
            Itself.OwnOutboxPolicy = value;
            Itself.OnConfigured();
        }
    }

    /// <summary>Whether the acknowledgement of an event that fails, gets wrong arguments, is rejected by a filter or has no handler says so, as an <see cref="EventRefusal"/>; without it nothing is sent, as the Node server does.
    /// Default null: of a namespace that belongs to a pattern as the pattern says, else as <c>AckErrors</c> of the server. May be set at any time.</summary>
    public bool? AckErrors
    {
        get => Itself.OwnAckErrors;
        set
        {
            Itself.OwnAckErrors = value;
            Itself.OnConfigured();
        }
    }

    /// <summary>The namespace whose settings these are.</summary>
    internal override SockeyeNamespace Itself => this;

    /// <summary>What <see cref="OutboxPolicy"/> says of this one.</summary>
    internal OutboxPolicy OwnOutboxPolicy { get; private set; }

    /// <summary>What <see cref="AckErrors"/> says of this one.</summary>
    internal bool? OwnAckErrors { get; private set; }

    /// <summary>What <see cref="BroadcastTarget.DropWaitingEvents"/> says of this namespace.</summary>
    internal bool DropsOwnWaitingEvents
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

    internal void SetThread(HandlerThread thread, HandlerOrder order)
    {
        Thread = thread;
        Order = order;
    }

    internal void SetLoop(GameLoop loop) => Loop = loop;
}
