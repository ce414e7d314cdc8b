using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Sockeye.Host;

/// <summary>SIGHUP, which comes when a terminal closes, and from those who want settings read again. It ends nothing; settings are read at the start alone.</summary>
internal static class HangupSignal
{
    /// <returns>The registration; disposing it gives the signal back its meaning.</returns>
    public static PosixSignalRegistration Ignore(ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Sockeye.Host");
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            HostLog.Hangup(logger);
        });
    }
}
