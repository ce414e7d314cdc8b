using System.Buffers;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO;

/// <summary>What waits to leave on one connection: a bounded queue of shared frames, and the only place that has watermarks.</summary>
/// <remarks>
/// <para><b>Owns</b> a reference to each frame that it holds. An empty one holds nothing but itself.</para>
/// <para><b>Thread.</b> The connection's loop, except <see cref="Bytes"/>, <see cref="Count"/>, <see cref="IsAboveHigh"/>, <see cref="Dropped"/> and <see cref="PeakBytes"/>,
/// which any thread may read, and <see cref="Post"/>.</para>
/// <para><b>Lifetime.</b> That of its session, whatever carries it.</para>
/// <para><b>Bytes</b> are those of the queued bodies plus what was given to the transport and is not yet taken by the kernel (<see cref="ReportTransport"/>).
/// <b>Cost</b> is the memory that the queued frames take (<see cref="Frame.Cost"/>) plus the same of the transport: many small messages cost more than their bytes.</para>
/// <para><b>Limits.</b> A message of any size is taken while the outbox is below its high mark: that many bytes, or half of <see cref="OutboxOptions.MaxBytes"/> in cost. At or above
/// it, volatile messages are dropped, and the others are taken until their cost would exceed <see cref="OutboxOptions.MaxBytes"/>, or their number
/// <see cref="OutboxOptions.MaxMessages"/>; then the policy of the message decides.</para>
/// </remarks>
public sealed class Outbox : IOutgoingSource
{
    private struct Entry
    {
        public Frame? Head;          // null: dropped or replaced, skipped when its turn comes
        public string? Key;
        public long KeyId;
        public bool IsDroppable;
    }

    private const int MinimumRing = 16;
    private const int CostUnit = 8;
    private const long Tenth = TimeSpan.TicksPerSecond / 10;
    private readonly OutboxShared _shared;
    private Entry _only;             // the ring while one slot is enough, which is the rule: a broadcast fills a slot in each of many outboxes
    private Entry[]? _ring;
    private int _first;              // index of the oldest slot
    private int _slots;              // slots in use, the skipped ones included
    private long _firstSequence;     // sequence number of the oldest slot; a slot's number stays the same until Compact
    private long _dropFrom;          // no droppable entry before this number
    private Frame? _cursor;          // the part of the oldest entry's chain that is next; set from the first peek on, and then the entry can be neither dropped nor replaced
    private Dictionary<(string Key, long Id), long>? _keys;
    private long _queued;
    private int _cost;               // of the queued frames, in units of CostUnit so that an idle outbox stays small
    private int _transport;
    private int _bytes;
    private int _count;
    private long _dropped;
    private int _peak;
    private int _posted;             // cost of what other threads have posted and the loop has not taken
    private int _highSince;          // tenths of a second of the loop's time
    private bool _wasHigh;

    /// <summary>An empty outbox with these limits; the object is read at each call and must not change.</summary>
    public Outbox(OutboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _shared = new OutboxShared(options);
    }

    internal Outbox(OutboxShared shared) => _shared = shared;

    /// <summary>Queued bodies plus what the transport holds and the kernel has not taken. Any thread.</summary>
    public int Bytes => Volatile.Read(ref _bytes);

    /// <summary>Bytes of memory that the queued frames take, each as if no other outbox shared it, plus what the transport holds. Any thread.</summary>
    public long Cost => ((long)Volatile.Read(ref _cost) * CostUnit) + Volatile.Read(ref _transport);

    /// <summary>Messages queued, each part of a chain counted. Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    internal int RingCapacity => _ring?.Length ?? 0;

    private Span<Entry> Ring => _ring is { } ring ? ring : new Span<Entry>(ref _only);

    /// <summary>Bytes of the queued bodies alone.</summary>
    public int QueuedBytes => Clamp(_queued);

    /// <summary>The byte that a WebSocket puts before each text, 0 for none. Set before the first message.</summary>
    internal byte TextPrefix { get; init; }

    int IOutgoingSource.QueuedMessages => _count;

    /// <summary>Whether <see cref="Bytes"/> is at or above the high mark, or <see cref="Cost"/> at half of the hard limit. Any thread.</summary>
    public bool IsAboveHigh => Bytes >= _shared.Options.HighWatermarkBytes || Cost >= _shared.HighCost;

    /// <summary>Messages refused, dropped or replaced so far while the connection was there (a chain counts once). Any thread.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>The most that <see cref="Bytes"/> has been. Any thread.</summary>
    public int PeakBytes => Volatile.Read(ref _peak);

    /// <summary>Since when, by the loop's time to a tenth of a second, it has not been below its low mark after it was above its high mark; null: it is writable. On the loop.</summary>
    internal TimeSpan? HighSince => _wasHigh ? new TimeSpan(_highSince * Tenth) : null;

    /// <summary>Whether a message with the policy Disconnect met the hard limit: the owner closes the connection (slow consumer). Never reset.</summary>
    public bool IsOverflowed { get; private set; }

    /// <summary>The session that fills it.</summary>
    internal IOutboxOwner? Owner { get; init; }

    /// <summary>Queues a message, a chain as one. Takes the caller's reference in every case.</summary>
    /// <param name="frame">The body, with its attachments as <see cref="Frame.Next"/>.</param>
    /// <param name="isVolatile">Dropped when the outbox is at or above its high mark.</param>
    /// <param name="whenFull">What happens over the hard limit. Inherit: the policy of the options, and Disconnect if that inherits too.
    /// Wait: the message is refused with <see cref="EmitResult.Dropped"/>; who can wait does so before it comes here.</param>
    /// <param name="key">A message that still waits under the same key and number is replaced in its place.</param>
    /// <param name="keyId">The number that belongs to <paramref name="key"/>.</param>
    /// <returns>Closed together with <see cref="IsOverflowed"/> when the policy is to disconnect.</returns>
    public EmitResult TryEnqueue(Frame frame, bool isVolatile = false, OutboxPolicy whenFull = OutboxPolicy.Inherit, string? key = null, long keyId = 0)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (IsOverflowed)
        {
            GiveUp(frame);
            return EmitResult.Closed;
        }

        if (key is not null && _keys is not null && _keys.TryGetValue((key, keyId), out var sequence))
        {
            ref var entry = ref Slot(sequence);
            var growth = frame.TotalLength - entry.Head!.TotalLength;
            var more = frame.MessageCount - entry.Head.MessageCount;
            var dearer = frame.TotalCost - entry.Head.TotalCost;
            if ((growth <= 0 && more <= 0 && dearer <= 0) || HasRoom(Math.Max(dearer, 0), Math.Max(more, 0), IsAboveHigh))
            {
                return Replace(ref entry, frame);
            }

            Drop(ref entry, OutboxDrop.Replaced);        // the old value is out of date either way; the new one is treated like any other message
        }

        var above = IsAboveHigh;
        if (isVolatile && above)
        {
            return Refuse(frame, OutboxDrop.Volatile);
        }

        var policy = whenFull != OutboxPolicy.Inherit ? whenFull : _shared.Options.WhenFull;
        var length = frame.TotalLength;
        var messages = frame.MessageCount;
        var cost = frame.TotalCost;
        if (!HasRoom(cost, messages, above) && !(policy is OutboxPolicy.DropOldest or OutboxPolicy.KeepLatest && MakeRoom(cost, messages)))
        {
            if (policy is OutboxPolicy.Inherit or OutboxPolicy.Disconnect)
            {
                IsOverflowed = true;
                _ = Refuse(frame, OutboxDrop.Overflow);
                return EmitResult.Closed;
            }

            return Refuse(frame, OutboxDrop.Refused);
        }

        Append(new Entry
        {
            Head = frame,
            Key = key,
            KeyId = keyId,
            IsDroppable = isVolatile || key is not null || policy is OutboxPolicy.DropNewest or OutboxPolicy.DropOldest or OutboxPolicy.KeepLatest,
        });
        Volatile.Write(ref _count, _count + messages);
        Volatile.Write(ref _cost, _cost + Units(frame));
        Account(length);
        return Result();
    }

    /// <summary>Sends from another thread: the message is posted to the loop. The result is what <see cref="TryEnqueue"/> would say by what is queued and posted now; what would make
    /// more than <see cref="OutboxOptions.MaxBytes"/> wait for the loop is dropped. Takes the caller's reference in every case. Any thread.</summary>
    internal EmitResult Post(Frame frame, bool isVolatile, OutboxPolicy whenFull, string? key, long keyId)
    {
        var bounds = _shared.Options;
        var cost = Clamp(frame.TotalCost);
        var posted = Volatile.Read(ref _posted);
        var waiting = (long)Bytes + posted;

        // The bound here is for what waits for the loop alone: the loop holds the outbox to its bounds, by the policy of the message.
        var isHigh = IsAboveHigh || waiting >= bounds.HighWatermarkBytes;
        if ((isVolatile && isHigh) || (posted > 0 && posted + (long)cost > bounds.MaxBytes))
        {
            return Refuse(frame, isVolatile ? OutboxDrop.Volatile : OutboxDrop.Refused);
        }

        var length = frame.TotalLength;
        Interlocked.Add(ref _posted, cost);
        Owner!.Loop.Post(new PostedSend(this, frame, cost, isVolatile, whenFull, key, keyId));
        return isHigh || waiting + length > bounds.HighWatermarkBytes ? EmitResult.AboveHighWatermark : EmitResult.Accepted;
    }

    /// <summary>A posted message waits for the loop no longer.</summary>
    internal void Arrived(int cost) => Interlocked.Add(ref _posted, -cost);

    /// <summary>Releases a message that came when its session had ended. Any thread.</summary>
    internal void GiveUp(Frame frame)
    {
        frame.Release();
        _shared.Count(OutboxDrop.Closed);
    }

    /// <summary>Whether a message may go past the queue into what the transport sends next: nothing is queued, and it stays below the high mark.</summary>
    internal bool CanPass(int length) => _slots == 0 && !IsOverflowed && (long)_bytes + length < _shared.Options.HighWatermarkBytes;

    /// <summary>Accounts for a message that has gone past the queue: it counts as the transport's until <see cref="ReportTransport"/>.</summary>
    internal void Pass(int length)
    {
        Volatile.Write(ref _transport, Clamp((long)_transport + length));
        Account(0);
    }

    /// <summary>The next message, or part of a chain: the same until <see cref="Dequeue"/>, for neither a policy nor a newer value of its key touches it any more. Borrowed.</summary>
    public bool TryPeek(out Frame frame)
    {
        if (_cursor is null)
        {
            while (_slots > 0 && Ring[_first].Head is null)
            {
                RemoveFirst();
            }

            if (_slots == 0)
            {
                frame = null!;
                return false;
            }

            ref var entry = ref Ring[_first];
            _cursor = entry.Head;
            Forget(ref entry);
        }

        frame = _cursor!;
        return true;
    }

    bool IOutgoingSource.TryPeek(out OutgoingMessage message)
    {
        var has = TryPeek(out var frame);
        message = new OutgoingMessage(frame, has && !frame.IsBinary ? TextPrefix : (byte)0);
        return has;
    }

    void IOutgoingSource.Advance() => Dequeue();

    void IOutgoingSource.OnTransportPending(int bytes) => ReportTransport(bytes);

    /// <summary>Removes the message or part last peeked; a chain is released with its last part.</summary>
    /// <exception cref="InvalidOperationException">Nothing was peeked.</exception>
    public void Dequeue()
    {
        var part = _cursor ?? throw new InvalidOperationException("Dequeue without a preceding TryPeek.");
        var length = part.Length;
        var units = UnitsOf(part);
        _cursor = part.Next;
        if (_cursor is null)
        {
            var head = Ring[_first].Head!;
            RemoveFirst();
            head.Release();
        }

        Volatile.Write(ref _count, _count - 1);
        Volatile.Write(ref _cost, _cost - units);
        Account(-length);
    }

    /// <summary>Tells how much the transport holds that the kernel has not taken. The owner forwards what its WebSocket connection reports; a transport
    /// that answers polls reports 0 after each answer. Tells the <see cref="Owner"/> when there is room again, so it is called after every round of <see cref="Dequeue"/>.</summary>
    public void ReportTransport(int pendingBytes)
    {
        Volatile.Write(ref _transport, pendingBytes);
        Account(0);
        if (_wasHigh && _bytes <= _shared.Options.LowWatermarkBytes && Cost <= _shared.HighCost / 2)
        {
            _wasHigh = false;
            Owner?.OnWritable();
        }
    }

    /// <summary>Releases everything that waits; the <see cref="Owner"/> is not told.</summary>
    public void Clear() => Clear(OutboxDrop.Closed);

    /// <summary>As <see cref="Clear()"/>; what waited is counted as dropped for this reason.</summary>
    internal void Clear(OutboxDrop why)
    {
        long messages = 0;
        _cursor = null;
        while (_slots > 0)
        {
            var head = Ring[_first].Head;
            RemoveFirst();
            if (head is not null)
            {
                messages++;
                head.Release();
            }
        }

        if (messages > 0)
        {
            _shared.Count(why, messages);
        }

        _keys = null;
        Volatile.Write(ref _count, 0);
        Volatile.Write(ref _cost, 0);
        Account(-_queued);
    }

    private static int Clamp(long value) => (int)Math.Min(value, int.MaxValue);

    private EmitResult Result() => IsAboveHigh ? EmitResult.AboveHighWatermark : EmitResult.Accepted;

    private EmitResult Refuse(Frame frame, OutboxDrop why)
    {
        frame.Release();
        CountDropped(why);
        return EmitResult.Dropped;
    }

    /// <summary>Counts a message that was dropped, perhaps before it came here, in <see cref="Dropped"/> and with the <see cref="IEngineObserver"/>. Any thread.</summary>
    /// <param name="why">Why.</param>
    public void CountDropped(OutboxDrop why)
    {
        Interlocked.Increment(ref _dropped);
        _shared.Count(why);
    }

    private bool HasRoom(long cost, int messages, bool above)
        => _count + messages <= _shared.Options.MaxMessages && (!above || Cost + cost <= _shared.Options.MaxBytes);

    private static int UnitsOf(Frame part) => (int)(((long)part.Cost + CostUnit - 1) / CostUnit);

    private static int Units(Frame frame)
    {
        var units = 0;
        for (var part = frame; part is not null; part = part.Next)
        {
            units += UnitsOf(part);
        }

        return units;
    }

    private EmitResult Replace(ref Entry entry, Frame frame)
    {
        var old = entry.Head!;
        entry.Head = frame;
        Volatile.Write(ref _count, _count + frame.MessageCount - old.MessageCount);
        Volatile.Write(ref _cost, _cost + Units(frame) - Units(old));
        CountDropped(OutboxDrop.Replaced);
        Account((long)frame.TotalLength - old.TotalLength);
        old.Release();
        return Result();
    }

    private bool MakeRoom(long cost, int messages)
    {
        var end = _firstSequence + _slots;
        for (_dropFrom = Math.Max(_dropFrom, _cursor is null ? _firstSequence : _firstSequence + 1); _dropFrom < end; _dropFrom++)
        {
            ref var entry = ref Slot(_dropFrom);
            if (entry.Head is null || !entry.IsDroppable)
            {
                continue;
            }

            Drop(ref entry, OutboxDrop.Oldest);
            if (HasRoom(cost, messages, IsAboveHigh))
            {
                return true;
            }
        }

        return false;
    }

    private void Drop(ref Entry entry, OutboxDrop why)
    {
        var head = entry.Head!;
        Forget(ref entry);
        entry.Head = null;
        Volatile.Write(ref _count, _count - head.MessageCount);
        Volatile.Write(ref _cost, _cost - Units(head));
        CountDropped(why);
        Account(-head.TotalLength);
        head.Release();
    }

    private void Account(long change)
    {
        _queued += change;
        var bytes = Clamp(_queued + _transport);
        Volatile.Write(ref _bytes, bytes);
        if (bytes > _peak)
        {
            Volatile.Write(ref _peak, bytes);
        }

        if (!_wasHigh && IsAboveHigh)
        {
            _wasHigh = true;
            _highSince = (int)((Owner?.Loop.Now.Ticks ?? 0) / Tenth);
        }
    }

    private void Append(Entry entry)
    {
        if (_slots == Ring.Length)
        {
            Compact();
        }

        if (entry.Key is not null)
        {
            (_keys ??= [])[(entry.Key, entry.KeyId)] = _firstSequence + _slots;
        }

        Ring[Index(_slots)] = entry;
        _slots++;
    }

    // Leaves the skipped slots out, and doubles only when the living ones fill more than half: an entry that cannot leave in front of
    // droppable ones that come and go does not make the ring grow.
    private void Compact()
    {
        var living = 0;
        for (var i = 0; i < _slots; i++)
        {
            living += Ring[Index(i)].Head is null ? 0 : 1;
        }

        var ring = ArrayPool<Entry>.Shared.Rent(Math.Max(MinimumRing, living > _slots / 2 ? _slots * 2 : _slots));
        var used = 0;
        var dropFrom = _firstSequence;
        for (var i = 0; i < _slots; i++)
        {
            if (_firstSequence + i == _dropFrom)
            {
                dropFrom = _firstSequence + used;
            }

            ref var entry = ref Ring[Index(i)];
            if (entry.Head is null)
            {
                continue;
            }

            if (entry.Key is not null)
            {
                _keys![(entry.Key, entry.KeyId)] = _firstSequence + used;
            }

            ring[used++] = entry;
        }

        if (_ring is null)
        {
            _only = default;
        }
        else
        {
            ArrayPool<Entry>.Shared.Return(_ring, clearArray: true);
        }

        _dropFrom = _dropFrom >= _firstSequence + _slots ? _firstSequence + used : dropFrom;
        _ring = ring;
        _first = 0;
        _slots = used;
    }

    private int Index(int offset)
    {
        var index = _first + offset;
        var length = Ring.Length;
        return index >= length ? index - length : index;
    }

    private ref Entry Slot(long sequence) => ref Ring[Index((int)(sequence - _firstSequence))];

    private void Forget(ref Entry entry)
    {
        if (entry.Key is not null)
        {
            _ = _keys!.Remove((entry.Key, entry.KeyId));
            entry.Key = null;
        }
    }

    private void RemoveFirst()
    {
        var ring = Ring;
        ring[_first] = default;
        _first = _first + 1 == ring.Length ? 0 : _first + 1;
        _firstSequence++;
        if (--_slots == 0 && _ring is not null)
        {
            ArrayPool<Entry>.Shared.Return(_ring);
            _ring = null;
            _first = 0;
        }
    }
}
