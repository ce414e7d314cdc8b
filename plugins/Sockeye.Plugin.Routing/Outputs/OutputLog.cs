using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>The log lines of outputs and of what comes in. None has an address, a secret or the contents of an event.</summary>
internal static partial class OutputLog
{
    [LoggerMessage(3150, LogLevel.Warning, "Routing: {Name} did not deliver: {Counts}.")]
    public static partial void Dropped(ILogger logger, string name, string counts);

    [LoggerMessage(3151, LogLevel.Warning, "Routing: output \"{Name}\" ended; events that had not left within {Seconds} s: {Count}.")]
    public static partial void Ended(ILogger logger, string name, int count, double seconds);

    [LoggerMessage(3152, LogLevel.Information, "Routing: output \"{Name}\" waits for its target: {Why}.")]
    public static partial void Waiting(ILogger logger, string name, string why);

    [LoggerMessage(3153, LogLevel.Information, "Routing: output \"{Name}\" delivers again.")]
    public static partial void Recovered(ILogger logger, string name);

    [LoggerMessage(3154, LogLevel.Error, "Routing: \"{Name}\" failed in a way that it should not.")]
    public static partial void Fault(ILogger logger, Exception failure, string name);
}
