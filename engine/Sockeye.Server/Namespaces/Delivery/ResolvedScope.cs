using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Namespaces;

/// <summary>A broadcast's scope, its names looked up at one point of the namespace's order.</summary>
/// <remarks>It owns its lists, not what stands in them. Filled under the order lock, then only read, by the loops. A list that has become longer than <see cref="KeptNames"/> is not kept
/// for the next use: of those that are used over and over there may be a thousand, as long as the process lives.</remarks>
internal sealed class ResolvedScope
{
    /// <summary>The longest list that is kept: 8 KiB. Own choice.</summary>
    public const int KeptNames = 1024;

    private readonly List<Room> _rooms = [];
    private readonly List<ServerSocket> _singles = [];
    private readonly List<Room> _exceptRooms = [];
    private readonly List<ServerSocket> _exceptSingles = [];
    private SockeyeSocket? _sender;
    private bool _everyone;

    /// <summary>Looks the names up. Order lock.</summary>
    /// <returns>The loops on which the scope may have members, a bit each.</returns>
    public ulong Resolve(NamespaceMembers members, in BroadcastScope scope)
    {
        _sender = scope.Sender;
        if (scope.MatchesNobody)
        {
            return 0;
        }

        ulong loops = 0;
        if (scope.Rooms.Count == 0)
        {
            _everyone = true;
            loops = members.LoopsWithMembers;
        }

        for (var i = 0; i < scope.Rooms.Count; i++)
        {
            var name = scope.Rooms[i];
            if (members.FindRoom(name) is { } room)
            {
                _rooms.Add(room);
                loops |= room.Loops;
            }

            if (members.FindSocket(name) is { } socket)
            {
                _singles.Add(socket);
                loops |= 1UL << socket.LoopIndex;
            }
        }

        for (var i = 0; i < scope.Except.Count; i++)
        {
            var name = scope.Except[i];
            if (members.FindRoom(name) is { } room)
            {
                _exceptRooms.Add(room);
            }

            if (members.FindSocket(name) is { } socket)
            {
                _exceptSingles.Add(socket);
            }
        }

        return loops;
    }

    /// <summary>Adds the sockets of one loop that the scope reaches, each once. On that loop.</summary>
    public void Select(Shard shard, List<ServerSocket> into)
    {
        var loop = shard.Loop.Index;
        if (_rooms.Count + _singles.Count > 1 || _exceptRooms.Count + _exceptSingles.Count > 0)
        {
            SelectMarked(shard, loop, into);
        }
        else if (_everyone)
        {
            foreach (var socket in shard.Members)
            {
                AddTo(into, socket);
            }
        }
        else if (_rooms.Count > 0)
        {
            foreach (var member in Members(_rooms[0], loop))
            {
                AddTo(into, member.Socket);
            }
        }
        else if (_singles.Count > 0 && _singles[0].LoopIndex == loop)
        {
            AddTo(into, _singles[0]);
        }
    }

    /// <summary>Names for which it has room in its longest list.</summary>
    public int Capacity => Math.Max(Math.Max(_rooms.Capacity, _singles.Capacity), Math.Max(_exceptRooms.Capacity, _exceptSingles.Capacity));

    public void Clear()
    {
        _sender = null;
        _everyone = false;
        Clear(_rooms);
        Clear(_singles);
        Clear(_exceptRooms);
        Clear(_exceptSingles);
    }

    private static void Clear<T>(List<T> list)
    {
        list.Clear();
        if (list.Capacity > KeptNames)
        {
            list.Capacity = 0;
        }
    }

    /// <summary>Marks the excepted ones, then takes and marks everybody who is not marked: no set is needed.</summary>
    private void SelectMarked(Shard shard, int loop, List<ServerSocket> into)
    {
        var mark = shard.NextMark();
        foreach (var room in _exceptRooms)
        {
            foreach (var member in Members(room, loop))
            {
                member.Socket.Mark = mark;
            }
        }

        // A mark belongs to the socket's own loop, so sockets of other loops are left alone.
        foreach (var socket in _exceptSingles)
        {
            if (socket.LoopIndex == loop)
            {
                socket.Mark = mark;
            }
        }

        if (_everyone)
        {
            foreach (var socket in shard.Members)
            {
                Take(socket, mark, into);
            }
        }

        foreach (var room in _rooms)
        {
            foreach (var member in Members(room, loop))
            {
                Take(member.Socket, mark, into);
            }
        }

        foreach (var socket in _singles)
        {
            if (socket.LoopIndex == loop)
            {
                Take(socket, mark, into);
            }
        }
    }

    private static ReadOnlySpan<RoomMember> Members(Room room, int loop) => room.Part(loop) is { } part ? part.Members : default;

    private void Take(ServerSocket socket, long mark, List<ServerSocket> into)
    {
        if (socket.Mark != mark)
        {
            socket.Mark = mark;
            AddTo(into, socket);
        }
    }

    private void AddTo(List<ServerSocket> into, ServerSocket socket)
    {
        if (!ReferenceEquals(socket, _sender) && socket.IsConnected)
        {
            into.Add(socket);
        }
    }
}
