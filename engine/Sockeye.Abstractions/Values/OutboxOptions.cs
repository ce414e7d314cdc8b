using System.ComponentModel.DataAnnotations;

namespace Sockeye;

/// <summary>Bounds of one connection's queue of outgoing messages.</summary>
/// <remarks>Plain data, read with each message; it must not change once the server is made.</remarks>
public sealed class OutboxOptions
{
    /// <summary>Bytes from which on <see cref="EmitResult.AboveHighWatermark"/> is returned and volatile messages are dropped;
    /// half of <see cref="MaxBytes"/> in memory is as much. Default 262,144 (own); 1,024 to 2^30, at most <see cref="MaxBytes"/>.</summary>
    [Range(1024, 1 << 30)]
    public int HighWatermarkBytes { get; set; } = 256 << 10;

    /// <summary>Bytes at which a socket that was at or above the high watermark hears that it can go on: <see cref="BroadcastTarget.OnWritable(Action{SockeyeSocket})"/>.
    /// Default 65,536 (own); 0 to <see cref="HighWatermarkBytes"/>.</summary>
    [Range(0, 1 << 30)]
    public int LowWatermarkBytes { get; set; } = 64 << 10;

    /// <summary>Bytes of memory that queued messages never exceed, buffers and objects included (168 at least for each), except by one message taken below the high watermark. Default 8,388,608 (own; Centrifugo 1 MiB, NATS 64 MiB); 1,024 to 2^30.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBytes { get; set; } = 8 << 20;

    /// <summary>Messages that are never exceeded. Default 65,536 (own); 1 to 2^24.</summary>
    [Range(1, 1 << 24)]
    public int MaxMessages { get; set; } = 65536;

    /// <summary>What happens when a message does not fit. Default <see cref="OutboxPolicy.Disconnect"/>.</summary>
    public OutboxPolicy WhenFull { get; set; } = OutboxPolicy.Disconnect;
}
