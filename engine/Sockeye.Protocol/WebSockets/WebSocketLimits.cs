namespace Sockeye.Protocol.WebSockets;

/// <summary>What a peer may send in one message. Immutable, shared by all connections. Zero never means unlimited.</summary>
public sealed record WebSocketLimits
{
    /// <summary>The limits with all their defaults.</summary>
    public static WebSocketLimits Default { get; } = new();

    /// <summary>The longest message in bytes, over all its fragments: 1 to <see cref="Array.MaxLength"/>, default 1,000,000 (as Engine.IO). Over it: 1009.</summary>
    public int MaxMessageBytes { get; init => field = Check(value, Array.MaxLength); } = 1_000_000;

    /// <summary>The most frames of one message, empty ones included: 1 to 2^30, default 1,024 (ws and undici had 131,072, which advisories showed to be too high). Over it: 1008.</summary>
    public int MaxFragments { get; init => field = Check(value, 1 << 30); } = 1024;

    private static int Check(int value, int max) =>
        value >= 1 && value <= max ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"The limit must be 1 to {max}.");
}
