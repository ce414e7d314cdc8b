using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Common;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>Who is in a namespace and in its rooms, by its order: the sockets by their ids, the rooms by their names. What its loops see of it they are told by the order.</summary>
/// <remarks>It owns the rooms and the table of sockets. Any thread, unless a member says otherwise: all of it is guarded by the order's lock, under which each change also gets its place in the order. Lives as long as the namespace.
/// A room lives from its first member to its last; a socket is in at most <see cref="LimitOptions.RoomsPerSocket"/>.</remarks>
internal sealed class NamespaceMembers(DeliveryOrder order, RoomChanges changes, ServerContext server)
{
    /// <summary>Of sockets that have never been in a room; stays empty.</summary>
    private static readonly List<Membership> NoRooms = [];

    private const int SmallestList = 64;

    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly List<Room> _roomList = [];          // the same rooms, for whoever goes through them with pauses
    private readonly IdTable<ServerSocket> _sockets = new();
    private readonly int _loops = server.Loops.Count;
    private int _socketCount;

    /// <summary>Hears of rooms that have their first member or their last one; null: no other server has to. Set with the namespace.</summary>
    public NamespaceLink? Link { get; set; }

    /// <summary>Sockets in the namespace.</summary>
    public int SocketCount => Volatile.Read(ref _socketCount);

    /// <summary>Rooms with at least one member.</summary>
    public int RoomCount
    {
        get
        {
            lock (order.Lock)
            {
                return _rooms.Count;
            }
        }
    }

    /// <summary>Loops with sockets of this namespace, a bit each. Order lock.</summary>
    public ulong LoopsWithMembers { get; private set; }

    /// <summary>Some of the rooms with the number of their members, for whoever goes through all of them without holding up others: who is there all the while is read at least once.</summary>
    /// <param name="left">How many are left to read, <see cref="int.MaxValue"/> at first; 0: all have been read.</param>
    /// <param name="into">Where they are written.</param>
    /// <returns>How many were written.</returns>
    public int ReadRooms(ref int left, Span<(string Name, int Members)> into)
    {
        lock (order.Lock)
        {
            // From the end: a room that fills the gap of another has been read.
            left = Math.Min(left, _roomList.Count);
            var count = Math.Min(left, into.Length);
            for (var i = 0; i < count; i++)
            {
                var room = _roomList[--left];
                into[i] = (room.Name, room.Ordered);
            }

            return count;
        }
    }

    /// <summary>All sockets of the namespace.</summary>
    public ServerSocket[] All()
    {
        lock (order.Lock)
        {
            return _sockets.ToArray();
        }
    }

    /// <summary>Order lock.</summary>
    public Room? FindRoom(string name) => _rooms.GetValueOrDefault(name);

    public ServerSocket? FindSocket(string id)
    {
        if (!RandomId.TryParse(id, out var key))
        {
            return null;
        }

        lock (order.Lock)
        {
            return _sockets.Find(key);
        }
    }

    /// <summary>Whether a socket is in a room now: one that has gone keeps the list of those that it was in. Order lock.</summary>
    public static bool IsIn(ServerSocket socket, Room room) => socket.IsMember && IndexOf(socket.Memberships!, room) >= 0;

    /// <summary>The socket is in the namespace. On its loop.</summary>
    public void Enter(ServerSocket socket)
    {
        var item = new ShardItem { Kind = ShardItemKind.Enter, Socket = socket, Bytes = DeliveryOrder.EntryBytes };
        DeliveryOrder.Turn turn;
        lock (order.Lock)
        {
            _sockets.Add(socket);
            if (_socketCount++ == 0)
            {
                Link?.Opened(null);
            }

            socket.Memberships = NoRooms;
            socket.IsMember = true;
            order.ShardOf(socket).Ordered++;
            LoopsWithMembers |= 1UL << socket.LoopIndex;
            turn = socket.HeldRooms is null && socket.Identity is null ? order.Place(order.ShardOf(socket), item) : EnterRooms(socket, item);
        }

        DeliveryOrder.Finish(turn, item);
        changes.Tell();
    }

    /// <summary>It enters the room of its user, and those that it was put in before it was admitted, with the namespace. Order lock.</summary>
    private DeliveryOrder.Turn EnterRooms(ServerSocket socket, in ShardItem entry)
    {
        var queue = order.ShardOf(socket).Queue;
        queue.Append(entry);
        if (socket.Identity is { } identity && OrderJoin(socket, identity.UserRoom, out var user))
        {
            queue.Append(user);
        }

        var held = socket.HeldRooms ?? [];
        socket.HeldRooms = null;
        foreach (var name in held)
        {
            if (OrderJoin(socket, name, out var item) && item.Subject is not null)
            {
                queue.Append(item);
            }
        }

        return DeliveryOrder.DrainLater(order.ShardOf(socket));
    }

    /// <summary>The socket is in no room and not in the namespace any more. On its loop, once.</summary>
    public void Exit(ServerSocket socket)
    {
        ShardItem item;
        DeliveryOrder.Turn turn;
        lock (order.Lock)
        {
            if (!socket.IsMember)
            {
                return;
            }

            // The list stays as it is: the rooms that the handlers of the disconnection see.
            var memberships = socket.Memberships!;
            _sockets.Remove(socket);
            if (--_socketCount == 0)
            {
                Link?.Closed(null);
            }

            socket.IsMember = false;
            if (--order.ShardOf(socket).Ordered == 0)
            {
                LoopsWithMembers &= ~(1UL << socket.LoopIndex);
            }

            foreach (var membership in memberships)
            {
                Forget(membership);
            }

            item = new ShardItem { Kind = ShardItemKind.Exit, Socket = socket, Subject = memberships, Bytes = DeliveryOrder.EntryBytes };
            turn = order.Place(order.ShardOf(socket), item);
        }

        DeliveryOrder.Finish(turn, item);
        changes.Tell();
    }

    /// <summary>Puts a socket into a room; one that is not admitted yet when it is.</summary>
    /// <returns>False: the socket has gone, or is in too many rooms.</returns>
    public bool Join(ServerSocket socket, string name)
    {
        ShardItem item;
        DeliveryOrder.Turn turn;
        lock (order.Lock)
        {
            if (socket.Memberships is null)
            {
                return HoldRoom(socket, name);
            }

            if (!OrderJoin(socket, name, out item))
            {
                return false;
            }

            if (item.Subject is null)
            {
                return true;
            }

            turn = order.Place(order.ShardOf(socket), item);
        }

        DeliveryOrder.Finish(turn, item);
        changes.Tell();
        return true;
    }

    /// <returns>False: the socket has gone, or was not in the room.</returns>
    public bool Leave(ServerSocket socket, string name)
    {
        ShardItem item;
        DeliveryOrder.Turn turn;
        lock (order.Lock)
        {
            if (socket.HeldRooms is { } held)
            {
                return held.Remove(name);
            }

            if (!OrderLeave(socket, name, out item))
            {
                return false;
            }

            turn = order.Place(order.ShardOf(socket), item);
        }

        DeliveryOrder.Finish(turn, item);
        changes.Tell();
        return true;
    }

    /// <summary>The rooms that a socket enters when it is admitted.</summary>
    public IReadOnlyCollection<string> RoomsAhead(ServerSocket socket)
    {
        lock (order.Lock)
        {
            return (socket.HeldRooms, socket.Identity?.UserRoom) switch
            {
                (null, null) => [],
                (null, { } user) => [user],
                ({ } held, null) => [.. held],
                ({ } held, { } user) => [.. held, user],
            };
        }
    }

    /// <summary>Says who is behind a socket. One that is in the namespace enters the room of its user, and leaves that of another, at one point of the order.</summary>
    public void Identify(ServerSocket socket, SocketIdentity? identity)
    {
        DeliveryOrder.Turn turn;
        lock (order.Lock)
        {
            var before = socket.Identity?.UserRoom;
            var after = identity?.UserRoom;
            socket.KeepIdentity(identity);
            if (!socket.IsMember || before == after)
            {
                return;
            }

            var queue = order.ShardOf(socket).Queue;
            if (before is not null && OrderLeave(socket, before, out var left))
            {
                queue.Append(left);
            }

            if (after is not null && OrderJoin(socket, after, out var joined))
            {
                queue.Append(joined);
            }

            turn = order.PlaceQueued(order.ShardOf(socket));
        }

        DeliveryOrder.Finish(turn, default);
    }

    /// <summary>The names of a socket's rooms, its own id first and no reserved ones: of one that has left those that it was in, of one that is not admitted yet those that it is to be in.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="onlyMembers">Whether one that has left has none.</param>
    public string[] RoomsOf(ServerSocket socket, bool onlyMembers = false)
    {
        lock (order.Lock)
        {
            if (socket.Memberships is not { } memberships || (onlyMembers && !socket.IsMember))
            {
                return socket.HeldRooms?.ToArray() ?? [];
            }

            var names = new string[memberships.Count + 1];
            names[0] = socket.Id;
            var count = 1;
            foreach (var membership in memberships)
            {
                if (!ReservedRooms.Has(membership.Room.Name))
                {
                    names[count++] = membership.Room.Name;
                }
            }

            Array.Resize(ref names, count);
            return names;
        }
    }

    /// <summary>Whether a name is one of those that <see cref="RoomsOf"/> gives.</summary>
    public bool IsIn(ServerSocket socket, string room)
    {
        if (room == socket.Id)
        {
            return true;
        }

        if (ReservedRooms.Has(room))
        {
            return false;
        }

        // A socket in no room, or in that of its user alone, is asked for without the lock: rules of plugins ask for each event.
        if (socket.NamedRooms == 0 && socket.Memberships is not null)
        {
            return false;
        }

        lock (order.Lock)
        {
            if (socket.Memberships is not { } memberships)
            {
                return socket.HeldRooms?.Contains(room) == true;
            }

            // By the list, which a socket that has left keeps: it is in few rooms, 128 at most.
            foreach (var membership in memberships)
            {
                if (membership.Room.Name == room)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Order lock.</summary>
    private bool HoldRoom(ServerSocket socket, string name)
    {
        var held = socket.HeldRooms ??= [];
        if (held.Contains(name))
        {
            return true;
        }

        if (held.Count >= server.Limits.RoomsPerSocket)
        {
            return false;
        }

        held.Add(name);
        return true;
    }

    /// <summary>Order lock.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="name">The room.</param>
    /// <param name="item">What its shard has to do; without subject if it was in the room already.</param>
    /// <returns>False: the socket is not in the namespace, or in too many rooms.</returns>
    public bool OrderJoin(ServerSocket socket, string name, out ShardItem item)
    {
        item = default;
        if (!socket.IsMember)
        {
            return false;
        }

        var memberships = socket.Memberships!;
        var room = FindRoom(name);
        if ((RandomId.TryParse(name, out var id) && id == socket.Key) || (room is not null && IndexOf(memberships, room) >= 0))
        {
            return true;
        }

        // The room of its user is beside those that the limit counts.
        if (memberships.Count >= server.Limits.RoomsPerSocket + (socket.Identity is null ? 0 : 1))
        {
            return false;
        }

        if (room is null)
        {
            _rooms.Add(name, room = new Room(name, _loops) { Place = _roomList.Count });
            _roomList.Add(room);
            Link?.Opened(name);
        }

        var membership = new Membership(room, socket);
        if (memberships == NoRooms)
        {
            socket.Memberships = memberships = [];
        }

        memberships.Add(membership);
        socket.NamedRooms += ReservedRooms.Has(name) ? 0 : 1;
        room.OrderJoin(membership);
        changes.Add(socket, room, hasJoined: true);
        item = new ShardItem { Kind = ShardItemKind.Join, Subject = membership, Bytes = DeliveryOrder.EntryBytes };
        return true;
    }

    /// <summary>Order lock.</summary>
    public bool OrderLeave(ServerSocket socket, string name, out ShardItem item)
    {
        item = default;
        if (!socket.IsMember || FindRoom(name) is not { } room)
        {
            return false;
        }

        var memberships = socket.Memberships!;
        var index = IndexOf(memberships, room);
        if (index < 0)
        {
            return false;
        }

        var membership = memberships[index];
        memberships.RemoveAt(index);
        socket.NamedRooms -= ReservedRooms.Has(name) ? 0 : 1;
        Forget(membership);
        item = new ShardItem { Kind = ShardItemKind.Leave, Subject = membership, Bytes = DeliveryOrder.EntryBytes };
        return true;
    }

    private static int IndexOf(List<Membership> memberships, Room room)
    {
        for (var i = 0; i < memberships.Count; i++)
        {
            if (memberships[i].Room == room)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The last room takes the place. Order lock.</summary>
    private void Unlist(Room room)
    {
        var last = _roomList[^1];
        _roomList[room.Place] = last;
        last.Place = room.Place;
        _roomList.RemoveAt(_roomList.Count - 1);
        if (_roomList.Capacity > SmallestList && _roomList.Count < _roomList.Capacity / 4)
        {
            _roomList.Capacity /= 2;
        }
    }

    /// <summary>Counts a member out of its room, and forgets the room with its last one. Order lock.</summary>
    private void Forget(Membership membership)
    {
        var room = membership.Room;
        room.OrderLeave(membership);
        changes.Add(membership.Socket, room, hasJoined: false);
        if (room.Ordered == 0)
        {
            _rooms.Remove(room.Name);
            Unlist(room);
            Link?.Closed(room.Name);
        }
    }
}
