using Microsoft.Extensions.Logging;

namespace Sockeye.Host;

/// <summary>What the host itself logs, event ids 2300 to 2399.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 2300, Message = "{Finding}")]
    public static partial void Machine(ILogger logger, LogLevel level, string finding);

    [LoggerMessage(EventId = 2301, Level = LogLevel.Information, Message = "SIGHUP is ignored: settings are read at the start; SIGTERM ends the server")]
    public static partial void Hangup(ILogger logger);
}
