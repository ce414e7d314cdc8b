using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>Writes the responses of one channel, each in one buffer and one flush, and notices when the peer does not take them.</summary>
/// <remarks>
/// <para><b>Owns</b> the exchange whose response the kernel has not taken yet, and the timer of a peer that takes nothing, made when the kernel first has no room.</para>
/// <para><b>Thread.</b> The channel's loop. It does not follow the channel to another one: <see cref="StopWatch"/> before, <see cref="Resume"/> after.</para>
/// <para><b>Lifetime.</b> That of its <see cref="HttpChannelHandler"/>, of which it is a part and no object of its own: it must not be copied.</para>
/// <para><b>Limits.</b> One response at a time; <see cref="HttpOptions.WriteStallTimeout"/>.</para>
/// </remarks>
internal struct HttpResponseWriter(HttpChannelHandler handler, IChannelHandlerContext context)
{
    // Status line, Date, Content-Length, Connection, the empty line: a little over 150 bytes at most.
    private const int FixedHeadBytes = 192;
    private const int UpgradeHeadBytes = 256;

    private StallTimer? _stallTimer;

    /// <summary>The exchange whose response is not taken by the kernel yet. Any thread.</summary>
    public HttpExchange? Leaving { get; private set; }

    private readonly ITransportLoop Loop => handler.Loop;

    /// <summary>Writes the response of an exchange.</summary>
    public void Respond(HttpExchange exchange, int status, string? contentType, ReadOnlySpan<byte> body)
    {
        Leaving = exchange;
        var hasBody = exchange.Head.Method != HttpMethod.Head && status is not (204 or 304);
        Write(exchange.Head.MinorVersion, exchange.Headers, status, contentType, body.Length, hasBody ? body : default, hasBody ? exchange.SharedBody : null, exchange.IsLast);
        if (handler.Channel.IsWritable)
        {
            End(isTaken: true);
        }
    }

    /// <summary>A response comes in parts, which somebody else has written.</summary>
    public void BeginParts(HttpExchange exchange) => Leaving = exchange;

    /// <summary>Writes a part of it.</summary>
    /// <returns>Whether the kernel has taken all of it.</returns>
    public bool WritePart(ReadOnlySpan<byte> bytes)
    {
        var buffer = Loop.RentBuffer(bytes.Length);
        bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset, bytes.Length));
        Send(buffer, bytes.Length, null);
        return handler.Channel.IsWritable;
    }

    /// <summary>The last part is written.</summary>
    public void EndParts()
    {
        if (handler.Channel.IsWritable)
        {
            End(isTaken: true);
        }
    }

    /// <summary>Writes an answer of the connection itself, the last one.</summary>
    public void RespondToFault(int status, IReadOnlyList<KeyValuePair<string, string>> headers)
        => Write(1, headers, status, null, 0, default, null, isLast: true);

    /// <summary>Asks for the body of a request that waits to be asked.</summary>
    public void WriteContinue()
    {
        var bytes = "HTTP/1.1 100 Continue\r\n\r\n"u8;
        var buffer = Loop.RentBuffer(bytes.Length);
        bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset, bytes.Length));
        Send(buffer, bytes.Length, null);
    }

    /// <summary>The 101 of an exchange, for the WebSocket connection to send before its frames.</summary>
    public readonly IByteBuffer Upgrade(HttpExchange exchange, ReadOnlySpan<byte> key, string? subprotocol)
    {
        var size = UpgradeHeadBytes + (subprotocol is null ? 0 : HttpResponseHead.HeaderLength("Sec-WebSocket-Protocol", subprotocol));
        foreach (var header in exchange.Headers)
        {
            size += HttpResponseHead.HeaderLength(header.Key, header.Value);
        }

        var buffer = Loop.RentBuffer(size);
        var room = buffer.Array.AsSpan(buffer.ArrayOffset, buffer.Capacity);
        Span<byte> accept = stackalloc byte[WebSocketHandshake.AcceptLength];
        WebSocketHandshake.WriteAccept(key, accept);
        var at = HttpResponseHead.WriteStatusLine(room, 101);
        at += HttpResponseHead.WriteHeader(room[at..], "Upgrade"u8, "websocket"u8);
        at += HttpResponseHead.WriteHeader(room[at..], "Connection"u8, "Upgrade"u8);
        at += HttpResponseHead.WriteHeader(room[at..], "Sec-WebSocket-Accept"u8, accept);
        at += HttpResponseHead.WriteHeader(room[at..], "Cache-Control"u8, "no-store"u8);
        if (subprotocol is not null)
        {
            at += HttpResponseHead.WriteHeader(room[at..], "Sec-WebSocket-Protocol", subprotocol);
        }

        foreach (var header in exchange.Headers)
        {
            at += HttpResponseHead.WriteHeader(room[at..], header.Key, header.Value);
        }

        at += HttpResponseHead.WriteEnd(room[at..]);
        _ = buffer.SetWriterIndex(at);
        return buffer;
    }

    /// <summary>The kernel has room again: it has taken what was written.</summary>
    public void OnWritable()
    {
        StopWatch();
        if (Leaving is { IsInParts: true } exchange)
        {
            exchange.TellWritable();
        }
        else
        {
            End(isTaken: true);
        }
    }

    /// <summary>The response on its way, if there is one, has left or never will.</summary>
    public void End(bool isTaken)
    {
        var exchange = Leaving;
        Leaving = null;
        exchange?.EndResponse(isTaken);
    }

    /// <summary>Whether the peer takes what is written does not matter any longer.</summary>
    public readonly void StopWatch() => _stallTimer?.Stop();

    /// <summary>The channel has come to another loop.</summary>
    public void Resume() => WatchIfFull();

    private void Write(
        int minorVersion, IReadOnlyList<KeyValuePair<string, string>> headers, int status, string? contentType, int length, ReadOnlySpan<byte> body, byte[]? shared,
        bool isLast)
    {
        body = shared is null ? body : default;
        var hasDate = false;
        var size = FixedHeadBytes + body.Length + (contentType is null ? 0 : HttpResponseHead.HeaderLength("Content-Type", contentType));
        for (var i = 0; i < headers.Count; i++)
        {
            size += HttpResponseHead.HeaderLength(headers[i].Key, headers[i].Value);
            hasDate |= headers[i].Key.Equals("Date", StringComparison.OrdinalIgnoreCase);
        }

        var buffer = Loop.RentBuffer(size);
        var room = buffer.Array.AsSpan(buffer.ArrayOffset, buffer.Capacity);
        var at = HttpResponseHead.WriteStatusLine(room, status);
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

        for (var i = 0; i < headers.Count; i++)
        {
            at += HttpResponseHead.WriteHeader(room[at..], headers[i].Key, headers[i].Value);
        }

        if (handler.IsRelayed)
        {
            // The server that has the connection of the peer says how that goes on.
        }
        else if (isLast)
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

    private void Send(IByteBuffer buffer, int length, byte[]? shared)
    {
        _ = buffer.SetWriterIndex(length);
        _ = context.WriteAsync(buffer);
        if (shared is not null)
        {
            _ = context.WriteAsync(Unpooled.WrappedBuffer(shared));
        }

        _ = context.Flush();
        WatchIfFull();
    }

    private void WatchIfFull()
    {
        if (!handler.Channel.IsWritable && handler.IsOpen)
        {
            (_stallTimer ??= new StallTimer(handler.Channel, handler.Options.WriteStallTimeout, handler)).Start();
        }
    }
}
