using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

// What goes out: responses in one buffer and one flush each, the end of an exchange, the write stall.
internal sealed partial class HttpConnection
{
    // Status line, Date, Content-Length, Connection, the empty line: a little over 150 bytes at most.
    private const int FixedHeadBytes = 192;
    private const int UpgradeHeadBytes = 256;

    private static readonly KeyValuePair<string, string>[] NoStore = [new("Cache-Control", "no-store")];

    private bool _closesAfter;          // the response said so
    private HttpExchange? _leaving;     // its response is not taken by the kernel yet

    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        if (_channel.IsWritable && _phase is not (Phase.Upgraded or Phase.Closed))
        {
            _stallTimer?.Stop();
            EndResponse(isTaken: true);
            EndOrContinue();
        }

        _ = context.FireChannelWritabilityChanged();
    }

    internal void Respond(HttpExchange exchange, int status, string? contentType, ReadOnlySpan<byte> body)
    {
        if (exchange != _exchange || _phase != Phase.Exchange)
        {
            return;             // the connection ended meanwhile
        }

        _closesAfter = exchange.IsCloseAsked || !exchange.Head.KeepAlive || _isShutdown || _server.Connections.IsStopping || !PrepareDrain(exchange.Head);
        _leaving = exchange;
        bool hasBody = exchange.Head.Method != HttpMethod.Head && status is not (204 or 304);
        WriteResponse(exchange.Head.MinorVersion, exchange.Headers, status, contentType, body.Length, hasBody ? body : default, hasBody ? exchange.SharedBody : null);
        if (_channel.IsWritable)
        {
            EndResponse(isTaken: true);
        }

        EndOrContinue();
    }

    private void EndOrContinue()
    {
        if (!_closesAfter)
        {
            Continue();
        }
        else if (_leaving is null)
        {
            Close();            // not before: the handler is told whether its response was taken
        }
    }

    private void EndResponse(bool isTaken)
    {
        HttpExchange? exchange = _leaving;
        _leaving = null;
        if (exchange is null)
        {
            return;
        }

        try
        {
            exchange.Handler.OnResponseEnded(exchange, isTaken);
        }
        catch (Exception exception)
        {
            Log.RequestHandlerFailed(_server.Logger, LogText.Escape(exchange.Head.MethodText), LogText.Escape(exchange.Head.Path), exception);
        }
    }

    // Whether the connection can be used again: the rest of the request's body is read and thrown away if it is short enough.
    private bool PrepareDrain(HttpRequestHead head)
    {
        switch (_bodyState)
        {
            case BodyState.Complete:
                return true;
            case BodyState.Reading:
                _bodyState = BodyState.Draining;
                _body = null;
                CountBody();
                return true;
            case BodyState.Unread when !head.ExpectContinue && head.ContentLength <= Options.MaxDrainBytes:
                _bodyState = BodyState.Draining;
                _bodyReader = new HttpBodyReader(head, Options.Limits, Options.MaxDrainBytes);
                StartBodyTimer();
                return true;
            default:
                return false;
        }
    }

    // An answer of the connection itself: after a fault in the framing nothing that follows can be trusted.
    private void RespondToFault(int status, IReadOnlyList<KeyValuePair<string, string>>? headers = null)
    {
        _closesAfter = true;
        WriteResponse(1, headers ?? NoStore, status == 0 ? 400 : status, null, 0, default);
        Close();
    }

    private void WriteResponse(int minorVersion, IReadOnlyList<KeyValuePair<string, string>> headers, int status, string? contentType, int length, ReadOnlySpan<byte> body, byte[]? shared = null)
    {
        body = shared is null ? body : default;
        bool hasDate = false;
        int size = FixedHeadBytes + body.Length + (contentType is null ? 0 : HttpResponseHead.HeaderLength("Content-Type", contentType));
        for (int i = 0; i < headers.Count; i++)
        {
            size += HttpResponseHead.HeaderLength(headers[i].Key, headers[i].Value);
            hasDate |= headers[i].Key.Equals("Date", StringComparison.OrdinalIgnoreCase);
        }

        IByteBuffer buffer = Loop.RentBuffer(size);
        Span<byte> room = buffer.Array.AsSpan(buffer.ArrayOffset, buffer.Capacity);
        int at = HttpResponseHead.WriteStatusLine(room, status);
        if (!hasDate)
        {
            at += HttpResponseHead.WriteHeader(room[at..], "Date"u8, HttpDate.Now());
        }

        if (contentType is not null)
        {
            at += HttpResponseHead.WriteHeader(room[at..], "Content-Type", contentType);
        }

        if (status is not (204 or 304))
        {
            at += HttpResponseHead.WriteContentLength(room[at..], length);
        }

        for (int i = 0; i < headers.Count; i++)
        {
            at += HttpResponseHead.WriteHeader(room[at..], headers[i].Key, headers[i].Value);
        }

        if (_closesAfter)
        {
            at += HttpResponseHead.WriteHeader(room[at..], "Connection"u8, "close"u8);
        }
        else if (minorVersion == 0)
        {
            at += HttpResponseHead.WriteHeader(room[at..], "Connection"u8, "keep-alive"u8);
        }

        at += HttpResponseHead.WriteEnd(room[at..]);
        body.CopyTo(room[at..]);
        Send(buffer, at + body.Length, shared);
    }

    private void WriteContinue()
    {
        ReadOnlySpan<byte> bytes = "HTTP/1.1 100 Continue\r\n\r\n"u8;
        IByteBuffer buffer = Loop.RentBuffer(bytes.Length);
        bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset, bytes.Length));
        Send(buffer, bytes.Length);
    }

    private void WriteUpgrade(WebSocketConnection connection, HttpExchange exchange, ReadOnlySpan<byte> key, string? subprotocol)
    {
        int size = UpgradeHeadBytes + (subprotocol is null ? 0 : HttpResponseHead.HeaderLength("Sec-WebSocket-Protocol", subprotocol));
        foreach (KeyValuePair<string, string> header in exchange.Headers)
        {
            size += HttpResponseHead.HeaderLength(header.Key, header.Value);
        }

        IByteBuffer buffer = Loop.RentBuffer(size);
        Span<byte> room = buffer.Array.AsSpan(buffer.ArrayOffset, buffer.Capacity);
        Span<byte> accept = stackalloc byte[WebSocketHandshake.AcceptLength];
        WebSocketHandshake.WriteAccept(key, accept);
        int at = HttpResponseHead.WriteStatusLine(room, 101);
        at += HttpResponseHead.WriteHeader(room[at..], "Upgrade"u8, "websocket"u8);
        at += HttpResponseHead.WriteHeader(room[at..], "Connection"u8, "Upgrade"u8);
        at += HttpResponseHead.WriteHeader(room[at..], "Sec-WebSocket-Accept"u8, accept);
        at += HttpResponseHead.WriteHeader(room[at..], "Cache-Control"u8, "no-store"u8);
        if (subprotocol is not null)
        {
            at += HttpResponseHead.WriteHeader(room[at..], "Sec-WebSocket-Protocol", subprotocol);
        }

        foreach (KeyValuePair<string, string> header in exchange.Headers)
        {
            at += HttpResponseHead.WriteHeader(room[at..], header.Key, header.Value);
        }

        at += HttpResponseHead.WriteEnd(room[at..]);
        _ = buffer.SetWriterIndex(at);
        connection.QueueResponse(buffer);
    }

    private void Send(IByteBuffer buffer, int length, byte[]? shared = null)
    {
        _ = buffer.SetWriterIndex(length);
        _ = _context!.WriteAsync(buffer);
        if (shared is not null)
        {
            _ = _context.WriteAsync(Unpooled.WrappedBuffer(shared));
        }

        _ = _context.Flush();
        if (_phase != Phase.Closed && !_channel.IsWritable)
        {
            WatchProgress();
        }
    }

    // The exchange is over when the response has left and the request's body is used up.
    private bool TryEndExchange()
    {
        if (_exchange is not { IsResponded: true } || !_channel.IsWritable)
        {
            return false;
        }

        TakeExchange(null);
        _phase = Phase.Idle;
        _readTimer.Start(HttpMoment.NextRequest, Options.KeepAliveTimeout);
        return true;
    }

    private void WatchProgress() => (_stallTimer ??= new StallTimer(_channel, Options.WriteStallTimeout, this)).Start();

    void IStallOwner.OnStalled(long pendingBytes)
    {
        if (_phase is Phase.Closed or Phase.Upgraded)
        {
            return;
        }

        Log.WriteStalled(_server.Logger, RemoteEndPoint, pendingBytes);
        _server.RuleBroken?.Invoke("write_stall");
        Abort();
    }
}
