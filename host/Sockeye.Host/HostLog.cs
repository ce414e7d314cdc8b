using Microsoft.Extensions.Logging;

namespace Sockeye.Host;

/// <summary>What the host itself logs.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 1, Message = "{Finding}")]
    public static partial void Machine(ILogger logger, LogLevel level, string finding);
}
