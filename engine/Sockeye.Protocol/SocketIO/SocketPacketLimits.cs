namespace Sockeye.Protocol.SocketIO;

/// <summary>What a Socket.IO packet may cost before it is refused. Immutable; share one instance.</summary>
public sealed record SocketPacketLimits
{
    /// <summary>The defaults.</summary>
    public static SocketPacketLimits Default { get; } = new();

    /// <summary>Most attachments that a packet may announce, 1 and up. Default 10, as Socket.IO.</summary>
    public int MaxAttachments { get; init; } = 10;

    /// <summary>Most nested arrays and objects, the payload's own array included, 1 to 64. Default 64, as System.Text.Json.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Most UTF-8 bytes of an event name, escapes resolved. Default 255, as a room or channel name of Centrifugo.</summary>
    public int MaxEventNameBytes { get; init; } = 255;

    /// <summary>Most bytes of a namespace name, the slash included, a query string not. Default 255, as <see cref="MaxEventNameBytes"/>.</summary>
    public int MaxNamespaceBytes { get; init; } = 255;
}
