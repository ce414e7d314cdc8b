using System.Numerics;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <content>Operations on all sockets in a scope. Under the order's lock the members are only listed, as they are at one point of the order; what takes longer is done outside,
/// or in pieces, so that emits of other threads wait for a piece at most. A socket that has left meanwhile is left out.</content>
internal sealed partial class NamespaceState
{
    /// <summary>Sockets that are treated under the lock at one time. Own choice: some ten microseconds.</summary>
    private const int PieceSize = 256;

    /// <summary>The sockets in the scope, each once.</summary>
    public List<ServerSocket> Select(in BroadcastScope scope)
    {
        if (scope.MatchesNobody)
        {
            return [];
        }

        List<ServerSocket> listed = [];
        List<ServerSocket> excepted = [];
        lock (_order)
        {
            for (var i = 0; i < scope.Except.Count; i++)
            {
                List(scope.Except[i], excepted);
            }

            if (scope.Rooms.Count == 0)
            {
                listed.AddRange(_sockets.ToArray());
            }

            for (var i = 0; i < scope.Rooms.Count; i++)
            {
                List(scope.Rooms[i], listed);
            }
        }

        if (scope.Sender is ServerSocket sender)
        {
            excepted.Add(sender);
        }

        if (excepted.Count == 0 && scope.Rooms.Count <= 1)
        {
            return listed;
        }

        HashSet<ServerSocket> seen = [.. excepted];
        listed.RemoveAll(socket => !seen.Add(socket));
        return listed;
    }

    /// <summary>All sockets of the namespace.</summary>
    public ServerSocket[] Members()
    {
        lock (_order)
        {
            return _sockets.ToArray();
        }
    }

    /// <summary>How many sockets are in the scope: for everybody, or one room, without listing them.</summary>
    public int Count(in BroadcastScope scope)
    {
        if (!scope.MatchesNobody && scope.Except.Count == 0 && scope.Rooms.Count <= 1)
        {
            lock (_order)
            {
                var sender = scope.Sender as ServerSocket;
                if (scope.Rooms.Count == 0)
                {
                    return _socketCount - (sender is not null && _sockets.Find(sender.Key) == sender ? 1 : 0);
                }

                var room = FindRoom(scope.Rooms[0]);
                if (FindSocket(scope.Rooms[0]) is null)
                {
                    return room is null ? 0 : room.Ordered - (sender?.Memberships is { } joined && IndexOf(joined, room) >= 0 ? 1 : 0);
                }
            }
        }

        return Select(scope).Count;
    }

    public void JoinAll(in BroadcastScope scope, string name) => InPieces(Select(scope), name, static (state, socket, name) =>
    {
        if (state.OrderJoin(socket, name, out var item) && item.Subject is not null)
        {
            socket.Shard.Queue.Append(item);
        }
    });

    public void LeaveAll(in BroadcastScope scope, string name) => InPieces(Select(scope), name, static (state, socket, name) =>
    {
        if (state.OrderLeave(socket, name, out var item))
        {
            socket.Shard.Queue.Append(item);
        }
    });

    public void DisconnectAll(in BroadcastScope scope, bool close) => InPieces(Select(scope), close, static (_, socket, close) =>
    {
        if (socket.Memberships is not null)
        {
            socket.Shard.Queue.Append(new ShardItem { Kind = ShardItemKind.Task, Subject = socket.NewDisconnectTask(close), Bytes = EntryBytes });
        }
    });

    private void InPieces<T>(List<ServerSocket> sockets, T argument, Action<NamespaceState, ServerSocket, T> order)
    {
        for (var start = 0; start < sockets.Count; start += PieceSize)
        {
            lock (_order)
            {
                for (var i = start; i < Math.Min(start + PieceSize, sockets.Count); i++)
                {
                    order(this, sockets[i], argument);
                }
            }

            WakeAll();
        }
    }

    /// <summary>Adds who is meant by a room's name, or a socket's id. Order lock.</summary>
    private void List(string name, List<ServerSocket> into)
    {
        for (var member = FindRoom(name)?.First; member is not null; member = member.Following)
        {
            into.Add(member.Socket);
        }

        if (FindSocket(name) is { } single)
        {
            into.Add(single);
        }
    }

    /// <summary>Lets each loop that has members in the scope of an awaited broadcast look at them, at one point of the order.</summary>
    public void LookAtMembers(AwaitedBroadcast broadcast)
    {
        lock (_order)
        {
            var loops = broadcast.Members.Resolve(this, broadcast.Scope);
            broadcast.Expect(BitOperations.PopCount(loops));
            for (; loops != 0; loops &= loops - 1)
            {
                _shards[BitOperations.TrailingZeroCount(loops)]!.Queue.Append(new ShardItem { Kind = ShardItemKind.Task, Subject = broadcast, Bytes = EntryBytes });
            }
        }

        WakeAll();
    }

    /// <summary>Lets every loop that has something waiting apply it: the caller's own at once, the others with a post.</summary>
    private void WakeAll()
    {
        var current = _loops.Current();
        foreach (var shard in _shards)
        {
            if (shard is null)
            {
                continue;
            }

            if (shard.Loop.Index == current)
            {
                shard.DrainWaiting();
                continue;
            }

            bool post;
            lock (_order)
            {
                post = shard.Queue.Count > 0 && MustPost(shard);
            }

            if (post)
            {
                shard.Loop.Post(shard);
            }
        }
    }
}
