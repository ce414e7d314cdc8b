namespace Sockeye.Protocol.WebSockets;

/// <summary>Which end of a WebSocket a codec works for: it decides who masks.</summary>
public enum WebSocketRole : byte
{
    /// <summary>Reads masked frames, writes unmasked ones.</summary>
    Server,
    /// <summary>Reads unmasked frames, writes masked ones.</summary>
    Client,
}
