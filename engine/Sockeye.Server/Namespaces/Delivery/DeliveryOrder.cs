using System.Diagnostics.CodeAnalysis;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Common;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>The order of one namespace: emits, joins, leaves and whatever else concerns its sockets pass one short lock, which appends them to the queues of the
/// loops concerned. Each loop applies its queue alone, so all members see one common order. It owns that lock, the shards and their queues.</summary>
/// <remarks>Any thread, unless a member says otherwise; lives as long as the namespace. On its own loop the caller's entry is applied before the call returns; other loops get one post.
/// <see cref="Lock"/> is the only lock of a namespace: whoever decides something by its membership (<see cref="NamespaceMembers"/>) and gives it a place in the order does both under it,
/// and nothing of the application runs there. A queue is bounded by <see cref="MaxQueueBytes"/>.</remarks>
internal sealed class DeliveryOrder(ServerContext server)
{
    /// <summary>Bytes that wait for a loop above which a caller elsewhere is told to slow down: 256 KiB, as an outbox.</summary>
    public const int HighWatermarkBytes = 256 << 10;

    /// <summary>Bytes of memory (<see cref="DeliveryQueue.Cost"/>) that may wait for a loop; what comes on top is dropped: 8 MiB, as an outbox.</summary>
    public const int MaxQueueBytes = 8 << 20;

    /// <summary>What an entry counts beside its frame.</summary>
    public const int EntryBytes = 64;

    private readonly LoopSet _loops = server.Loops;
    private readonly Shard?[] _shards = new Shard?[server.Loops.Count];

    /// <summary>The order lock.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The namespace on a loop where it has been before. Order lock.</summary>
    public Shard this[int loop] => _shards[loop]!;

    /// <summary>The namespace on a loop, made with the first socket there.</summary>
    public Shard ShardOf(int loop)
    {
        if (Volatile.Read(ref _shards[loop]) is { } shard)
        {
            return shard;
        }

        lock (Lock)
        {
            shard = _shards[loop] ?? new Shard(this, _loops[loop]);
            Volatile.Write(ref _shards[loop], shard);
            return shard;
        }
    }

    /// <summary>That of a socket, which has been there since the socket has.</summary>
    public Shard ShardOf(ServerSocket socket) => _shards[socket.LoopIndex]!;

    /// <summary>Sends a packet to one socket from outside its loop, or from inside a delivery on it.</summary>
    public EmitResult Emit(ServerSocket socket, Frame frame, in EmitOptions options, PendingAck? ack)
    {
        var item = new ShardItem { Kind = ShardItemKind.Emit, Socket = socket, Subject = ack, Frame = frame, Options = options, Bytes = frame.TotalLength + EntryBytes, Overhead = OverheadOf(frame) };
        Turn turn;
        EmitResult result;
        lock (Lock)
        {
            result = Admit(ShardOf(socket), item);
            turn = result == EmitResult.Dropped ? default : Place(ShardOf(socket), item);
        }

        if (result == EmitResult.Dropped)
        {
            frame.Release();
            ack?.Callback.Fail(AckStatus.Dropped);
            server.Metrics.Dropped(DropReason.DeliveryQueue);
            return result;
        }

        var applied = Finish(turn, item);
        return applied > result ? applied : result;
    }

    /// <summary>Does something on a socket's loop, in order with what was emitted to it before.</summary>
    public void Run(ServerSocket socket, OrderedTask task)
    {
        var item = new ShardItem { Kind = ShardItemKind.Task, Subject = task, Bytes = EntryBytes };
        Turn turn;
        lock (Lock)
        {
            turn = Place(ShardOf(socket), item);
        }

        Finish(turn, item);
    }

    public ArraySegment<ShardItem> TakeQueue(Shard shard)
    {
        lock (Lock)
        {
            return shard.Queue.Take();
        }
    }

    public void ReturnQueue(Shard shard, ShardItem[] array)
    {
        lock (Lock)
        {
            shard.Queue.Return(array);
        }
    }

    /// <summary>The turn of a game loop that held back what waits for a shard has ended.</summary>
    public void Release(Shard shard, ServerGameLoop holder)
    {
        bool post;
        lock (Lock)
        {
            var queue = shard.Queue;
            queue.Holders &= ~holder.Bit;
            post = queue is { Count: > 0, Holders: 0, IsPosted: false };
            queue.IsPosted |= post;
        }

        if (post)
        {
            shard.Loop.Post(shard);
        }
    }

    public void ReportFault(Exception fault) => server.ReportFault(fault);

    /// <summary>What a message takes beyond the bytes of its bodies.</summary>
    public static int OverheadOf(Frame frame) => (int)Math.Min(frame.TotalCost - frame.TotalLength, int.MaxValue);

    /// <summary>Whether a loop's queue has room; an empty one takes a message of any size. Order lock.</summary>
    public static EmitResult Admit(Shard shard, in ShardItem item)
    {
        var queue = shard.Queue;
        if (queue.Count == 0)
        {
            return EmitResult.Accepted;
        }

        if (queue.Cost + item.Bytes + item.Overhead > MaxQueueBytes)
        {
            return EmitResult.Dropped;
        }

        return queue.Bytes + item.Bytes > HighWatermarkBytes ? EmitResult.AboveHighWatermark : EmitResult.Accepted;
    }

    /// <summary>Gives an entry its place. On its own loop an entry before which nothing waits is not queued at all. Order lock.</summary>
    public Turn Place(Shard shard, in ShardItem item)
    {
        var isHere = _loops.Current() == shard.Loop.Index;
        if (isHere && !shard.IsBusy && shard.Queue.Count == 0)
        {
            return new Turn(shard, TurnStep.Apply);
        }

        shard.Queue.Append(item);
        return PlaceQueued(shard, isHere);
    }

    /// <summary>What is left to do for what has been appended to the queue of a shard. Order lock.</summary>
    public Turn PlaceQueued(Shard shard) => PlaceQueued(shard, _loops.Current() == shard.Loop.Index);

    private Turn PlaceQueued(Shard shard, bool isHere)
    {
        if (isHere)
        {
            return DrainLater(shard);
        }

        return MustPost(shard) ? new Turn(shard, TurnStep.Post) : default;
    }

    /// <summary>What was appended to the queue of the calling loop's own shard is applied when the lock is free. Order lock.</summary>
    public static Turn DrainLater(Shard shard)
    {
        LimitHold(shard.Queue);
        return new Turn(shard, TurnStep.Drain);
    }

    /// <summary>Whether the loop of a shard has to be asked to drain what was appended; not if it was, or if that is held back until a game loop's turn ends. Order lock.</summary>
    private bool MustPost(Shard shard)
    {
        var queue = shard.Queue;
        if (_loops.CurrentGameLoop() is { } loop && (queue.Holders & loop.Bit) == 0)
        {
            queue.Holders |= loop.Bit;
            loop.Hold(shard);
        }

        LimitHold(queue);
        if (queue.Holders != 0 || queue.IsPosted)
        {
            return false;
        }

        queue.IsPosted = true;
        return true;
    }

    /// <summary>A turn that emits more than an outbox likes to hold does not make it wait. Order lock.</summary>
    private static void LimitHold(DeliveryQueue queue)
    {
        if (queue.Bytes > HighWatermarkBytes)
        {
            queue.Holders = 0;
        }
    }

    /// <summary>Lets a loop apply what waits for it: the caller's own at once, another with a post.</summary>
    public void Wake(Shard shard)
    {
        if (shard.Loop.Index == _loops.Current())
        {
            shard.Drain();
        }
        else
        {
            shard.Loop.Post(shard);
        }
    }

    /// <summary>Lets every loop that has something waiting apply it.</summary>
    public void WakeAll()
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
            lock (Lock)
            {
                post = shard.Queue.Count > 0 && MustPost(shard);
            }

            if (post)
            {
                shard.Loop.Post(shard);
            }
        }
    }

    /// <summary>What is left to do for an entry once the lock is free.</summary>
    public static EmitResult Finish(Turn turn, in ShardItem item)
    {
        switch (turn.Step)
        {
            case TurnStep.Apply:
                return turn.Shard.ApplyNow(item);
            case TurnStep.Drain:
                turn.Shard.Drain();
                break;
            case TurnStep.Post:
                turn.Shard.Loop.Post(turn.Shard);
                break;
        }

        return EmitResult.Accepted;
    }

    /// <summary>What is left to do for an entry that has its place.</summary>
    internal enum TurnStep : byte
    {
        /// <summary>Nothing: the loop was asked before, or a game loop holds it back.</summary>
        None,

        /// <summary>It was not queued, and is to be applied at once.</summary>
        Apply,

        /// <summary>The calling loop is to drain its own queue.</summary>
        Drain,

        /// <summary>Another loop is to be asked.</summary>
        Post,
    }

    /// <summary>A step, and where.</summary>
    [SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
    internal readonly struct Turn(Shard shard, TurnStep step)
    {
        public Shard Shard { get; } = shard;

        public TurnStep Step { get; } = step;
    }
}
