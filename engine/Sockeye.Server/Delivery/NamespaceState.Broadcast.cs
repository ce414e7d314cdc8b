using System.Numerics;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Transport;

namespace Sockeye;

/// <content>What concerns many sockets: one entry for each loop that has members in the scope.</content>
internal sealed partial class NamespaceState
{
    /// <summary>The id by which the answers to one broadcast are known; the same for all members, so that they share the frame.</summary>
    public int NextBroadcastAckId() => _ackIds.Next();

    /// <summary>Sends one frame to all sockets in the scope. Takes the reference.</summary>
    /// <returns>The worst result among the members on the calling loop, and among the queues of the other loops.</returns>
    public EmitResult Broadcast(Frame frame, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector? collector = null, long ackId = -1, AwaitedBroadcast? awaited = null)
    {
        var result = EmitResult.Accepted;
        Broadcast broadcast;
        Shard? here = null;
        ulong posts = 0;
        var parts = 0;
        var dropped = 0;
        lock (_order)
        {
            broadcast = Take();
            broadcast.Frame = frame;
            broadcast.Options = options;
            broadcast.Collector = collector;
            broadcast.AckId = ackId;
            broadcast.Awaited = awaited;
            var item = new ShardItem { Kind = ShardItemKind.Broadcast, Subject = broadcast, Bytes = frame.TotalLength + EntryBytes, Overhead = OverheadOf(frame) };
            var current = _loops.Current();
            var accepted = 0UL;
            for (var loops = broadcast.Scope.Resolve(this, scope); loops != 0; loops &= loops - 1)
            {
                var loop = BitOperations.TrailingZeroCount(loops);
                var admitted = loop == current ? EmitResult.Accepted : Admit(_shards[loop]!, item);
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
                var turn = Order(_shards[loop]!, item);
                if (loop == current)
                {
                    here = turn.Step == TurnStep.Apply ? _shards[loop] : null;
                    if (turn.Step == TurnStep.Drain)
                    {
                        posts |= 1UL << loop;
                    }
                }
                else if (turn.Step == TurnStep.Post)
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
            var shard = _shards[BitOperations.TrailingZeroCount(posts)]!;
            if (shard.Loop.Index == _loops.Current())
            {
                shard.Drain();
            }
            else
            {
                shard.Loop.Post(shard);
            }
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

    /// <summary>Gives a broadcast back.</summary>
    public void Recycle(Broadcast broadcast)
    {
        lock (_order)
        {
            if (_pooled < PooledBroadcasts)
            {
                broadcast.Pooled = _pool;
                _pool = broadcast;
                _pooled++;
            }
        }
    }

    /// <summary>Order lock.</summary>
    private Broadcast Take()
    {
        if (_pool is not { } broadcast)
        {
            return new Broadcast(this);
        }

        _pool = broadcast.Pooled;
        broadcast.Pooled = null;
        _pooled--;
        return broadcast;
    }
}
