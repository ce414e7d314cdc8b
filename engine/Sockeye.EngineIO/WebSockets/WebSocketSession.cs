using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>SKELETON.</summary>
public interface IWebSocketHandler
{
    /// <summary>Open.</summary>
    void OnOpen(WebSocketSession session)
    {
    }
    /// <summary>Message.</summary>
    void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary);
    /// <summary>Writable again.</summary>
    void OnWritable(WebSocketSession session)
    {
    }
    /// <summary>Closed, once.</summary>
    void OnClose(WebSocketSession session, in WebSocketClose close)
    {
    }
}

/// <summary>SKELETON.</summary>
public sealed class WebSocketEndpointOptions
{
    /// <summary>Limits of incoming messages.</summary>
    public WebSocketLimits Limits { get; init; } = new();
    /// <summary>Outbox.</summary>
    public OutboxOptions Outbox { get; init; } = new();
}

/// <summary>SKELETON.</summary>
public sealed class WebSocketSession
{
    internal WebSocketSession() { }
    /// <summary>Request.</summary>
    public HttpRequestHead Request => throw new NotImplementedException();
    /// <summary>Any.</summary>
    public object? State { get; set; }
    /// <summary>Sends.</summary>
    public EmitResult Send(ReadOnlySpan<byte> payload, bool isBinary) => throw new NotImplementedException();
    /// <summary>Closes.</summary>
    public void Close(ushort code = 1000, string? reason = null) => throw new NotImplementedException();
}
