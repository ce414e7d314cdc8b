using System.Diagnostics.CodeAnalysis;
using System.Net;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>The pipeline handler that speaks HTTP/1.1 on one channel: one request in flight; the next is parsed when the response has left.</summary>
/// <remarks>
/// <para><b>Owns</b> the exchange in flight, the reader and the writer of its two sides, and the input that must wait for the response: its body while nobody reads it, the
/// next request. Between two requests it holds no buffer.</para>
/// <para><b>Thread.</b> The channel's loop, which an exchange may change (<see cref="HttpExchange.MoveTo(ITransportLoop, Action{HttpExchange})"/>).</para>
/// <para><b>Lifetime.</b> From the channel's first turn until the channel ends, or until 101, when a <see cref="WebSocketChannelHandler"/> takes its place.</para>
/// <para><b>Limits.</b> <see cref="HttpOptions"/>, held by <see cref="HttpRequestReader"/> and <see cref="HttpResponseWriter"/>. What waits is at most what one turn has read.</para>
/// <para><b>Size.</b> It is one type because whatever may come next, a body, an answer in one piece or in parts, a move, an upgrade, is decided by its one phase.</para>
/// </remarks>
internal sealed partial class HttpChannelHandler : ChannelHandlerAdapter, IStoppable, IReader, IStallOwner
{
    private enum Phase : byte
    {
        Idle,           // between requests
        Head,           // a head has begun
        Exchange,       // a request is with its handler, or its response on the way, or its body not read to its end
        Closing,        // the last answer is given: it leaves, then the channel ends its output and throws away what still comes
        Upgraded,
        Closed,
    }

    private static readonly ProtocolErrorInfo s_bodyTooSlow = new(408, 0, BrokenRules.BodyRate, "The body comes more slowly than Http:MinBodyBytesPerSecond, or longer than Http:BodyTimeout.");

    private static readonly KeyValuePair<string, string>[] s_noStore = [new("Cache-Control", "no-store")];

    private readonly HttpServerContext _server;
    private readonly IChannel _channel;
    private readonly HttpRequestReader _reader;
    private HttpResponseWriter _writer;
    private HeldInput _held;
    private HttpExchange? _exchange;
    private Action<HttpExchange>? _arrived;     // set while the channel moves to another loop
    private IUpgraded? _upgraded;
    private Phase _phase;
    private bool _isProcessing;
    private bool _isShutdown;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(HttpChannelHandler))]
    public HttpChannelHandler(IChannel channel, HttpServerContext server)
    {
        _channel = channel;
        _server = server;
        _reader = new HttpRequestReader(this);
    }

    public IChannel Channel => _channel;

    public ITransportLoop Loop => _channel.Loop();

    public HttpOptions Options => _server.Options;

    public ILogger Logger => _server.Logger;

    public IPEndPoint RemoteEndPoint => _channel.RemoteEndPoint();

    public PeerAddress Peer => _channel.Peer();

    /// <summary>No TLS handler exists in this version; the transport's plain bytes are HTTP.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Whether another server has the connection of the peer, and this one a virtual one, for one exchange.</summary>
    public bool IsRelayed { get; init; }

    /// <summary>Whether it answers still: not upgraded, and the channel open. Any thread.</summary>
    public bool IsOpen => _phase is not (Phase.Closed or Phase.Upgraded);

    int IStoppable.Place { get; set; }

    IReader? IStoppable.Reader => this;

    /// <summary>Not while it sends a body: it cannot ask again for what becomes of that.</summary>
    bool IReader.IsExpendable => _reader.CollectedBytes == 0;

    /// <summary>Of a body that has not come whole, and of an answer that nobody else accounts for.</summary>
    long IReader.Cost => _reader.CollectedBytes + AnswerCost;

    private long AnswerCost => _writer.Leaving is { SharedBody: not null } or { Handler.AccountsForAnswer: true } ? 0 : _channel.PendingWriteBytes();

    public override void HandlerAdded(IChannelHandlerContext context)
    {
        _writer = new HttpResponseWriter(this, context);
        _server.Connections.Add(this);
        _reader.AwaitHead();
        if (_server.Connections.IsStopping)
        {
            Loop.Post(static handler => ((HttpChannelHandler)handler!).Abort(), this);      // accepted while the listeners were closing
        }
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (message is not IByteBuffer buffer)
        {
            _ = context.FireChannelRead(message);
            return;
        }

        try
        {
            Receive(buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes));
        }
        finally
        {
            _ = buffer.Release();
        }
    }

    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        if (_channel.IsWritable && IsOpen)
        {
            _writer.OnWritable();
            EndOrContinue();
        }

        _ = context.FireChannelWritabilityChanged();
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        TearDown();
        AbortExchange();
        _ = context.FireChannelInactive();
    }

    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception)
    {
        ChannelLog.PipelineFailed(Logger, RemoteEndPoint, exception);
        TearDown();
        AbortExchange();
        _channel.Abort();
    }

    public void Shutdown()
    {
        _isShutdown = true;
        if (_phase is Phase.Idle or Phase.Head)
        {
            Close();
        }
        else if (_phase == Phase.Exchange && _exchange is { IsOpen: true } exchange)
        {
            exchange.TellStopping();
        }
        else if (_phase == Phase.Upgraded && IsRelayed)
        {
            _upgraded!.Shutdown();
        }
    }

    public void Abort()
    {
        if (IsOpen)
        {
            TearDown();
            AbortExchange();
            _channel.Abort();
        }
    }

    void IReader.Shed() => Abort();

    internal void OnGrowth() => _server.WebSockets.Budget?.OnGrowth(Loop);

    void IStallOwner.OnStalled(long pendingBytes)
    {
        if (IsOpen)
        {
            ChannelLog.WriteStalled(Logger, RemoteEndPoint, pendingBytes);
            _server.RuleBroken?.Invoke(BrokenRules.WriteStall);
            Abort();
        }
    }

    /// <summary>The peer is late with its request.</summary>
    public void OnLate(HttpMoment moment)
    {
        switch (moment)
        {
            case HttpMoment.Head:
                ChannelLog.RequestTimedOut(Logger, RemoteEndPoint, "head");
                _server.RuleBroken?.Invoke(BrokenRules.HeaderTimeout);
                RespondToFault(408, s_noStore);
                break;
            case HttpMoment.Body:
                ChannelLog.RequestTimedOut(Logger, RemoteEndPoint, "body");
                FailBody(408, s_bodyTooSlow);
                break;
            case HttpMoment.NextRequest:
                Close();
                break;
            default:
                break;
        }
    }

    /// <summary>The exchange wants its body.</summary>
    public void ReadBody(HttpExchange exchange, long maxBytes)
    {
        if (exchange != _exchange || _reader.IsBodyTaken)
        {
            return;
        }

        var head = exchange.Head;
        if (head.ContentLength > maxBytes)
        {
            FailBody(413, ProtocolErrors.Describe(ProtocolError.HttpBodyTooLarge));
            return;
        }

        _reader.BeginBody(head, maxBytes);
        if (head.HasBody && head.ExpectContinue && _held.IsEmpty)
        {
            _writer.WriteContinue();
        }

        Continue();
    }

    /// <summary>The exchange has its response.</summary>
    public void Respond(HttpExchange exchange, int status, string? contentType, ReadOnlySpan<byte> body)
    {
        if (exchange != _exchange || _phase != Phase.Exchange)
        {
            return;             // the connection ended meanwhile
        }

        DecideLast(exchange);
        _writer.Respond(exchange, status, contentType, body);
        EndOrContinue();
    }

    /// <summary>The exchange goes on on another loop, and the channel with it.</summary>
    public void MoveTo(HttpExchange exchange, ITransportLoop target, Action<HttpExchange> arrived)
    {
        if (target == Loop)
        {
            arrived(exchange);
            return;
        }

        _reader.Stop();
        _writer.StopWatch();
        _arrived = arrived;
        _channel.MoveTo(target, OnArrived);
    }

    /// <summary>The exchange becomes a WebSocket.</summary>
    public WebSocketChannelHandler Upgrade(HttpExchange exchange, ReadOnlySpan<byte> key, IWebSocketListener listener, WebSocketLimits limits, string? subprotocol)
    {
        var webSocket = new WebSocketChannelHandler(_channel, listener, limits, _server.WebSockets);
        webSocket.QueueResponse(_writer.Upgrade(exchange, key, subprotocol));
        if (HandOver(webSocket, PipelineNames.WebSocket, webSocket))
        {
            webSocket.OnTakenOver();
        }

        _server.Connections.Add(webSocket);
        _server.Connections.Remove(this);
        if (_isShutdown)
        {
            webSocket.Shutdown();
        }

        if (!_isProcessing)
        {
            webSocket.HoldFirst(_held.Take());
            _held.Clear();
        }

        _upgraded = webSocket;
        return webSocket;
    }

    /// <returns>Whether there is no pipeline any more.</returns>
    private bool HandOver(IDirectHandler next, string name, IChannelHandler handler)
    {
        _reader.Stop();
        _writer.StopWatch();
        _phase = Phase.Upgraded;
        TakeExchange(null);
        if (_channel.TryTakeOver(this, next))
        {
            return true;
        }

        _ = _channel.Pipeline.Replace(this, name, handler);
        return false;
    }

    /// <summary>The peer has broken a rule, which is logged and counted.</summary>
    public void OnRuleBroken(int status, ProtocolErrorInfo info)
    {
        if (_reader.IsTls)
        {
            ChannelLog.TlsSpoken(Logger, RemoteEndPoint);
        }

        // What is too long is often an option of this server; the rest is what strangers send.
        ChannelLog.RequestRefused(Logger, status is 413 or 414 or 431 ? LogLevel.Warning : LogLevel.Debug, RemoteEndPoint, status, info.Text);
        _server.RuleBroken?.Invoke(info.Metric);
    }

    private void Receive(Span<byte> input)
    {
        switch (_phase)
        {
            case Phase.Closing or Phase.Closed or Phase.Upgraded:
                break;
            default:
                if (_isProcessing || !_held.IsEmpty)
                {
                    Hold(input);
                    break;
                }

                var rest = Process(input);
                if (!rest.IsEmpty)
                {
                    Hold(rest);
                }

                break;
        }
    }

    // Something changed: a response has left, a body is wanted, the connection has arrived on this loop.
    private void Continue()
    {
        if (_isProcessing || _phase is Phase.Closing or Phase.Closed or Phase.Upgraded)
        {
            return;
        }

        var rest = Process(_held.Take());
        _held.PutBack(rest);
        if (_held.IsEmpty && _arrived is null)
        {
            ReadOn();
        }
    }

    // Returns what must wait. A loop and not recursion: a thousand small requests in one read need no stack.
    private Span<byte> Process(Span<byte> input)
    {
        _isProcessing = true;
        var goesOn = true;
        while (goesOn && _arrived is null)
        {
            switch (_phase)
            {
                case Phase.Idle:
                case Phase.Head:
                    goesOn = !input.IsEmpty && ReadHead(ref input);
                    break;
                case Phase.Exchange when _reader.IsInBody:
                    goesOn = ReadBody(ref input);
                    break;
                case Phase.Exchange:
                    goesOn = TryEndExchange();
                    break;
                case Phase.Upgraded:
                    _upgraded!.HoldFirst(input);
                    input = default;
                    goesOn = false;
                    break;
                default:
                    input = default;
                    goesOn = false;
                    break;
            }
        }

        _isProcessing = false;
        return input;
    }

    private bool ReadHead(ref Span<byte> input)
    {
        _phase = Phase.Head;
        switch (_reader.ReadHead(ref input, out var head))
        {
            case HttpReadStatus.NeedMore:
                return false;
            case HttpReadStatus.Failed:
                var info = ProtocolErrors.Describe(_reader.Error);
                OnRuleBroken(info.HttpStatus, info);
                RespondToFault(info.HttpStatus, s_noStore);
                return false;
            default:
                _phase = Phase.Exchange;
                var exchange = new HttpExchange(this, head!, _server.Handler);
                TakeExchange(exchange);
                exchange.Begin(_server.Handler);
                return true;
        }
    }

    private bool ReadBody(ref Span<byte> input)
    {
        switch (_reader.ReadBody(ref input, out var body))
        {
            case HttpBodyResult.NeedMore:
                return !input.IsEmpty;
            case HttpBodyResult.Complete:
                _exchange!.Deliver(body);
                return true;
            case HttpBodyResult.Drained:
                return true;
            case HttpBodyResult.TooLong:
                Close();
                return false;
            default:
                var info = ProtocolErrors.Describe(_reader.Error);
                FailBody(info.HttpStatus, info);
                return false;
        }
    }

    // The body is broken or comes too slowly: the connection answers itself, since the handler cannot go on.
    private void FailBody(int status, ProtocolErrorInfo info)
    {
        OnRuleBroken(status, info);
        var exchange = _exchange!;
        if (exchange.IsOpen)
        {
            exchange.FaultStatus = status;
            AbortExchange();
            exchange.AppendHeader("Cache-Control", "no-store");
            RespondToFault(status, exchange.Headers);
        }
        else
        {
            Close();        // the response was given: nothing more to say
        }
    }

    // An answer of the connection itself: after a fault in the framing nothing that follows can be trusted.
    private void RespondToFault(int status, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        if (TryBeginClose())
        {
            _writer.RespondToFault(status == 0 ? 400 : status, headers);
            CloseChannel();
        }
    }

    private void EndOrContinue()
    {
        if (_exchange is not { IsLast: true, IsResponded: true, IsInParts: false })
        {
            Continue();
        }
        else if (_writer.Leaving is null)
        {
            Close();            // not before: the handler is told whether its response was taken
        }
    }

    private bool IsCurrent(HttpExchange exchange) => exchange == _exchange && _phase == Phase.Exchange;

    private void DecideLast(HttpExchange exchange) =>
        exchange.IsLast = exchange.IsLast || IsRelayed || !exchange.Head.KeepAlive || _isShutdown || _server.Connections.IsStopping || !_reader.TryDrain(exchange.Head);

    // The exchange is over when the response has left and the request's body is used up.
    private bool TryEndExchange()
    {
        if (_exchange is not { IsResponded: true, IsInParts: false } || !_channel.IsWritable)
        {
            return false;
        }

        TakeExchange(null);
        _phase = Phase.Idle;
        _reader.AwaitRequest();
        return true;
    }

    private void OnArrived(IChannel channel)
    {
        var arrived = _arrived!;
        var exchange = _exchange!;
        _arrived = null;
        if (_phase == Phase.Exchange)
        {
            _reader.Resume();
        }

        _writer.Resume();
        if (_phase == Phase.Exchange && exchange.IsOpen)
        {
            exchange.Arrive(arrived);
        }

        Continue();
    }

    // The head of the request in hand counts towards the memory that the engine holds: a poll may wait for long.
    private void TakeExchange(HttpExchange? exchange)
    {
        BufferCounters.Hold((exchange?.Head.MemoryBytes ?? 0) - (_exchange?.Head.MemoryBytes ?? 0));
        _exchange = exchange;
    }

    private void AbortExchange()
    {
        var exchange = _exchange;
        TakeExchange(null);
        exchange?.End();
    }

    private void Hold(ReadOnlySpan<byte> input)
    {
        _held.Append(input);
        _channel.Configuration.AutoRead = false;
    }

    private void ReadOn()
    {
        if (IsOpen && !_channel.Configuration.AutoRead)
        {
            _channel.Configuration.AutoRead = true;
            _ = _channel.Read();
        }
    }

    private void Close()
    {
        if (TryBeginClose())
        {
            CloseChannel();
        }
    }

    private bool TryBeginClose()
    {
        if (_phase is Phase.Closed or Phase.Closing or Phase.Upgraded)
        {
            return false;
        }

        _phase = Phase.Closing;
        TakeExchange(null);
        _reader.Drop();
        _held.Clear();
        return true;
    }

    private void CloseChannel()
    {
        if (_phase == Phase.Closing)
        {
            _writer.StopWatch();        // the channel has its own limit for the rest
            _ = _channel.CloseAsync();
        }
    }

    private void TearDown()
    {
        if (!IsOpen)
        {
            return;
        }

        _phase = Phase.Closed;
        _reader.Drop();
        _writer.StopWatch();
        _held.Clear();
        _server.Connections.Remove(this);
        _writer.End(isTaken: false);
    }
}
