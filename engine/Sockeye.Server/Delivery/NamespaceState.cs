using System.Diagnostics.CodeAnalysis;
using Sockeye.Abstractions.Values;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>The order of one namespace: emits, joins, leaves and whatever else concerns several sockets pass one short lock, which appends them to the queues of the
/// loops concerned. Each loop applies its queue alone, so all members see one common order.</summary>
/// <remarks>Any thread, unless a member says otherwise. On its own loop the caller's entry is applied before the call returns; other loops get one post.</remarks>
internal sealed partial class NamespaceState
{
    /// <summary>Bytes that wait for a loop above which a caller elsewhere is told to slow down: 256 KiB, as an outbox.</summary>
    public const int HighWatermarkBytes = 256 << 10;

    /// <summary>Bytes of memory (<see cref="DeliveryQueue.Cost"/>) that may wait for a loop; what comes on top is dropped: 8 MiB, as an outbox.</summary>
    public const int MaxQueueBytes = 8 << 20;

    /// <summary>What an entry counts beside its frame.</summary>
    private const int EntryBytes = 64;

    private const int PooledBroadcasts = 64;

    private readonly Lock _order = new();
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly IdTable<ServerSocket> _sockets = new();
    private readonly Shard?[] _shards;
    private readonly LoopSet _loops;
    private readonly ServerContext _server;
    private readonly int _maxRooms;
    private Broadcast? _pool;
    private int _pooled;
    private int _socketCount;
    private AckIds _ackIds = AckIds.OfBroadcasts();

    public NamespaceState(ServerContext server)
    {
        _server = server;
        _loops = server.Loops;
        _shards = new Shard?[_loops.Count];
        _maxRooms = server.Limits.RoomsPerSocket;
        Awaited = new AwaitedBroadcasts(this, server);
    }

    /// <summary>Broadcasts that wait for room.</summary>
    public AwaitedBroadcasts Awaited { get; }

    /// <summary>Sockets in the namespace.</summary>
    public int SocketCount => Volatile.Read(ref _socketCount);

    /// <summary>Rooms with at least one member.</summary>
    public int RoomCount
    {
        get
        {
            lock (_order)
            {
                return _rooms.Count;
            }
        }
    }

    /// <summary>Loops with sockets of this namespace, a bit each. Order lock.</summary>
    public ulong LoopsWithMembers { get; private set; }

    /// <summary>Order lock.</summary>
    public Room? FindRoom(string name) => _rooms.GetValueOrDefault(name);

    public ServerSocket? FindSocket(string id)
    {
        if (!RandomId.TryParse(id, out var key))
        {
            return null;
        }

        lock (_order)
        {
            return _sockets.Find(key);
        }
    }

    /// <summary>The namespace on a loop, made with the first socket there.</summary>
    public Shard ShardOf(int loop)
    {
        if (Volatile.Read(ref _shards[loop]) is { } shard)
        {
            return shard;
        }

        lock (_order)
        {
            shard = _shards[loop] ?? new Shard(this, _loops[loop]);
            Volatile.Write(ref _shards[loop], shard);
            return shard;
        }
    }

    /// <summary>That of a socket, which has been there since the socket has.</summary>
    private Shard ShardOf(ServerSocket socket) => _shards[socket.LoopIndex]!;

    /// <summary>Sends a packet to one socket from outside its loop, or from inside a delivery on it.</summary>
    public EmitResult Emit(ServerSocket socket, Frame frame, in EmitOptions options, PendingAck? ack)
    {
        var item = new ShardItem { Kind = ShardItemKind.Emit, Socket = socket, Subject = ack, Frame = frame, Options = options, Bytes = frame.TotalLength + EntryBytes, Overhead = OverheadOf(frame) };
        Turn turn;
        EmitResult result;
        lock (_order)
        {
            result = Admit(ShardOf(socket), item);
            turn = result == EmitResult.Dropped ? default : Order(ShardOf(socket), item);
        }

        if (result == EmitResult.Dropped)
        {
            frame.Release();
            ack?.Callback.Fail(AckStatus.Dropped);
            _server.Metrics.Dropped(DropReason.DeliveryQueue);
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
        lock (_order)
        {
            turn = Order(ShardOf(socket), item);
        }

        Finish(turn, item);
    }

    public ArraySegment<ShardItem> TakeQueue(Shard shard)
    {
        lock (_order)
        {
            return shard.Queue.Take();
        }
    }

    public void ReturnQueue(Shard shard, ShardItem[] array)
    {
        lock (_order)
        {
            shard.Queue.Return(array);
        }
    }

    /// <summary>The turn of a game loop that held back what waits for a shard has ended.</summary>
    public void Release(Shard shard, ServerGameLoop holder)
    {
        bool post;
        lock (_order)
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

    public void ReportFault(Exception fault) => _server.ReportFault(fault);

    /// <summary>What a message takes beyond the bytes of its bodies.</summary>
    public static int OverheadOf(Frame frame) => (int)Math.Min(frame.TotalCost - frame.TotalLength, int.MaxValue);

    /// <summary>Whether a loop's queue has room; an empty one takes a message of any size. Order lock.</summary>
    private static EmitResult Admit(Shard shard, in ShardItem item)
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
    private Turn Order(Shard shard, in ShardItem item)
    {
        var isHere = _loops.Current() == shard.Loop.Index;
        if (isHere && !shard.IsBusy && shard.Queue.Count == 0)
        {
            return new Turn(shard, TurnStep.Apply);
        }

        shard.Queue.Append(item);
        if (isHere)
        {
            LimitHold(shard.Queue);
            return new Turn(shard, TurnStep.Drain);
        }

        return MustPost(shard) ? new Turn(shard, TurnStep.Post) : default;
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

    /// <summary>What is left to do for an entry once the lock is free.</summary>
    private static EmitResult Finish(Turn turn, in ShardItem item)
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

    private enum TurnStep : byte
    {
        None,
        Apply,
        Drain,
        Post,
    }

    [SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
    private readonly struct Turn(Shard shard, TurnStep step)
    {
        public Shard Shard { get; } = shard;

        public TurnStep Step { get; } = step;
    }
}
