using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>One client of a plain WebSocket endpoint: no Engine.IO, no Socket.IO.</summary>
/// <remarks>
/// <para><b>Thread.</b> Events come on the connection's loop. <see cref="Send(ReadOnlySpan{byte}, bool)"/>, <see cref="Close"/> and <see cref="Abort"/> may be called from any thread; from
/// other threads they are posted to the loop in order.</para>
/// <para><b>Limits.</b> Those of its endpoint. While the outbox is at or above its high mark the client is not read, unless told otherwise:
/// a client that sends and does not read is slowed down instead of filling memory.</para>
/// </remarks>
public sealed partial class WebSocketSession : DueEntry, IWebSocketListener, IOutboxOwner, IReader, IActivitySource
{
    private readonly IWebSocketHandler _handler;
    private readonly WebSocketSessionSettings _settings;
    private readonly ILogger _logger;
    private readonly Outbox _outbox;
    private WebSocketChannelHandler _webSocket = null!;
    private volatile bool _isClosed;

    internal WebSocketSession(HttpRequestHead request, IWebSocketHandler handler, WebSocketSessionSettings settings, ILogger logger)
    {
        Request = request;
        _handler = handler;
        _settings = settings;
        _logger = logger;
        _outbox = new Outbox(settings.Outbox) { Owner = this };
    }

    /// <summary>The upgrade request.</summary>
    public HttpRequestHead Request { get; }

    /// <summary>The first value of a parameter of the request's query, decoded; null if it is absent.</summary>
    /// <param name="name">Its name, decoded.</param>
    public string? Query(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return QueryString.TryGet(Request.Query, Encoding.UTF8.GetBytes(name), out var value) ? value : null;
    }

    /// <summary>The value of a header of the upgrade request, whose name is compared without regard to case; null if it is absent. Several lines are joined.</summary>
    /// <param name="name">Its name, such as <c>authorization</c>.</param>
    public string? Header(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Request.Header(name);
    }

    /// <summary>The sub-protocol that was agreed on, or null.</summary>
    public string? Subprotocol { get; private set; }

    /// <summary>The peer's address.</summary>
    public IPEndPoint RemoteEndPoint => _webSocket.RemoteEndPoint;

    /// <summary>The loop of the connection.</summary>
    public ITransportLoop Loop => _webSocket.Loop;

    /// <summary>Belongs to the handler.</summary>
    public object? State { get; set; }

    /// <summary>Whether the outbox is below its high mark and the session open. Any thread.</summary>
    public bool IsWritable => !_isClosed && !_outbox.IsAboveHigh;

    /// <summary>Bytes that wait for the client. Any thread.</summary>
    public int OutboxBytes => _outbox.Bytes;

    /// <summary>Queues a message; it leaves at the end of the loop's turn with others of that turn. Any thread.</summary>
    /// <param name="payload">Copied during the call. Text must be UTF-8.</param>
    /// <param name="isBinary">Binary, else text.</param>
    /// <returns>On the loop: what the outbox says. Elsewhere: what it would say by what is queued and posted now; the message is posted, or dropped if more than <see cref="OutboxOptions.MaxBytes"/>
    /// would wait for the loop.</returns>
    public EmitResult Send(ReadOnlySpan<byte> payload, bool isBinary)
    {
        var frame = Frame.Rent(payload.Length);
        frame.Append(payload);
        frame.IsBinary = isBinary;
        return Send(frame);
    }

    /// <summary>Queues a text message. As <see cref="Send(ReadOnlySpan{byte}, bool)"/>.</summary>
    /// <param name="text">Written as UTF-8 during the call; half of a surrogate pair as U+FFFD.</param>
    /// <returns>As there.</returns>
    public EmitResult SendText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var frame = Frame.Rent(text.Length);
        Encoding.UTF8.GetBytes(text, frame);
        return Send(frame);
    }

    /// <summary>Queues a frame; takes the reference. As <see cref="Send(ReadOnlySpan{byte}, bool)"/>.</summary>
    public EmitResult Send(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (_isClosed)
        {
            frame.Release();
            return EmitResult.Closed;
        }

        if (!Loop.InEventLoop)
        {
            return _outbox.Post(frame, isVolatile: false, OutboxPolicy.Inherit, null, 0);
        }

        var result = _outbox.TryEnqueue(frame);
        if (_outbox.IsOverflowed)
        {
            ChannelLog.OutboxOverflowed(_logger, RemoteEndPoint, _outbox.Bytes, _outbox.Count);
            _isClosed = true;
            _webSocket.Close(1013, "slow consumer", discard: true);
            _outbox.Clear();        // nobody pulls from it any more
            return result;
        }

        if (result == EmitResult.AboveHighWatermark)
        {
            if (_settings.PausesWhenFull)
            {
                _webSocket.PauseReading();
            }

            _webSocket.OnGrowth();
        }

        _webSocket.FlushLater();
        return result;
    }

    /// <summary>Closes when what is queued has left. Any thread.</summary>
    /// <param name="code">1000 to 1003, 1007 to 1014 or 3000 to 4999.</param>
    /// <param name="reason">At most 123 bytes of UTF-8; what is longer is cut.</param>
    /// <exception cref="ArgumentOutOfRangeException">The code is none of them.</exception>
    public void Close(ushort code = 1000, string? reason = null)
    {
        WebSocketChannelHandler.CheckCode(code);
        if (Loop.InEventLoop)
        {
            _isClosed = true;
            _webSocket.Close(code, reason);
        }
        else
        {
            Loop.Post(static state =>
            {
                var (session, code, reason) = ((WebSocketSession, ushort, string?))state!;
                session.Close(code, reason);
            }, (this, code, reason));
        }
    }

    /// <summary>Resets the connection. Any thread.</summary>
    public void Abort()
    {
        if (Loop.InEventLoop)
        {
            _webSocket.Abort();
        }
        else
        {
            Loop.Post(static state => ((WebSocketSession)state!).Abort(), this);
        }
    }

    internal WebSocketChannelHandler WebSocket => _webSocket;

    bool IReader.IsOpen => !_isClosed;

    bool IReader.IsExpendable => false;

    long IReader.Cost => _outbox.Cost + _webSocket.UnfinishedCost;

    void IReader.Shed() => _webSocket.Shed();

    internal void Open(WebSocketChannelHandler webSocket, string? subprotocol)
    {
        Subprotocol = subprotocol;
        _webSocket = webSocket;
        BufferCounters.Hold(Request.MemoryBytes);
        _webSocket.Start(_outbox);
        StartHeartbeat();
        Loop.SetActivity("OnOpen", this);
        try
        {
            _handler.OnOpen(this);
        }
        catch (Exception exception)
        {
            ChannelLog.ListenerFailed(_logger, RemoteEndPoint, exception);
            Close(1011, "internal error");
        }
    }

    string IActivitySource.Describe(string activity) => $"{activity} of a WebSocket at {LogText.Escape(Request.Path)} from {RemoteEndPoint}";

    void IWebSocketListener.OnMessage(WebSocketChannelHandler webSocket, ReadOnlySpan<byte> payload, bool isBinary)
    {
        Loop.SetActivity("OnMessage", this);
        _handler.OnMessage(this, payload, isBinary);
    }

    void IWebSocketListener.OnClosed(WebSocketChannelHandler webSocket, in WebSocketClose close)
    {
        _isClosed = true;
        DueList.Cancel(this);
        _outbox.Clear();
        BufferCounters.Hold(-Request.MemoryBytes);
        Loop.SetActivity("OnClose", this);
        _handler.OnClose(this, close);
    }

    EmitResult IOutboxOwner.Send(Frame frame, bool isVolatile, OutboxPolicy whenFull, string? key, long keyId) => Send(frame);

    void IOutboxOwner.OnWritable()
    {
        _webSocket.ResumeReading();
        _handler.OnWritable(this);
    }
}
