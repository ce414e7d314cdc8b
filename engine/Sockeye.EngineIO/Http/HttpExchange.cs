using System.Net;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>One request and its one response. Belongs to the connection's loop: all members are for that loop only.</summary>
public sealed class HttpExchange
{
    internal HttpExchange() { }
    internal IHttpHandler Handler { get; set; } = null!;
    /// <summary>The request's head.</summary>
    public HttpRequestHead Head => throw new NotImplementedException();
    /// <summary>The loop of the connection.</summary>
    public ITransportLoop Loop => throw new NotImplementedException();
    /// <summary>The peer.</summary>
    public IPEndPoint RemoteEndPoint => throw new NotImplementedException();
    /// <summary>TLS.</summary>
    public bool IsSecure => Head is null;
    /// <summary>For the handler.</summary>
    public object? State { get; set; }
    /// <summary>A response or an upgrade was given.</summary>
    public bool IsResponded { get; private set; }
    /// <summary>The peer is gone.</summary>
    public bool IsAborted { get; private set; }
    /// <summary>Adds a response header.</summary>
    public void AddHeader(string name, string value) => throw new NotImplementedException();
    /// <summary>Reads the whole body, then OnBody.</summary>
    public void ReadBody(long maxBytes) => throw new NotImplementedException();
    /// <summary>Answers.</summary>
    public void Respond(int status, string? contentType, ReadOnlySpan<byte> body) => throw new NotImplementedException();
    /// <summary>Answers, then closes the connection (lingering).</summary>
    public void RespondAndClose(int status, string? contentType, ReadOnlySpan<byte> body) => throw new NotImplementedException();
    /// <summary>Moves to another loop.</summary>
    public void MoveTo(ITransportLoop loop, Action<HttpExchange> arrived) => throw new NotImplementedException();
    /// <summary>Checks the WebSocket handshake; answers 400/426 itself and returns false when it is bad.</summary>
    public bool ValidateUpgrade() => throw new NotImplementedException();
    /// <summary>101. Call <see cref="ValidateUpgrade"/> before.</summary>
    public WebSocketConnection Upgrade(IWebSocketListener listener, WebSocketLimits limits, string? subprotocol = null) => throw new NotImplementedException();
    /// <summary>Resets the connection.</summary>
    public void Abort() => throw new NotImplementedException();
}
