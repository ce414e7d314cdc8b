using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Lifecycle;
using Sockeye.Hosting;

namespace Sockeye.Host.Administration;

/// <summary>The listener of operators: a server of its own beside that of clients, with its own loop, routes and limits (docs/adr/0071-administration.md).</summary>
/// <remarks>It starts before the server of clients and stops after it, so that a start that hangs and a drain are seen.</remarks>
internal static class HostAdministration
{
    /// <summary>Its key among the servers of the host, and its tag in metrics.</summary>
    public const string Key = "administration";

    /// <summary>What its loop is called; with the number behind it, as much as Linux shows of a thread's name.</summary>
    private const string LoopName = "sockeye-admin";

    /// <summary>Adds the listener, if the settings ask for it. To be called before the server of clients is added, or behind it where another process may listen there too.</summary>
    /// <param name="builder">Of the host.</param>
    /// <param name="settings">Of the host.</param>
    /// <param name="inherited">Sockets that were handed over.</param>
    /// <exception cref="SockeyeConfigurationException">The section has faults.</exception>
    public static void Add(HostApplicationBuilder builder, IConfiguration settings, InheritedSockets inherited)
    {
        if (AdministrationSettings.Read(settings, inherited.Administration.Listeners) is not { } administration)
        {
            return;
        }

        builder.Services.AddSingleton(administration);
        if (RuntimeFeature.IsDynamicCodeCompiled)
        {
            builder.Services.AddHostedService(static services => new WarmUp(services.GetService<Untraced>(), Logger(services)));
        }

        builder.Services.AddSingleton(services => new AdministrationAccess(administration, services.GetRequiredService<TimeProvider>(), PasswordHash.Verify));
        HostMetrics.Add(builder.Services);
        builder.Services.AddSingleton(services =>
        {
            var meters = services.GetRequiredService<IMeterFactory>();
            return new MetricCollector(instrument => HostMeters.IsShown(instrument, meters));
        });
        builder.Services.Configure<SockeyeServerOptions>(Key, options =>
        {
            AdministrationSettings.Defaults(options);
            options.ReusePort = HostLifecycle.ReusesPort(settings);
        });
        builder.AddKeyedSockeye(Key)
            .UseConfiguration(administration.Configuration, AdministrationSettings.OwnKeys)
            .Configure(inherited.Administration.Apply)
            .Configure((made, services) =>
            {
                made.LoopName = LoopName;
                Map(new AdministrationRoutes(made, services.GetRequiredService<AdministrationAccess>(), Logger(services)), services);
                AdminUiAccess.Guard(made, services.GetRequiredService<AdministrationAccess>());
            })
            .Map((server, services) => AdminUi.Map(server, services.GetRequiredService<SockeyeServer>, services.GetRequiredService<AdministrationAccess>(), services.GetRequiredService<TimeProvider>(), Logger(services)));
    }

    // The server of clients is asked for when a request comes: it is made after this one.
    private static void Map(AdministrationRoutes routes, IServiceProvider services)
    {
        ServerFacts.Map(routes, services.GetRequiredService<SockeyeServer>);
        AdministrationApi.Map(routes, services.GetRequiredService<SockeyeServer>, Logger(services));
        AdministrationPage.Map(routes);
        services.GetRequiredService<HostHealth>().Map(routes);
        var collector = services.GetRequiredService<MetricCollector>();
        services.GetRequiredService<HostMetrics>();
        new MetricsPage(collector, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>().CreateLogger("Sockeye.Host")).Map(routes);
    }

    private static ILogger Logger(IServiceProvider services) => services.GetRequiredService<ILoggerFactory>().CreateLogger("Sockeye.Host");
}
