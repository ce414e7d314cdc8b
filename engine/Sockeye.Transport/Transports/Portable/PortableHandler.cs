using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Channels;
using Sockeye.Transport.Common;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Transports;

/// <summary>
/// The head of a portable channel's pipeline, which closes as the native channel does: pending output leaves within the close timeout, then the output
/// ends, then the peer gets a moment to read it while its own input is thrown away. It also keeps the socket's errors out of the pipeline and tells
/// writability only after back-pressure. It owns the state of the close.
/// </summary>
/// <remarks>Loop thread only. Lives as long as its channel; the handlers behind it hear of its end when the output has ended. The times and bytes of a close are those of <see cref="ChannelClosing"/>.</remarks>
internal sealed class PortableHandler(PortableChannel channel, PortableLoop loop) : ChannelHandlerAdapter, ITurnEnd
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChannelClosing? _closing;
    private IChannelHandlerContext? _context;
    private bool _isBlocked, _isClosing, _isLingering, _isInactive;

    private ChannelClosing Closing => _closing ??= new ChannelClosing(channel);

    public override void HandlerAdded(IChannelHandlerContext context) => _context = context;

    public override Task CloseAsync(IChannelHandlerContext context)
    {
        BeginClose();
        return _closed.Task;
    }

    public override Task WriteAsync(IChannelHandlerContext context, object message)
    {
        if (!_isClosing)
        {
            return Observed(context.WriteAsync(message));
        }

        ReferenceCountUtil.Release(message);
        return Observed(Task.FromException(new ClosedChannelException()));
    }

    /// <summary>Whoever writes looks at the channel, not at each task: a write that fails must not be reported as an exception that nobody has seen.</summary>
    private static Task Observed(Task written)
    {
        if (!written.IsCompleted)
        {
            _ = written.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        else if (written.IsFaulted)
        {
            _ = written.Exception;
        }

        return written;
    }

    public override void Flush(IChannelHandlerContext context)
    {
        var before = channel.PendingBytes;
        context.Flush();
        var left = channel.PendingBytes;
        loop.Counters._sends++;
        loop.Counters._bytesOut += before;
        if (left > 0)
        {
            _isBlocked = true;
        }
    }

    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        if (!_isBlocked || channel.PendingBytes > 0)
        {
            return;
        }

        _isBlocked = false;
        if (_isClosing)
        {
            EndOutput();
        }
        else
        {
            context.FireChannelWritabilityChanged();
        }
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (!_isClosing)
        {
            context.FireChannelRead(message);
            return;
        }

        Closing.Discarded(((DotNetty.Buffers.IByteBuffer)message).ReadableBytes);
        ReferenceCountUtil.Release(message);
        if (_isLingering && Closing.IsFull)
        {
            channel.Drop();
        }
    }

    public override void ChannelReadComplete(IChannelHandlerContext context)
    {
        if (!_isClosing)
        {
            context.FireChannelReadComplete();
        }
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        _isClosing = true;
        Stop();
        BecomeInactive();
    }

    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception)
    {
        if (exception is not System.Net.Sockets.SocketException)
        {
            context.FireExceptionCaught(exception);
            return;
        }

        // The channel closes itself; ChannelInactive is what the handlers get to see.
        loop.Counters._resets++;
        TransportLog.ConnectionFailed(loop.Logger, channel.RemoteAddress, exception.Message);
    }

    /// <summary>The turn in which the peer's end was read is over: close after the other turn-end items have written.</summary>
    public void OnTurnEnd() => loop.Post(static handler => ((PortableHandler)handler!).OnInputEnded(), this);

    private void OnInputEnded()
    {
        if (_isLingering)
        {
            channel.Drop();
        }
        else
        {
            BeginClose();
        }
    }

    internal void Stop() => DueList.Cancel(_closing);

    private void BeginClose()
    {
        if (_isClosing || !channel.Open)
        {
            return;
        }

        channel.Unsafe.Flush();
        _isClosing = true;
        if (!channel.Open)
        {
            return;
        }

        if (channel.PendingBytes == 0)
        {
            EndOutput();
            return;
        }

        _isBlocked = true;
        Closing.AwaitOutput();
        channel.Configuration.AutoRead = true;
    }

    private void EndOutput()
    {
        if (channel.InputEnded)
        {
            channel.Drop();
            return;
        }

        _isLingering = true;
        channel.ShutOutput();
        Closing.Linger();
        channel.Configuration.AutoRead = true;

        // In the next turn: whoever closes a channel is often inside one of its handlers.
        loop.Post(static handler => ((PortableHandler)handler!).BecomeInactive(), this);
    }

    private void BecomeInactive()
    {
        if (_isInactive)
        {
            return;
        }

        _isInactive = true;
        _context!.FireChannelInactive();
        _closed.TrySetResult();
    }
}
