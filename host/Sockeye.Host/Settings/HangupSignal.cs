using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Sockeye.Host.Settings;

/// <summary>SIGHUP, which comes from those who want settings read again, and when a terminal closes. It ends nothing: the settings are read again.</summary>
internal static class HangupSignal
{
    /// <param name="reload">What is done then.</param>
    /// <param name="loggers">Where it is told.</param>
    /// <returns>The registration; disposing it gives the signal back its meaning.</returns>
    public static PosixSignalRegistration Register(SettingsReload reload, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Sockeye.Host");
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            HostLog.Hangup(logger);
            _ = Task.Run(reload.RunAsync);
        });
    }
}
