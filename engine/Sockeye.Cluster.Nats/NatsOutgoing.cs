using NATS.Client.Core;

namespace Sockeye.Cluster.Nats;

/// <summary>What one connection sends: at once where it can, otherwise behind what waits, in the order of the calls.</summary>
/// <remarks>
/// <para>It owns the messages that wait, bounded by bytes and age. Where the connection has a socket of its own (<see cref="NatsSocket"/>) they go there, past the client: what a loop says in one turn as one send behind it, what
/// other threads say by a thread of the pool. Elsewhere the client of NATS takes most of them at once; one that it does not is waited for before the next is handed over, since the client keeps no order of its own among calls that
/// wait.</para>
/// <para>Any thread, under its lock, which is held for copies alone and never while anything is sent or waited for.</para>
/// </remarks>
/// <param name="connection">The connection.</param>
/// <param name="sockets">Knows its socket; null: it has none of its own.</param>
/// <param name="options">The bounds, and the clock.</param>
/// <param name="dropped">Told how many were dropped, why, and the subject of one. Any thread, without the lock; it must not throw.</param>
internal sealed partial class NatsOutgoing(NatsConnection connection, NatsSockets? sockets, NatsBusOptions options, Action<NatsDrop, string, int> dropped)
{
    /// <summary>What a message that waits costs beside its bytes (own: its objects and the subject).</summary>
    private const int Overhead = 256;

    /// <summary>Bytes of the buffer that is kept (own).</summary>
    private const int KeptBytes = 64 * 1024;

    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private Queue<NatsItem> _waiting = new();
    private TaskCompletionSource? _idle;
    private byte[] _staging = [];
    private NatsItem? _head;
    private long _waitingBytes;
    private long _published;
    private long _dropped;
    private bool _isOpen;
    private bool _isPumping;
    private bool _isClosed;

    public long Published => Volatile.Read(ref _published);

    /// <summary>Messages for this connection that were dropped.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public long WaitingBytes => Volatile.Read(ref _waitingBytes);

    private bool HasWaiting => _head is not null || _waiting.Count > 0;

    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int length, string? replyTo)
    {
        var aged = default(Aged);
        var dropping = NatsDrop.Full;
        bool isTaken, isGathered, isFull;
        lock (_lock)
        {
            if (_isClosed)
            {
                return EmitResult.Closed;
            }

            var isNow = _isOpen && !_isPumping && !HasWaiting && !(_isSending && _batch.IsFull);
            if (isNow && _socket is null)
            {
                return PublishNow(subject, Stage(head, parts, length), replyTo);
            }

            isGathered = isNow;
            if (!isNow)
            {
                isTaken = TryKeep(subject, head, parts, length, replyTo, ref aged);
            }
            else if (isTaken = length <= MaxPayload)
            {
                _batch.Add(subject, head, parts, length, replyTo, options.Time.GetTimestamp());
            }
            else
            {
                dropping = NatsDrop.Failed;
            }

            isFull = _batch.IsFull;
        }

        Tell(aged);
        if (!isTaken)
        {
            Drop(dropping, subject, 1);
            return EmitResult.Dropped;
        }

        if (isGathered)
        {
            SendGathered(subject, isFull);
        }

        return EmitResult.Accepted;
    }

    /// <summary>What waits goes out, and what comes follows at once.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            _socket = sockets?.Current;
        }

        GoOn();
    }

    /// <summary>What comes waits.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _isOpen = false;
            _socket = null;
            PutBack(_batch);
        }
    }

    /// <summary>Messages that wait now, without those that have waited for too long.</summary>
    public int CountWaiting()
    {
        var aged = default(Aged);
        int count;
        lock (_lock)
        {
            Expire(ref aged);
            count = _waiting.Count + (_head is null ? 0 : 1);
        }

        Tell(aged);
        return count;
    }

    /// <summary>Nothing is taken any more. Completes when what waits has gone out, if the connection is open.</summary>
    public Task CloseAsync()
    {
        Flush();
        lock (_lock)
        {
            _isClosed = true;
            return _isOpen && (_isPumping || _isSending || !_batch.IsEmpty) ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    private bool TryKeep(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int length, string? replyTo, ref Aged aged)
    {
        Expire(ref aged);
        if (_waitingBytes + length + Overhead > options.OutageBytes)
        {
            return false;
        }

        var payload = GC.AllocateUninitializedArray<byte>(length);
        Copy(head, parts, payload);
        _waiting.Enqueue(new NatsItem(subject, payload, replyTo, options.Time.GetTimestamp()));
        _waitingBytes += length + Overhead;
        return true;
    }

    private EmitResult PublishNow(string subject, ReadOnlyMemory<byte> payload, string? replyTo)
    {
        var sending = Send(subject, payload, replyTo);
        if (sending.IsCompletedSuccessfully)
        {
            sending.GetAwaiter().GetResult();
            _published++;
            return EmitResult.Accepted;
        }

        // It may have to be handed over again, and the buffer serves the next one.
        _isPumping = true;
        _waitingBytes += payload.Length + Overhead;
        _ = PumpAsync(new NatsItem(subject, payload.ToArray(), replyTo, options.Time.GetTimestamp()), sending);
        return EmitResult.Accepted;
    }

    private ValueTask Send(string subject, ReadOnlyMemory<byte> payload, string? replyTo)
    {
        try
        {
            return connection.PublishAsync(subject, payload, replyTo: replyTo, serializer: RawBytes.Instance);
        }
#pragma warning disable CA1031 // It is looked at where all failures are.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return ValueTask.FromException(failure);
        }
    }

    /// <summary>Waits for the message that the client has, and hands over those behind it.</summary>
    private async Task PumpAsync(NatsItem item, ValueTask sending)
    {
        while (true)
        {
            var (isAgain, isFailed) = (false, false);
            try
            {
                await sending.ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NatsTimeoutException or TimeoutException or OperationCanceledException)
            {
                // It was not written: the connection is stuck or lost.
                isAgain = true;
                await Task.Delay(AgainAfter).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever it is, the message is lost and counted, and the next one is sent.
            catch (Exception)
#pragma warning restore CA1031
            {
                isFailed = true;
            }

            if (isFailed)
            {
                Drop(NatsDrop.Failed, item.Subject, 1);
            }

            var aged = default(Aged);
            bool isMore;
            lock (_lock)
            {
                if (isAgain)
                {
                    _head = item;
                }
                else
                {
                    Settle(item, isFailed);
                }

                (isMore, item, sending) = (false, default, default);
                if (_socket is null)
                {
                    isMore = TryBegin(ref aged, out item, out sending);
                }

                _isPumping = isMore;
            }

            Tell(aged);
            if (!isMore)
            {
                GoOn();
                return;
            }
        }
    }

    /// <summary>Hands over what waits until the client wants to be waited for.</summary>
    private bool TryBegin(ref Aged aged, out NatsItem item, out ValueTask sending)
    {
        Expire(ref aged);
        while (_isOpen && (_head is not null || _waiting.Count > 0))
        {
            item = _head ?? _waiting.Dequeue();
            _head = null;
            sending = Send(item.Subject, item.Payload, item.ReplyTo);
            if (!sending.IsCompletedSuccessfully)
            {
                return true;
            }

            sending.GetAwaiter().GetResult();
            Settle(item, isFailed: false);
        }

        (item, sending) = (default, default);
        return false;
    }

    private void Settle(in NatsItem item, bool isFailed)
    {
        _waitingBytes -= item.Payload.Length + Overhead;
        _published += isFailed ? 0 : 1;
    }

    /// <summary>Drops what has waited for too long. The oldest stand first.</summary>
    private void Expire(ref Aged aged)
    {
        while ((_head ?? (_waiting.TryPeek(out var first) ? first : (NatsItem?)null)) is { } oldest && options.Time.GetElapsedTime(oldest.Since) > options.OutageTime)
        {
            if (_head is null)
            {
                _waiting.Dequeue();
            }

            _head = null;
            Settle(oldest, isFailed: true);
            aged = new Aged(oldest.Subject, aged.Count + 1);
        }
    }

    private void Tell(Aged aged)
    {
        if (aged.Count > 0)
        {
            Drop(NatsDrop.Age, aged.Subject, aged.Count);
        }
    }

    private void Drop(NatsDrop reason, string subject, int count)
    {
        Interlocked.Add(ref _dropped, count);
        dropped(reason, subject, count);
    }

    private ReadOnlyMemory<byte> Stage(ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int length)
    {
        var buffer = length <= _staging.Length ? _staging : GC.AllocateUninitializedArray<byte>(length <= KeptBytes ? Math.Max(1024, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)) : length);
        _staging = buffer.Length <= KeptBytes ? buffer : _staging;
        Copy(head, parts, buffer);
        return buffer.AsMemory(0, length);
    }

    private static void Copy(ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, Span<byte> to)
    {
        head.CopyTo(to);
        to = to[head.Length..];
        foreach (var part in parts)
        {
            part.Span.CopyTo(to);
            to = to[part.Length..];
        }
    }

    private readonly record struct Aged(string Subject, int Count);

    /// <summary>Bytes as they are.</summary>
    private sealed class RawBytes : INatsSerialize<ReadOnlyMemory<byte>>
    {
        public static readonly RawBytes Instance = new();

        public void Serialize(System.Buffers.IBufferWriter<byte> bufferWriter, ReadOnlyMemory<byte> value) => System.Buffers.BuffersExtensions.Write(bufferWriter, value.Span);
    }
}
