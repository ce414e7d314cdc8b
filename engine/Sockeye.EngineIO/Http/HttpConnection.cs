using System.Diagnostics.CodeAnalysis;
using System.Net;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>What the connections of one server share.</summary>
internal sealed record HttpConnectionContext(HttpOptions Options, IHttpHandler Handler, ILogger Logger, ConnectionRegistry Connections, Action<string>? RuleBroken)
{
    public WebSocketContext WebSockets { get; } = new(
        Options.FramesPerTurn, Options.MessageTimeout, Options.CloseHandshakeTimeout, Options.WriteStallTimeout, Logger, Connections, RuleBroken);
}

/// <summary>The pipeline handler of an HTTP/1.1 connection: one request in flight; the next is parsed when the response has left. After 101 a
/// <see cref="WebSocketConnection"/> takes its place.</summary>
/// <remarks>Between two requests it holds no buffer. All on the channel's loop.</remarks>
internal sealed partial class HttpConnection : ChannelHandlerAdapter, IServerConnection, IReader, IStallOwner
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

    private readonly HttpConnectionContext _server;
    private readonly IChannel _channel;
    private readonly HttpTimer _readTimer;
    private StallTimer? _stallTimer;
    private IChannelHandlerContext? _context;
    private HttpExchange? _exchange;
    private Action<HttpExchange>? _arrived;     // set while the connection moves to another loop
    private Phase _phase;
    private bool _isShutdown;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(HttpConnection))]
    public HttpConnection(IChannel channel, HttpConnectionContext server)
    {
        _channel = channel;
        _server = server;
        _readTimer = new HttpTimer(this);
    }

    public ITransportLoop Loop => _channel.Loop();

    int IServerConnection.Place { get; set; }

    IReader? IServerConnection.Reader => this;

    bool IReader.IsOpen => _phase is not (Phase.Closed or Phase.Upgraded);

    bool IReader.IsExpendable => true;

    /// <summary>Of an answer that nobody else accounts for.</summary>
    long IReader.Cost => _leaving is { SharedBody: not null } or { Handler.AccountsForAnswer: true } ? 0 : _channel.PendingWriteBytes();

    public IPEndPoint RemoteEndPoint => _channel.RemoteEndPoint();

    internal PeerAddress Peer => _channel.Peer();

    /// <summary>No TLS handler exists in this version; the transport's plain bytes are HTTP.</summary>
    public bool IsSecure { get; init; }

    private HttpOptions Options => _server.Options;

    public override void HandlerAdded(IChannelHandlerContext context)
    {
        _context = context;
        _server.Connections.Add(this);
        _readTimer.Start(HttpMoment.Head, Options.HeaderTimeout);
        if (_server.Connections.IsStopping)
        {
            Loop.Post(static connection => ((HttpConnection)connection!).Abort(), this);      // accepted while the listeners were closing
        }
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        TearDown();
        AbortExchange();
        _ = context.FireChannelInactive();
    }

    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception)
    {
        Log.PipelineFailed(_server.Logger, RemoteEndPoint, exception);
        TearDown();
        AbortExchange();
        _channel.Abort();
    }

    public void Abort()
    {
        if (_phase is not (Phase.Closed or Phase.Upgraded))
        {
            TearDown();
            AbortExchange();
            _channel.Abort();
        }
    }

    void IReader.Shed() => Abort();

    public void Shutdown()
    {
        _isShutdown = true;
        if (_phase is Phase.Idle or Phase.Head)
        {
            Close();
        }
    }

    public void OnMoment(HttpMoment moment)
    {
        switch (moment)
        {
            case HttpMoment.Head:
                Log.RequestTimedOut(_server.Logger, RemoteEndPoint, "head");
                _server.RuleBroken?.Invoke("http_header_timeout");
                RespondToFault(408);
                break;
            case HttpMoment.Body:
                OnBodyCheck();
                break;
            case HttpMoment.NextRequest:
                Close();
                break;
            default:
                break;
        }
    }

    internal void MoveTo(HttpExchange exchange, ITransportLoop target, Action<HttpExchange> arrived)
    {
        if (target == Loop)
        {
            arrived(exchange);
            return;
        }

        _readTimer.Stop();
        _stallTimer?.Stop();
        _arrived = arrived;
        _channel.MoveTo(target, OnArrived);
    }

    internal void RefuseUpgrade(HttpExchange exchange, ProtocolError error)
    {
        ProtocolErrorInfo info = ProtocolErrors.Describe(error);
        Log.RequestRefused(_server.Logger, RemoteEndPoint, info.HttpStatus, info.Text);
        _server.RuleBroken?.Invoke(info.Metric);
        exchange.AppendHeader("Cache-Control", "no-store");
        if (info.HttpStatus == 426)
        {
            exchange.AddHeader("Upgrade", "websocket");
            exchange.AddHeader("Sec-WebSocket-Version", "13");
        }

        exchange.RespondAndClose(info.HttpStatus, null, default);
    }

    internal WebSocketConnection Upgrade(HttpExchange exchange, ReadOnlySpan<byte> key, IWebSocketListener listener, WebSocketLimits limits, string? subprotocol)
    {
        var connection = new WebSocketConnection(_channel, listener, limits, _server.WebSockets);
        WriteUpgrade(connection, exchange, key, subprotocol);
        _readTimer.Stop();
        _stallTimer?.Stop();
        _phase = Phase.Upgraded;
        TakeExchange(null);
        if (_channel.TryTakeOver(this, connection))
        {
            connection.OnTakenOver();
        }
        else
        {
            _ = _channel.Pipeline.Replace(this, PipelineNames.WebSocket, connection);
        }

        _server.Connections.Add(connection);
        _server.Connections.Remove(this);
        if (_isShutdown)
        {
            connection.Shutdown();
        }

        if (!_isProcessing)
        {
            connection.HoldFirst(_held.Take());
            _held.Clear();
        }

        _upgraded = connection;
        return connection;
    }

    // The head of the request in hand counts towards the memory that the engine holds: a poll may wait for long.
    private void TakeExchange(HttpExchange? exchange)
    {
        BufferCounters.Hold((exchange?.Head.MemoryBytes ?? 0) - (_exchange?.Head.MemoryBytes ?? 0));
        _exchange = exchange;
    }

    private void OnArrived(IChannel channel)
    {
        Action<HttpExchange> arrived = _arrived!;
        HttpExchange exchange = _exchange!;
        _arrived = null;
        RestartTimers();
        if (_phase == Phase.Exchange && exchange.IsOpen)
        {
            exchange.Loop.SetActivity("request", exchange);
            try
            {
                arrived(exchange);
            }
            catch (Exception exception)
            {
                OnHandlerFailed(exchange, exception);
            }
        }

        Continue();
    }

    // Timers belong to a loop: those that ran on the old one were stopped there.
    private void RestartTimers()
    {
        if (_phase == Phase.Exchange && _bodyState is BodyState.Reading or BodyState.Draining && _exchange!.Head.HasBody)
        {
            StartBodyTimer();
        }

        if (!_channel.IsWritable)
        {
            WatchProgress();
        }
    }

    // The handler's fault: a 500 without details, unless something was answered.
    private void OnHandlerFailed(HttpExchange exchange, Exception exception)
    {
        Log.RequestHandlerFailed(_server.Logger, LogText.Escape(exchange.Head.MethodText), LogText.Escape(exchange.Head.Path), exception);
        exchange.RespondAndClose(500, null, default);
    }

    private void AbortExchange()
    {
        HttpExchange? exchange = _exchange;
        TakeExchange(null);
        if (exchange is not { IsOpen: true })
        {
            return;
        }

        exchange.IsAborted = true;
        try
        {
            exchange.Handler.OnAborted(exchange);
        }
        catch (Exception exception)
        {
            Log.RequestHandlerFailed(_server.Logger, LogText.Escape(exchange.Head.MethodText), LogText.Escape(exchange.Head.Path), exception);
        }
    }

    private void Close()
    {
        if (_phase is Phase.Closed or Phase.Closing or Phase.Upgraded)
        {
            return;
        }

        _phase = Phase.Closing;
        _readTimer.Stop();
        _stallTimer?.Stop();        // the channel has its own limit for the rest
        TakeExchange(null);
        DropInput();
        _ = _channel.CloseAsync();
    }

    private void TearDown()
    {
        if (_phase is Phase.Closed or Phase.Upgraded)
        {
            return;
        }

        _phase = Phase.Closed;
        _readTimer.Stop();
        _stallTimer?.Stop();
        DropInput();
        _server.Connections.Remove(this);
        EndResponse(isTaken: false);
    }
}
