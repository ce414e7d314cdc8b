namespace Sockeye.Protocol.WebSockets;

/// <summary>The result of one <see cref="WebSocketDecoder.Read"/>.</summary>
public enum WebSocketReadStatus : byte
{
    /// <summary>The input is used up.</summary>
    NeedMore,
    /// <summary>A message was read; there may be more in the input.</summary>
    Message,
    /// <summary>The peer broke the protocol or a limit; nothing more is read.</summary>
    Failed,
}
