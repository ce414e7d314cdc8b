using DotNetty.Buffers;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Channels;

internal abstract partial class LoopChannel
{
    private PendingOutput _pending;     // not read-only: it changes in place

    /// <inheritdoc/>
    public long PendingBytes => _pending.Bytes;

    Task IChannelUnsafe.WriteAsync(object message)
    {
        if (message is not IByteBuffer buffer)
        {
            ReferenceCountUtil.Release(message);
            return Task.FromException(new NotSupportedException("A channel sends buffers; an encoder has to turn a " + message?.GetType().Name + " into one."));
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
            return WriteAfterClose;
        }

        var length = buffer.ReadableBytes;
        if (length == 0)
        {
            buffer.Release();
            return Task.CompletedTask;
        }

        _pending.Add(buffer, length, _loop);
        return Task.CompletedTask;
    }

    void IChannelUnsafe.Flush()
    {
        if (!_loop.InEventLoop)
        {
            _loop.Post(static channel => ((IChannelUnsafe)channel!).Flush(), this);
            return;
        }

        if (!Has(ChannelState.Blocked | ChannelState.Closed))
        {
            SendPending();
        }
    }

    /// <summary>Writes and flushes; what the kernel does not take is copied and queued. On the loop.</summary>
    internal void SendNow(ReadOnlySpan<byte> bytes)
    {
        if (!Has(ChannelState.Active) || Has(ChannelState.Closing))
        {
            return;
        }

        if (_pending.IsEmpty && !Has(ChannelState.Blocked))
        {
            var sent = Send(bytes);
            if (!Sent(sent, bytes.Length))
            {
                return;
            }

            bytes = bytes[Math.Max(sent, 0)..];
        }

        if (bytes.IsEmpty)
        {
            return;
        }

        var rest = LoopBuffer.Rent(bytes.Length);
        bytes.CopyTo(rest.Array);
        rest.SetReadable(bytes.Length);
        _pending.Add(rest, bytes.Length, _loop);
        if (!Has(ChannelState.Blocked))
        {
            SendPending();
        }
    }

    /// <summary>Counts what a send has achieved. False: the channel has failed.</summary>
    private bool Sent(int sent, int wanted)
    {
        var counters = _loop.Counters;
        counters._sends++;
        if (sent == IoResult.Failed)
        {
            Fail("send failed");
            return false;
        }

        if (sent > 0)
        {
            counters._bytesOut += sent;
        }

        // A short write means that the kernel has no room, and the next edge tells when it has.
        if (sent < wanted)
        {
            Set(ChannelState.Blocked);
        }

        return true;
    }

    /// <summary>Sends until all is taken or the kernel has no room.</summary>
    private void SendPending()
    {
        while (!_pending.IsEmpty)
        {
            var bytes = _pending.Next(_loop);
            var sent = Send(bytes);
            if (!Sent(sent, bytes.Length))
            {
                return;
            }

            if (sent > 0)
            {
                _pending.Taken(sent, _loop);
            }

            if (Has(ChannelState.Blocked))
            {
                return;
            }
        }
    }

    private void OnWritable()
    {
        Clear(ChannelState.Blocked);
        SendPending();
        if (Has(ChannelState.Blocked | ChannelState.Closed))
        {
            return;
        }

        if (Has(ChannelState.Closing))
        {
            EndOutput();
        }
        else if (Has(ChannelState.Active))
        {
            FireWritable();
        }
    }

    private sealed class LateWrite(LoopChannel channel, IByteBuffer buffer) : ILoopWork
    {
        public void Run() => _ = ((IChannelUnsafe)channel).WriteAsync(buffer);

        public void Dropped() => buffer.Release();
    }
}
