using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye.Hosting;

namespace Sockeye.Host.Lifecycle;

/// <summary>What the host is to whoever started it: a service of systemd or of Windows, or the next process at listeners that another one still has.</summary>
internal static class HostLifecycle
{
    /// <summary>Adds what speaks with the manager of services.</summary>
    public static void Add(HostApplicationBuilder builder, IConfiguration settings)
    {
        // Of no effect unless the process is a service of Windows.
        builder.Services.AddWindowsService(windows => windows.ServiceName = "Sockeye");
        builder.Services.AddSingleton(static services => SystemdNotifier.Take(services.GetRequiredService<ILoggerFactory>().CreateLogger("Sockeye.Host")));
        builder.Services.AddHostedService(services => new SystemdService(
            services.GetRequiredService<SockeyeServer>(),
            () => Ending(settings),
            services.GetRequiredService<SystemdNotifier>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger("Sockeye.Host")));
    }

    /// <summary>How long the server drains, and then stops; both may have changed since the start.</summary>
    private static (TimeSpan Drain, TimeSpan Stop) Ending(IConfiguration settings)
    {
        SockeyeServerOptions options = new();
        options.Bind(settings, HostConfiguration.OwnKeys);
        return (options.DrainTime, options.StopTimeout);
    }

    /// <summary>Whether another process may listen where this one does.</summary>
    public static bool SharesListeners(IConfiguration settings, InheritedSockets inherited) => inherited.Any || ReusesPort(settings);

    /// <summary>Whether the listeners of the host are open to further processes.</summary>
    public static bool ReusesPort(IConfiguration settings) => bool.TryParse(settings[nameof(SockeyeServerOptions.ReusePort)], out var value) && value;
}
