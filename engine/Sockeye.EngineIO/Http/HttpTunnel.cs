using System.Diagnostics.CodeAnalysis;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Connections;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>The end of a pipeline whose bytes go to an <see cref="IHttpTunnelListener"/>.</summary>
/// <remarks>It owns what <see cref="IHttpTunnel"/> says, and the timer of a peer that takes nothing. What the peer has not taken is held to the memory budget as that of any reader. The channel's loop, for all members; from <see cref="HttpExchange.BeginTunnel"/> until the channel ends.</remarks>
internal sealed class HttpTunnel : ChannelHandlerAdapter, IHttpTunnel, IDirectHandler, IUpgraded, IStoppable, IReader, IStallOwner, ILoopWork
{
    private readonly IChannel _channel;
    private readonly IHttpTunnelListener _listener;
    private readonly HttpOptions _options;
    private readonly HttpServerContext _server;
    private HeldInput _held;
    private StallTimer? _stallTimer;
    private bool _isResumePosted;
    private bool _isOver;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(HttpTunnel))]
    public HttpTunnel(IChannel channel, IHttpTunnelListener listener, HttpOptions options, HttpServerContext server)
    {
        (_channel, _listener, _options, _server) = (channel, listener, options, server);
        Loop = channel.Loop();
    }

    /// <summary>The loop of the connection.</summary>
    public ITransportLoop Loop { get; }

    int IStoppable.Place { get; set; }

    IReader? IStoppable.Reader => this;

    bool IReader.IsOpen => !_isOver;

    bool IReader.IsExpendable => false;

    long IReader.Cost => _isOver ? 0 : _channel.PendingWriteBytes();

    string IDirectHandler.Name => PipelineNames.Tunnel;

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (_isOver)
        {
            return true;
        }

        if (!bytes.IsEmpty)
        {
            var buffer = Loop.RentBuffer(bytes.Length);
            bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset, bytes.Length));
            _ = buffer.SetWriterIndex(bytes.Length);
            _ = _channel.WriteAndFlushAsync(buffer);
        }

        if (_channel.IsWritable || _isOver)
        {
            return true;
        }

        (_stallTimer ??= new StallTimer(_channel, _options.WriteStallTimeout, this)).EnsureStarted();
        _server.WebSockets.Budget?.OnGrowth(Loop);
        return false;
    }

    /// <inheritdoc/>
    public void TakeMore()
    {
        if (!_isOver && !_isResumePosted)
        {
            _isResumePosted = true;
            Loop.Post(this);
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        if (TryEnd())
        {
            _ = _channel.CloseAsync();
        }
    }

    /// <inheritdoc/>
    public void Abort()
    {
        if (TryEnd())
        {
            _channel.Abort();
        }
    }

    /// <inheritdoc/>
    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (message is IByteBuffer buffer)
        {
            OnRead(buffer);
        }
        else
        {
            _ = context.FireChannelRead(message);
        }
    }

    /// <inheritdoc/>
    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        if (_channel.IsWritable)
        {
            OnWritable();
        }

        _ = context.FireChannelWritabilityChanged();
    }

    /// <inheritdoc/>
    public override void ChannelInactive(IChannelHandlerContext context)
    {
        OnEnded();
        _ = context.FireChannelInactive();
    }

    /// <inheritdoc/>
    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception) => OnFailed(exception);

    void IDirectHandler.OnRead(IByteBuffer buffer) => OnRead(buffer);

    void IDirectHandler.OnWritable() => OnWritable();

    void IDirectHandler.OnInactive() => OnEnded();

    void IDirectHandler.OnFailed(Exception exception) => OnFailed(exception);

    void IUpgraded.HoldFirst(Span<byte> input) => HoldFirst(input);

    void IUpgraded.Shutdown() => Shutdown();

    void IStoppable.Shutdown() => Shutdown();

    void IStoppable.Abort() => Cut();

    void IReader.Shed() => Cut();

    void IStallOwner.OnStalled(long pendingBytes)
    {
        if (!_isOver)
        {
            ChannelLog.WriteStalled(_server.Logger, _channel.RemoteEndPoint(), pendingBytes);
            _server.RuleBroken?.Invoke(BrokenRules.WriteStall);
            Cut();
        }
    }

    void ILoopWork.Run()
    {
        _isResumePosted = false;
        if (_isOver)
        {
            return;
        }

        var held = _held.Take();
        _held.PutBack(held[Offer(held)..]);
        if (_held.IsEmpty && !_isOver)
        {
            _channel.Configuration.AutoRead = true;
            _ = _channel.Read();
        }
    }

    internal void HoldFirst(Span<byte> input)
    {
        Hold(input);
        TakeMore();
    }

    internal void Shutdown()
    {
        if (!_isOver)
        {
            _listener.OnStopping(this);
        }
    }

    private void OnRead(IByteBuffer buffer)
    {
        try
        {
            var input = buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes);
            if (!_isOver)
            {
                var taken = _held.IsEmpty ? Offer(input) : 0;
                if (taken < input.Length && !_isOver)
                {
                    Hold(input[taken..]);
                }
            }
        }
        finally
        {
            _ = buffer.Release();
        }
    }

    private int Offer(ReadOnlySpan<byte> input) => input.IsEmpty ? 0 : _listener.OnInput(this, input);

    private void Hold(ReadOnlySpan<byte> input)
    {
        if (!input.IsEmpty)
        {
            _held.Append(input);
        }

        _channel.Configuration.AutoRead = false;
    }

    private void OnWritable()
    {
        _stallTimer?.Stop();
        if (!_isOver)
        {
            _listener.OnWritable(this);
        }
    }

    private void OnFailed(Exception exception)
    {
        ChannelLog.PipelineFailed(_server.Logger, _channel.RemoteEndPoint(), exception);
        Cut();
    }

    /// <summary>Ended from here: the listener hears of it.</summary>
    private void Cut()
    {
        if (TryEnd())
        {
            _channel.Abort();
            _listener.OnClosed(this);
        }
    }

    private void OnEnded()
    {
        if (TryEnd())
        {
            _listener.OnClosed(this);
        }
    }

    private bool TryEnd()
    {
        if (_isOver)
        {
            return false;
        }

        _isOver = true;
        _held.Clear();
        _stallTimer?.Stop();
        _server.Connections.Remove(this);
        return true;
    }
}
