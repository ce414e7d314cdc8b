using DotNetty.Buffers;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Buffers;

namespace Sockeye.Transport.Channels;

internal abstract partial class LoopChannel
{
    /// <summary>Buffers below this are copied together for one send; a larger one at the head is sent from where it lies.</summary>
    internal const int GatherLimit = 16 * 1024;

    private OutQueue? _out;
    private long _pendingBytes;

    /// <inheritdoc/>
    public long PendingBytes => Volatile.Read(ref _pendingBytes);

    Task IChannelUnsafe.WriteAsync(object message)
    {
        if (message is not IByteBuffer buffer)
        {
            ReferenceCountUtil.Release(message);
            return NotSupported("A channel sends buffers; an encoder has to turn a " + message?.GetType().Name + " into one.");
        }

        if (!_loop.InEventLoop)
        {
            // The channel has moved since the call was queued.
            _loop.Post(new LateWrite(this, buffer));
            return Task.CompletedTask;
        }

        if (!Has(ChannelState.Active) || Has(ChannelState.Closing))
        {
            buffer.Release();
            return s_closedTask;
        }

        int length = buffer.ReadableBytes;
        if (length == 0)
        {
            buffer.Release();
            return Task.CompletedTask;
        }

        Enqueue(buffer, length);
        return Task.CompletedTask;
    }

    void IChannelUnsafe.Flush()
    {
        if (!_loop.InEventLoop)
        {
            _loop.Post(static channel => ((IChannelUnsafe)channel!).Flush(), this);
            return;
        }

        if (!Has(ChannelState.Blocked | ChannelState.Closed)) { SendPending(); }
    }

    /// <summary>Writes and flushes; what the kernel does not take is copied and queued. On the loop.</summary>
    internal void SendNow(ReadOnlySpan<byte> bytes)
    {
        if (!Has(ChannelState.Active) || Has(ChannelState.Closing)) { return; }
        if (_out is null && !Has(ChannelState.Blocked))
        {
            int sent = Send(bytes);
            if (!Sent(sent, bytes.Length)) { return; }
            bytes = bytes[Math.Max(sent, 0)..];
        }

        if (bytes.IsEmpty) { return; }
        LoopBuffer rest = LoopBuffer.Rent(bytes.Length);
        bytes.CopyTo(rest.Array);
        rest.SetReadable(bytes.Length);
        Enqueue(rest, bytes.Length);
        if (!Has(ChannelState.Blocked)) { SendPending(); }
    }

    private void Enqueue(IByteBuffer buffer, int length)
    {
        (_out ??= _loop.OutQueues.Rent()).Enqueue(buffer);
        Volatile.Write(ref _pendingBytes, _pendingBytes + length);
    }

    /// <summary>Counts what a send has achieved. False: the channel has failed.</summary>
    private bool Sent(int sent, int wanted)
    {
        LoopCounters counters = _loop.Counters;
        counters._sends++;
        if (sent == IoResult.Failed)
        {
            Fail("send failed");
            return false;
        }

        if (sent > 0) { counters._bytesOut += sent; }

        // A short write means that the kernel has no room, and the next edge tells when it has.
        if (sent < wanted) { Set(ChannelState.Blocked); }
        return true;
    }

    /// <summary>Sends until all is taken or the kernel has no room; small buffers leave together.</summary>
    private void SendPending()
    {
        if (_out is not { } queue) { return; }
        while (queue.Count > 0)
        {
            IByteBuffer head = queue.Head;
            ReadOnlySpan<byte> bytes;
            if (head.HasArray && (queue.Count == 1 || head.ReadableBytes >= GatherLimit))
            {
                bytes = head.Array.AsSpan(head.ArrayOffset + head.ReaderIndex, head.ReadableBytes);
            }
            else
            {
                byte[] scratch = _loop.Scratch;
                bytes = scratch.AsSpan(0, queue.CopyTo(scratch));
                _loop.Counters._bytesGathered += bytes.Length;
            }

            int sent = Send(bytes);
            if (!Sent(sent, bytes.Length)) { return; }
            if (sent > 0)
            {
                Volatile.Write(ref _pendingBytes, _pendingBytes - sent);
                queue.Consume(sent);
            }

            if (Has(ChannelState.Blocked)) { return; }
        }

        _out = null;
        _loop.OutQueues.Return(queue);
    }

    private void OnWritable()
    {
        Clear(ChannelState.Blocked);
        SendPending();
        if (Has(ChannelState.Blocked | ChannelState.Closed)) { return; }
        if (Has(ChannelState.Closing)) { EndOutput(); }
        else if (Has(ChannelState.Active)) { FireWritable(); }
    }

    private void DropPending()
    {
        if (_out is not { } queue) { return; }
        queue.ReleaseAll();
        Volatile.Write(ref _pendingBytes, 0);
        _out = null;
        _loop.OutQueues.Return(queue);
    }

    private sealed class LateWrite(LoopChannel channel, IByteBuffer buffer) : ILoopWork
    {
        public void Run() => _ = ((IChannelUnsafe)channel).WriteAsync(buffer);

        public void Dropped() => buffer.Release();
    }
}
