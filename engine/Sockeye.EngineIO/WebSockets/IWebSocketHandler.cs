namespace Sockeye.EngineIO.WebSockets;

/// <summary>The events of the sessions of a plain WebSocket endpoint, each on its session's loop. An exception closes that session with 1011.</summary>
public interface IWebSocketHandler
{
    /// <summary>The session is open; what is sent here leaves together with the response to the upgrade.</summary>
    void OnOpen(WebSocketSession session)
    {
    }

    /// <summary>A whole message; text is valid UTF-8. The payload is valid during the call.</summary>
    void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary);

    /// <summary>The outbox has fallen to its low mark after having been at or above its high mark.</summary>
    void OnWritable(WebSocketSession session)
    {
    }

    /// <summary>The session has ended. Called exactly once.</summary>
    void OnClose(WebSocketSession session, in WebSocketClose close)
    {
    }
}
