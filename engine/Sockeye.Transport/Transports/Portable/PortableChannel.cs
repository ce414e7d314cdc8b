using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using DotNetty.Transport.Channels.Sockets;
using Sockeye.Transport.Channels;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport.Transports;

/// <summary>
/// DotNetty's socket channel with the promises of this assembly's channels: the peer's end does not cut off what is still to be written, a
/// paused channel reads nothing, closing lets pending output leave. It owns its socket, and the <see cref="PortableHandler"/> at the head of its pipeline
/// that keeps the promises with it.
/// </summary>
/// <remarks>
/// Its loop's thread. It lives until its socket is closed, after the peer's end or the linger time; <c>ChannelInactive</c> comes when its output has ended. It stays on its loop, and a reset
/// reaches it while it is paused only when it reads on.
/// </remarks>
internal sealed class PortableChannel : TcpSocketChannel, ITransportChannel
{
    private readonly PortableTransport _transport;
    private readonly ListenerLimit? _limit;
    private readonly PortableLoop _loop;
    private readonly PortableHandler _handler;
    private bool _readRequested, _isAborting, _isReleased, _isOutputEnded;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, PipelineParts.Head, PipelineParts.Assembly)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, PipelineParts.Tail, PipelineParts.Assembly)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(PortableHandler))]
    internal PortableChannel(PortableTransport transport, Socket socket, ListenerLimit? limit)
        : base(null, socket)
    {
        _transport = transport;
        _limit = limit;
        _loop = transport.Loop;
        _handler = new PortableHandler(this, _loop);
        Configuration.Allocator = LoopBuffer.SharedAllocator;
        Configuration.WriteBufferLowWaterMark = 0;
        Configuration.WriteBufferHighWaterMark = 1;
        SetState(StateFlags.Active);
        CacheLocalAddress();
        CacheRemoteAddress();
        Pipeline.AddFirst("sockeye-close", _handler);
        transport.Add(this);
    }

    /// <inheritdoc/>
    public LoopSettings Settings => _loop.Settings;

    /// <summary>The end of the peer's output has been read.</summary>
    internal bool InputEnded { get; private set; }

    /// <inheritdoc/>
    public long PendingBytes => Unsafe.OutboundBuffer?.TotalPendingWriteBytes() ?? 0;

    /// <inheritdoc/>
    public void Abort()
    {
        if (!_loop.InEventLoop)
        {
            _loop.Post(static channel => ((PortableChannel)channel!).Abort(), this);
            return;
        }

        _isAborting = true;
        Drop();
    }

    /// <inheritdoc/>
    public void Drop()
    {
        _handler.Stop();
        if (Open)
        {
            _ = Unsafe.CloseAsync();
        }
    }

    /// <inheritdoc/>
    public int Unacknowledged()
    {
        if (NativeSupport.Missing is not null)
        {
            return -1;
        }

        var handle = Socket.SafeHandle;
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            return Libc.Unacknowledged((int)handle.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            return -1;      // closed meanwhile
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }

    internal void ShutOutput()
    {
        _isOutputEnded = true;
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The connection is gone already; the next read tells.
        }
    }

    protected override IChannelUnsafe NewUnsafe() => new PortableUnsafe(this);

    protected override void DoBeginRead()
    {
        if (InputEnded)
        {
            return;
        }

        if (!Configuration.AutoRead)
        {
            _readRequested = true;
        }

        base.DoBeginRead();
    }

    /// <summary>The end of the input is not the end of the channel: what was read is being answered.</summary>
    protected override int DoReadBytes(IByteBuffer byteBuf)
    {
        var received = _isOutputEnded ? ReceiveToDiscard(byteBuf) : base.DoReadBytes(byteBuf);
        if (received > 0)
        {
            _loop.Counters._bytesIn += received;
        }

        if (received >= 0)
        {
            return received;
        }

        InputEnded = true;
        _loop.AtTurnEnd(_handler);
        return 0;
    }

    // The base class takes a socket whose output was shut for one that is not connected any more, and reads nothing from it.
    private int ReceiveToDiscard(IByteBuffer byteBuf)
    {
        var received = Socket.Receive(byteBuf.Array.AsSpan(byteBuf.ArrayOffset + byteBuf.WriterIndex, byteBuf.WritableBytes), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return 0;
        }

        if (error != SocketError.Success)
        {
            throw new SocketException((int)error);
        }

        _ = byteBuf.SetWriterIndex(byteBuf.WriterIndex + received);
        return received == 0 ? -1 : received;
    }

    protected override void DoClose()
    {
        try
        {
            if (_isAborting && TryResetState(StateFlags.Open))
            {
                TryResetState(StateFlags.Active);
                Socket.LingerState = new LingerOption(true, 0);
                Socket.Dispose();
            }

            base.DoClose();
        }
        catch (SocketException)
        {
            // The peer has reset what is being shut down; what matters is that the descriptor goes.
            Socket.Dispose();
        }

        if (_isReleased)
        {
            return;
        }

        _isReleased = true;
        _loop.Counters._closed++;
        _transport.Remove(this, _limit);
    }

    private sealed class PortableUnsafe(PortableChannel owner) : SocketByteChannelUnsafe(owner)
    {
        public override void FinishRead(SocketChannelAsyncOperation operation)
        {
            if (!owner.Configuration.AutoRead && !owner._readRequested && operation.SocketError == SocketError.Success)
            {
                // The channel was paused while the kernel was asked: the bytes stay there.
                owner.ResetState(StateFlags.ReadScheduled);
                return;
            }

            owner._readRequested = false;
            base.FinishRead(operation);
        }
    }
}
