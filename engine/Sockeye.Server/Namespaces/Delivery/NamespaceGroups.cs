using System.Numerics;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Common;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>What concerns many sockets of a namespace at once: broadcasts, and listing, counting, moving and disconnecting the sockets of a scope.</summary>
/// <remarks>It owns the broadcasts that wait for room. Any thread; lives as long as the namespace. A broadcast is one entry for each loop that has members in its scope. For the rest the members are only listed under the order's lock,
/// as they are at one point of the order; what takes longer is done outside, or in pieces of <see cref="PieceSize"/>, so that emits of other threads wait for a piece at most.
/// A socket that has left meanwhile is left out.</remarks>
internal sealed class NamespaceGroups
{
    /// <summary>Sockets that are treated under the lock at one time. Own choice: some ten microseconds.</summary>
    private const int PieceSize = 256;

    private readonly DeliveryOrder _order;
    private readonly NamespaceMembers _members;
    private readonly RoomChanges _changes;
    private readonly ServerContext _server;
    private AckIds _ackIds = AckIds.OfBroadcasts();

    public NamespaceGroups(DeliveryOrder order, NamespaceMembers members, RoomChanges changes, ServerContext server)
    {
        _changes = changes;
        _order = order;
        _members = members;
        _server = server;
        Awaited = new AwaitedBroadcasts(this, server);
    }

    /// <summary>The namespace on other servers; null: it stands alone. Set with the namespace.</summary>
    public NamespaceLink? Link { get; set; }

    /// <summary>Broadcasts that wait for room.</summary>
    public AwaitedBroadcasts Awaited { get; }

    /// <summary>The id by which the answers to one broadcast are known; the same for all members, so that they share the frame.</summary>
    public int NextBroadcastAckId() => _ackIds.Next();

    /// <summary>Sends one frame to all sockets in the scope. Takes the reference.</summary>
    /// <returns>The worst result among the members on the calling loop, and among the queues of the other loops.</returns>
    public EmitResult Send(Frame frame, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector? collector = null, long ackId = -1, AwaitedBroadcast? awaited = null)
    {
        if (Link is { } link && !scope.IsLocal && !scope.MatchesNobody)
        {
            if (collector is null)
            {
                link.Publish(frame, scope, options);
            }
            else
            {
                link.Publish(frame, scope, options, ackId, collector);
            }
        }

        var result = EmitResult.Accepted;
        var broadcast = Broadcast.Take(frame, options);
        broadcast.Collector = collector;
        broadcast.AckId = ackId;
        broadcast.Awaited = awaited;
        var item = new ShardItem { Kind = ShardItemKind.Broadcast, Subject = broadcast, Bytes = frame.TotalLength + DeliveryOrder.EntryBytes, Overhead = DeliveryOrder.OverheadOf(frame) };
        var current = _server.Loops.Current();
        Shard? here = null;
        ulong posts = 0;
        var parts = 0;
        var dropped = 0;
        lock (_order.Lock)
        {
            var accepted = 0UL;
            for (var loops = broadcast.Scope.Resolve(_members, scope); loops != 0; loops &= loops - 1)
            {
                var loop = BitOperations.TrailingZeroCount(loops);
                var admitted = loop == current ? EmitResult.Accepted : DeliveryOrder.Admit(_order[loop], item);
                if (admitted > result)
                {
                    result = admitted;
                }

                if (admitted == EmitResult.Dropped)
                {
                    dropped++;
                    collector?.PartLost();
                    continue;
                }

                accepted |= 1UL << loop;
                parts++;
            }

            // One reference for each loop and one for this call, which may have to read the result of its own loop.
            broadcast.Start(parts + 1);
            if (parts > 0)
            {
                collector?.Begin(parts);
            }

            for (; accepted != 0; accepted &= accepted - 1)
            {
                var loop = BitOperations.TrailingZeroCount(accepted);
                var turn = _order.Place(_order[loop], item);
                if (loop == current)
                {
                    here = turn.Step == DeliveryOrder.TurnStep.Apply ? turn.Shard : null;
                    if (turn.Step == DeliveryOrder.TurnStep.Drain)
                    {
                        posts |= 1UL << loop;
                    }
                }
                else if (turn.Step == DeliveryOrder.TurnStep.Post)
                {
                    posts |= 1UL << loop;
                }
            }
        }

        if (parts == 0)
        {
            // Completes the collector, and that may run code of the application: not under the lock.
            collector?.Begin(0);
        }

        for (; posts != 0; posts &= posts - 1)
        {
            _order.Wake(_order[BitOperations.TrailingZeroCount(posts)]);
        }

        if (here is not null)
        {
            var applied = here.ApplyNow(new ShardItem { Kind = ShardItemKind.Broadcast, Subject = broadcast });
            result = applied > result ? applied : result;
        }

        if (dropped > 0)
        {
            _server.Metrics.Dropped(DropReason.DeliveryQueue);
            broadcast.Report(EmitResult.Dropped);
        }

        broadcast.Release();
        return result;
    }

    /// <summary>The sockets in the scope, each once.</summary>
    public List<ServerSocket> Select(in BroadcastScope scope)
    {
        if (scope.MatchesNobody)
        {
            return [];
        }

        List<ServerSocket> listed = [];
        List<ServerSocket> excepted = [];
        lock (_order.Lock)
        {
            for (var i = 0; i < scope.Except.Count; i++)
            {
                List(scope.Except[i], excepted);
            }

            if (scope.Rooms.Count == 0)
            {
                listed.AddRange(_members.All());
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

    /// <summary>How many sockets are in the scope: for everybody, or one room, without listing them.</summary>
    public int Count(in BroadcastScope scope)
    {
        if (!scope.MatchesNobody && scope.Except.Count == 0 && scope.Rooms.Count <= 1)
        {
            lock (_order.Lock)
            {
                var sender = scope.Sender as ServerSocket;
                if (scope.Rooms.Count == 0)
                {
                    return _members.SocketCount - (sender is { IsMember: true } ? 1 : 0);
                }

                var room = _members.FindRoom(scope.Rooms[0]);
                if (_members.FindSocket(scope.Rooms[0]) is null)
                {
                    return room is null ? 0 : room.Ordered - (sender is not null && NamespaceMembers.IsIn(sender, room) ? 1 : 0);
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
            lock (_order.Lock)
            {
                for (var i = start; i < Math.Min(start + PieceSize, sockets.Count); i++)
                {
                    count += OrderAction(sockets[i], action) ? 1 : 0;
                    loops |= 1UL << sockets[i].LoopIndex;
                }
            }

            _order.WakeAll();
            _changes.Tell();
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

        var item = new ShardItem { Kind = ShardItemKind.Task, Subject = new OrderMark(collector), Bytes = DeliveryOrder.EntryBytes };
        lock (_order.Lock)
        {
            for (; loops != 0; loops &= loops - 1)
            {
                _order[BitOperations.TrailingZeroCount(loops)].Queue.Append(item);
            }
        }

        _order.WakeAll();
    }

    /// <summary>Order lock.</summary>
    /// <returns>False: the socket has left meanwhile, or was not concerned.</returns>
    private bool OrderAction(ServerSocket socket, in SocketAction action)
    {
        ShardItem item;
        switch (action.Kind)
        {
            case SocketActionKind.Join when _members.OrderJoin(socket, action.Room, out item):
            case SocketActionKind.Leave when _members.OrderLeave(socket, action.Room, out item):
                break;
            case SocketActionKind.Disconnect or SocketActionKind.Close when socket.IsMember:
                item = new ShardItem { Kind = ShardItemKind.Task, Subject = socket.NewDisconnectTask(action.Kind == SocketActionKind.Close), Bytes = DeliveryOrder.EntryBytes };
                break;
            default:
                return false;
        }

        // One that was in the room already leaves nothing to do.
        if (item.Subject is not null)
        {
            _order.ShardOf(socket).Queue.Append(item);
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
        for (var member = _members.FindRoom(name)?.First; member is not null; member = member.Following)
        {
            into.Add(member.Socket);
        }

        if (_members.FindSocket(name) is { } single)
        {
            into.Add(single);
        }
    }

    /// <summary>Lets each loop that has members in the scope of an awaited broadcast look at them, at one point of the order.</summary>
    public void LookAtMembers(AwaitedBroadcast broadcast)
    {
        lock (_order.Lock)
        {
            var loops = broadcast.Members.Resolve(_members, broadcast.Scope);
            broadcast.Expect(BitOperations.PopCount(loops));
            for (; loops != 0; loops &= loops - 1)
            {
                _order[BitOperations.TrailingZeroCount(loops)].Queue.Append(new ShardItem { Kind = ShardItemKind.Look, Subject = broadcast, Bytes = DeliveryOrder.EntryBytes });
            }
        }

        _order.WakeAll();
    }
}
