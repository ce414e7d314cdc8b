namespace Sockeye.Protocol.WebSockets;

/// <summary>A message or control frame as <see cref="WebSocketDecoder"/> hands it out. Valid until the next read of its decoder or the reuse of its input.</summary>
public readonly ref struct WebSocketMessage
{
    internal WebSocketMessage(WebSocketMessageKind kind, ReadOnlySpan<byte> payload, ushort closeCode = 0)
    {
        Kind = kind;
        Payload = payload;
        CloseCode = closeCode;
    }

    /// <summary>What it is.</summary>
    public WebSocketMessageKind Kind { get; }

    /// <summary>The unmasked payload; of a close frame its reason without the code.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The code of a close frame, 1005 when it has none; 0 for everything else.</summary>
    public ushort CloseCode { get; }
}
