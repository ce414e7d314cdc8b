using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>SIGHUP, which comes from those who want settings read again, and when a terminal closes. It ends nothing: the configuration is read again, then the folders of plugins.</summary>
/// <remarks>Options of the server itself hold until it is started again. One signal is worked on at a time.</remarks>
internal static class HangupSignal
{
    /// <param name="args">The arguments behind the command.</param>
    /// <param name="settings">The settings, which plugins have sections of.</param>
    /// <param name="server">Its plugins are reloaded.</param>
    /// <param name="state">Hears what became of it.</param>
    /// <param name="loggers">Where it is told.</param>
    /// <returns>The registration; disposing it gives the signal back its meaning.</returns>
    public static PosixSignalRegistration Register(string[] args, IConfigurationRoot settings, SockeyeServer server, ConfigurationState state, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Sockeye.Host");
        var turn = new SemaphoreSlim(1, 1);
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _ = Task.Run(() => ReloadAsync(args, settings, server, state, logger, turn));
        });
    }

    private static async Task ReloadAsync(string[] args, IConfigurationRoot settings, SockeyeServer server, ConfigurationState state, ILogger logger, SemaphoreSlim turn)
    {
        await turn.WaitAsync();
        try
        {
            HostLog.Hangup(logger);

            // Apart first: a file that is no JSON would leave the settings empty.
            HostConfiguration.Read(args);
            settings.Reload();
            foreach (var fault in BuiltInPlugins.Faults(settings))
            {
                HostLog.SectionOfNone(logger, fault);
            }

            foreach (var id in BuiltInPlugins.In(settings).Where(id => server.Plugins.All.All(running => running.Id != id)))
            {
                HostLog.PluginWaits(logger, id);
            }

            await server.Plugins.ReloadAsync();
            state.Take([]);
            HostLog.Reloaded(logger);
        }
        catch (Exception fault) when (fault is HostConfigurationException or SockeyeConfigurationException)
        {
            state.Refuse(fault.Message.Split('\n'));
            HostLog.NotReloaded(logger, fault.Message);
        }
#pragma warning disable CA1031 // Nobody waits for this; what happens is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            state.Refuse([failure.Message]);
            HostLog.ReloadFailed(logger, failure);
        }
        finally
        {
            turn.Release();
        }
    }
}
