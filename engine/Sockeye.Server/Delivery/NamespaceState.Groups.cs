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

    /// <summary>Does something to the sockets in the scope.</summary>
    /// <param name="scope">Which.</param>
    /// <param name="action">What is done.</param>
    /// <param name="collector">Hears when every loop that has one of them has applied it; null: nobody waits.</param>
    public void Apply(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        var sockets = Select(scope);
        var count = 0;
        ulong loops = 0;
        for (var start = 0; start < sockets.Count; start += PieceSize)
        {
            lock (_order)
            {
                for (var i = start; i < Math.Min(start + PieceSize, sockets.Count); i++)
                {
                    count += OrderAction(sockets[i], action) ? 1 : 0;
                    loops |= 1UL << sockets[i].LoopIndex;
                }
            }

            WakeAll();
        }

        if (collector is not null)
        {
            Mark(loops, collector);
            collector.PartDone(count);
        }
    }

    /// <summary>Lets each of the loops tell when it has come to this point of the order. The call itself counts as one part more.</summary>
    private void Mark(ulong loops, SocketActionCollector collector)
    {
        collector.Begin(BitOperations.PopCount(loops) + 1);
        if (loops == 0)
        {
            return;
        }

        var item = new ShardItem { Kind = ShardItemKind.Task, Subject = new OrderMark(collector), Bytes = EntryBytes };
        lock (_order)
        {
            for (; loops != 0; loops &= loops - 1)
            {
                _shards[BitOperations.TrailingZeroCount(loops)]!.Queue.Append(item);
            }
        }

        WakeAll();
    }

    /// <summary>Order lock.</summary>
    /// <returns>False: the socket has left meanwhile, or was not concerned.</returns>
    private bool OrderAction(ServerSocket socket, in SocketAction action)
    {
        ShardItem item;
        switch (action.Kind)
        {
            case SocketActionKind.Join when OrderJoin(socket, action.Room, out item):
            case SocketActionKind.Leave when OrderLeave(socket, action.Room, out item):
                break;
            case SocketActionKind.Disconnect or SocketActionKind.Close when socket.IsMember:
                item = new ShardItem { Kind = ShardItemKind.Task, Subject = socket.NewDisconnectTask(action.Kind == SocketActionKind.Close), Bytes = EntryBytes };
                break;
            default:
                return false;
        }

        // One that was in the room already leaves nothing to do.
        if (item.Subject is not null)
        {
            socket.Shard.Queue.Append(item);
        }

        return true;
    }

    /// <summary>A point of the order, on each loop that comes to it.</summary>
    private sealed class OrderMark(SocketActionCollector collector) : OrderedTask
    {
        public override void Run() => collector.PartDone();
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
                _shards[BitOperations.TrailingZeroCount(loops)]!.Queue.Append(new ShardItem { Kind = ShardItemKind.Look, Subject = broadcast, Bytes = EntryBytes });
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
