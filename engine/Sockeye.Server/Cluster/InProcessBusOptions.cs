using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace Sockeye;

/// <summary>Bounds of an <see cref="InProcessBus"/>, and where it logs.</summary>
public sealed class InProcessBusOptions
{
    /// <summary>Bytes of the longest message. Default 1,048,576 (NATS); 1,024 to 67,108,864.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxMessageBytes { get; set; } = 1024 * 1024;

    /// <summary>Messages that may wait for one subscription whose receiver is behind; further ones are dropped for it. Default 16,384 (the .NET client of NATS); 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int PendingMessages { get; set; } = 16_384;

    /// <summary>Bytes that may wait for one subscription; a message of any size is taken while none waits. Default 8,388,608 (own, as an outbox); 1,024 to 2^30.</summary>
    [Range(1024, 1 << 30)]
    public int PendingBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Loggers; null: nothing is logged, and <see cref="InProcessBus.Dropped"/> and <see cref="InProcessBus.ReceiverFaults"/> count all the same.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock by which repeated log lines are limited. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;
}
