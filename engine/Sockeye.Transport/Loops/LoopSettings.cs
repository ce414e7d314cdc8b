using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sockeye.Transport;

/// <summary>What the loops of one transport share.</summary>
internal sealed class LoopSettings
{
    internal ILogger Logger { get; init; } = NullLogger.Instance;

    internal TimeSpan StallThreshold { get; init; } = TimeSpan.FromMilliseconds(100);

    internal TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal ConnectionLimit Connections { get; init; } = new(0);

    internal static LoopSettings From(TransportOptions options) => From(options, options.MaxConnections);

    internal static LoopSettings From(TransportOptions options, int maxConnections) => new()
    {
        Logger = options.LoggerFactory is { } loggers ? new GuardedLogger(loggers.CreateLogger("Sockeye.Transport")) : NullLogger.Instance,
        StallThreshold = options.StallThreshold,
        CloseTimeout = options.CloseTimeout,
        Connections = new ConnectionLimit(maxConnections),
    };
}
