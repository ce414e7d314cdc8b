using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Loops;

/// <summary>What the loops of one transport share: settings, the count of connections, where failures go. It owns the count.</summary>
/// <remarks>Any thread. Lives as long as the transport.</remarks>
internal sealed class LoopSettings
{
    internal LoopSettings() => Pool = new PoolContext(this);

    /// <summary>What the loops are called, without their numbers.</summary>
    internal string Name { get; init; } = TransportOptions.DefaultLoopName;

    internal ILogger Logger { get; init; } = NullLogger.Instance;

    internal TimeSpan StallThreshold { get; init; } = TimeSpan.FromMilliseconds(100);

    internal TimeSpan BlockThreshold { get; init; } = TimeSpan.FromMilliseconds(500);

    internal TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal TimeSpan LingerTime { get; init; } = TimeSpan.FromSeconds(30);

    internal int LingerBytes { get; init; } = 16 * 1024 * 1024;

    internal ConnectionLimit Connections { get; init; } = new(0);

    /// <summary>Hears of failures of the application; null: they are logged.</summary>
    internal IApplicationFailures? Failures { get; set; }

    /// <summary>Where application code runs that is on no loop.</summary>
    internal PoolContext Pool { get; }

    /// <summary>The name of one of the loops, and of its thread.</summary>
    internal string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{Name}-{index}");

    /// <summary>A listener has no room for another connection: tells which limit says so, and counts the pause. Any thread.</summary>
    internal void TellLimit(IPEndPoint endPoint, ListenerLimit? listener)
    {
        listener?.Paused();
        if (listener is { Connections.IsReached: true })
        {
            if (listener.Connections.TryTell())
            {
                TransportLog.ListenerLimitReached(Logger, listener.Name, endPoint, listener.ConnectionCount);
            }
        }
        else if (Connections.TryTell())
        {
            TransportLog.ConnectionLimitReached(Logger, endPoint, Connections.Count);
        }
    }

    /// <summary>Hands a failure of the application on, or logs it. Any thread.</summary>
    internal void ReportApplication(Exception exception, string where)
    {
        if (Failures is not { } failures)
        {
            TransportLog.ApplicationFailed(Logger, exception, where);
            return;
        }

        try
        {
            failures.Failed(exception, where);
        }
        catch (Exception second)
        {
            TransportLog.ApplicationFailed(Logger, exception, where);
            TransportLog.ApplicationFailed(Logger, second, where);
        }
    }
}
