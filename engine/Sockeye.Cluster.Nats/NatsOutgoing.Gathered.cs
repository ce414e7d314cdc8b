using System.Net.Sockets;

namespace Sockeye.Cluster.Nats;

// Past the client, where the connection has a socket of its own: what is published gathers as commands of NATS, and leaves in one send.
internal sealed partial class NatsOutgoing : IThreadPoolWorkItem
{
    private NatsBatch _batch = new();
    private NatsBatch _spare = new();
    private NatsSocket? _socket;
    private bool _isSending;
    private int _isQueued;

    /// <summary>Of a server that the client has reached meanwhile it may be less than the callers know.</summary>
    private int MaxPayload => connection.ServerInfo?.MaxPayload ?? int.MaxValue;

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isQueued, 0);
        Interlocked.MemoryBarrier();
        Flush();
    }

    /// <summary>Sends what has gathered. Any thread.</summary>
    public void Flush()
    {
        while (TryTakeBatch(out var batch, out var socket))
        {
            var isSent = socket.TrySend(batch);
            lock (_lock)
            {
                _isSending = false;
                _isPumping = !isSent;
                if (isSent)
                {
                    Sent(batch);
                    _spare = batch;
                }
            }

            if (!isSent)
            {
                _ = PumpAsync(socket, batch);
            }
        }

        GoOn();
    }

    /// <summary>What a loop says leaves with the end of its turn; what plugins say, whose handlers may wait for an answer in theirs, at once.</summary>
    private void SendGathered(string subject, bool isFull)
    {
        if (isFull)
        {
            Flush();
        }
        else if ((!subject.StartsWith(BusSubject.Data, StringComparison.Ordinal) || !NatsTurn.TryAdd(this)) && Interlocked.Exchange(ref _isQueued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <returns>False: there is nothing, or whoever sends takes it too.</returns>
    private bool TryTakeBatch(out NatsBatch batch, out NatsSocket socket)
    {
        lock (_lock)
        {
            (batch, socket) = (_batch, _socket!);
            if (_isSending || _isPumping || _batch.IsEmpty || _socket is null)
            {
                return false;
            }

            _isSending = true;
            _batch = _spare;
            return true;
        }
    }

    /// <summary>Waits until a batch has gone, and sends what has come meanwhile.</summary>
    private async Task PumpAsync(NatsSocket socket, NatsBatch batch)
    {
        for (var isMore = true; isMore;)
        {
            var isLost = false;
            try
            {
                await socket.SendRestAsync(batch).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                isLost = true;
            }

            var aged = default(Aged);
            lock (_lock)
            {
                if (isLost)
                {
                    Lost(socket, batch);
                }
                else
                {
                    Sent(batch);
                }

                Refill(ref aged);
                isMore = _socket is not null && !_batch.IsEmpty;
                if (isMore)
                {
                    (batch, _batch, socket) = (_batch, batch, _socket!);
                }
                else
                {
                    _spare = batch;
                    _isPumping = false;
                }
            }

            Tell(aged);
        }

        GoOn();
    }

    /// <summary>What waits goes out, where nothing does yet.</summary>
    private void GoOn()
    {
        var aged = default(Aged);
        NatsBatch? batch = null;
        NatsSocket? socket;
        lock (_lock)
        {
            socket = _socket;
            if (_isOpen && !_isPumping && !_isSending && HasWaiting)
            {
                if (socket is not null)
                {
                    Refill(ref aged);
                    (batch, _batch) = (_batch, _spare);
                    _isPumping = true;
                }
                else if (TryBegin(ref aged, out var item, out var sending))
                {
                    _isPumping = true;
                    _ = PumpAsync(item, sending);
                }
            }

            if (!_isPumping && !_isSending && (_batch.IsEmpty || !_isOpen))
            {
                _idle?.TrySetResult();
            }
        }

        Tell(aged);
        if (batch is not null)
        {
            _ = PumpAsync(socket!, batch);
        }
    }

    private void Refill(ref Aged aged)
    {
        Expire(ref aged);
        while (_socket is not null && !_batch.IsFull && _waiting.TryDequeue(out var item))
        {
            _waitingBytes -= item.Payload.Length + Overhead;
            _batch.Add(item.Subject, item.Payload, [], item.Payload.Length, item.ReplyTo, item.Since);
        }
    }

    private void Sent(NatsBatch batch)
    {
        _published += batch.Count;
        batch.Clear();
    }

    /// <summary>The connection is lost: what the kernel has not taken waits for the next one.</summary>
    private void Lost(NatsSocket socket, NatsBatch batch)
    {
        PutBack(_batch);
        _published += batch.Count;
        _published -= PutBack(batch);
        if (_socket == socket)
        {
            (_isOpen, _socket) = (false, null);
        }
    }

    /// <summary>What has gathered waits, before what waits already.</summary>
    /// <returns>How many messages.</returns>
    private int PutBack(NatsBatch batch)
    {
        NatsItem[] items = [.. batch.Unsent()];
        batch.Clear();
        if (items.Length > 0)
        {
            _waitingBytes += items.Sum(static item => (long)item.Payload.Length + Overhead);
            _waiting = new Queue<NatsItem>(items.Concat(_waiting));
        }

        return items.Length;
    }
}

/// <summary>A message that waits. It owns its payload.</summary>
internal readonly record struct NatsItem(string Subject, byte[] Payload, string? ReplyTo, long Since);
