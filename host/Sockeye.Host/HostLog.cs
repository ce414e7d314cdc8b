using Microsoft.Extensions.Logging;

namespace Sockeye.Host;

/// <summary>What the host itself logs.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Warning, "{Warning}")]
    public static partial void Machine(ILogger logger, string warning);
}
