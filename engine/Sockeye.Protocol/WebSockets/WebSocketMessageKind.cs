namespace Sockeye.Protocol.WebSockets;

/// <summary>What a <see cref="WebSocketMessage"/> is.</summary>
public enum WebSocketMessageKind : byte
{
    /// <summary>A whole text message, valid UTF-8.</summary>
    Text,
    /// <summary>A whole binary message.</summary>
    Binary,
    /// <summary>A ping, to be answered by a pong with the same payload.</summary>
    Ping,
    /// <summary>A pong.</summary>
    Pong,
    /// <summary>A close frame; nothing comes after it.</summary>
    Close,
}
