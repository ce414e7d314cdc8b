using System.Numerics;

namespace Sockeye;

/// <content>Operations on all sockets in a scope, as they are at one point of the order. They hold the lock for as long as it takes to walk over the members.</content>
internal sealed partial class NamespaceState
{
    /// <summary>The sockets in the scope.</summary>
    public List<ServerSocket> Select(in BroadcastScope scope)
    {
        lock (_order)
        {
            return SelectOrdered(scope);
        }
    }

    public void JoinAll(in BroadcastScope scope, string name)
    {
        lock (_order)
        {
            foreach (var socket in SelectOrdered(scope))
            {
                if (OrderJoin(socket, name, out var item) && item.Subject is not null)
                {
                    socket.Shard.Queue.Append(item);
                }
            }
        }

        WakeAll();
    }

    public void LeaveAll(in BroadcastScope scope, string name)
    {
        lock (_order)
        {
            foreach (var socket in SelectOrdered(scope))
            {
                if (OrderLeave(socket, name, out var item))
                {
                    socket.Shard.Queue.Append(item);
                }
            }
        }

        WakeAll();
    }

    public void DisconnectAll(in BroadcastScope scope, bool close)
    {
        lock (_order)
        {
            foreach (var socket in SelectOrdered(scope))
            {
                socket.Shard.Queue.Append(new ShardItem { Kind = ShardItemKind.Task, Subject = socket.NewDisconnectTask(close), Bytes = EntryBytes });
            }
        }

        WakeAll();
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

    /// <summary>Order lock.</summary>
    private List<ServerSocket> SelectOrdered(in BroadcastScope scope)
    {
        List<ServerSocket> selected = [];
        if (scope.MatchesNobody)
        {
            return selected;
        }

        HashSet<ServerSocket> seen = [];
        if (scope.Sender is ServerSocket sender)
        {
            seen.Add(sender);
        }

        for (var i = 0; i < scope.Except.Count; i++)
        {
            for (var member = FindRoom(scope.Except[i])?.First; member is not null; member = member.Following)
            {
                seen.Add(member.Socket);
            }

            if (FindSocket(scope.Except[i]) is { } socket)
            {
                seen.Add(socket);
            }
        }

        if (scope.Rooms.Count == 0)
        {
            foreach (var socket in _sockets.ToArray())
            {
                Take(socket);
            }
        }

        for (var i = 0; i < scope.Rooms.Count; i++)
        {
            for (var member = FindRoom(scope.Rooms[i])?.First; member is not null; member = member.Following)
            {
                Take(member.Socket);
            }

            if (FindSocket(scope.Rooms[i]) is { } single)
            {
                Take(single);
            }
        }

        return selected;

        void Take(ServerSocket socket)
        {
            if (seen.Add(socket))
            {
                selected.Add(socket);
            }
        }
    }
}
