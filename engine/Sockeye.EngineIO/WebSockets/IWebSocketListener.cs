namespace Sockeye.EngineIO.WebSockets;

/// <summary>What a <see cref="WebSocketChannelHandler"/> tells its owner. All members are called on the connection's loop.</summary>
/// <remarks>An exception is logged and closes that connection with 1011; it never reaches the pipeline.</remarks>
public interface IWebSocketListener
{
    /// <summary>A whole text or binary message. Text is valid UTF-8. The payload is valid during the call.</summary>
    void OnMessage(WebSocketChannelHandler webSocket, ReadOnlySpan<byte> payload, bool isBinary);

    /// <summary>The connection delivers and sends nothing more. Called exactly once.</summary>
    void OnClosed(WebSocketChannelHandler webSocket, in WebSocketClose close);
}
