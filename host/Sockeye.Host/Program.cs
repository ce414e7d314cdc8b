using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye;
using Sockeye.Host;
using Sockeye.Host.Administration;
using Sockeye.Host.Check;
using Sockeye.Host.Config;
using Sockeye.Host.Doctor;
using Sockeye.Host.Health;
using Sockeye.Host.Lifecycle;
using Sockeye.Host.Playground;
using Sockeye.Host.Routing;
using Sockeye.Host.Settings;
using Sockeye.Host.Telemetry;
using Sockeye.Host.Token;
using Sockeye.Hosting;

const string EndedEarly = "Sockeye was asked to end while it started, and has.";
IConfigurationRoot? settings = null;
EndSignals? ending = null;
try
{
    var (command, rest) = HostArguments.Parse(args);
    switch (command)
    {
        case HostCommand.Help:
            HostHelp.Print(rest, Console.Out);
            return 0;
        case HostCommand.Version:
            Console.WriteLine(HostHelp.Version);
            return 0;
        case HostCommand.Check:
            return await CheckCommand.RunAsync(rest, Console.Out, Console.Error);
        case HostCommand.Config:
            return ConfigCommand.Run(rest, Console.Out);
        case HostCommand.Token:
            return await TokenCommand.RunAsync(rest, rest is ["hash", ..] ? HiddenInput.OfConsole(Console.Error) : Console.In, Console.Out);
        case HostCommand.Doctor:
            return DoctorCommand.Run(rest, Console.Out);
        case HostCommand.Health:
            return HealthCommand.Run(rest, Console.Out, Console.Error);
        case HostCommand.Route:
            return RouteCommand.Run(rest, Console.Out, Console.Error);
    }

    ending = EndSignals.Register();
    settings = HostConfiguration.Read(rest);
    var read = FileStamps.Of(settings);
    BuiltInPlugins.Check(settings);
    await ServeAsync(rest, settings, read, ending);
    return ending.Exit(0);
}
catch (OperationCanceledException) when (ending is { IsAsked: true })
{
    await HostLogging.People(settings).WriteLineAsync(EndedEarly);
    return ending.Exit(0);
}
catch (Exception e) when (HostFailure.Of(e, settings) is { } failure)
{
    // What an operator can mend gets a sentence, not a stack.
    foreach (var line in failure.Lines)
    {
        await Console.Error.WriteLineAsync($"{HostHelp.Name}: {line}");
    }

    if (HostConfiguration.IsDebug(settings))
    {
        await Console.Error.WriteLineAsync(e.ToString());
    }

    return ending?.Exit(failure.ExitCode) ?? failure.ExitCode;
}

static async Task ServeAsync(string[] rest, IConfigurationRoot settings, FileStamps read, EndSignals ending)
{
    var playground = HostConfiguration.Playground(settings);
    using var host = BuildHost(settings, playground, InheritedSockets.Take(settings, AdministrationSettings.Section, AdministrationSettings.DefaultUrl));
    var server = host.Services.GetRequiredService<SockeyeServer>();
    var loggers = host.Services.GetRequiredService<ILoggerFactory>();
    ending.Allow(host.Services.GetRequiredService<IOptions<SockeyeServerOptions>>().Value);
    using var reload = new SettingsReload(rest, settings, server, host.Services.GetService<AdministrationAccess>(), host.Services.GetRequiredService<ConfigurationState>(), host.Services.GetRequiredService<SystemdNotifier>(), loggers) { Taken = ending.Allow };
    using var hangup = HangupSignal.Register(reload, loggers);
    await host.StartAsync(ending.Token);
    Tell(host, server, settings, playground, ending);
    using var watch = HostConfiguration.WatchSettings(settings) ? new SettingsWatch(read, () => FileStamps.Of(settings), () => _ = reload.RunAsync(), TimeProvider.System) : null;
    reload.Reading = watch is null ? null : watch.OnRead;
    await host.WaitForShutdownAsync(ending.Token);
}

static void Tell(IHost host, SockeyeServer server, IConfiguration settings, bool playground, EndSignals ending)
{
    var people = HostLogging.People(settings);
    if (ending.IsAsked)
    {
        people.WriteLine(EndedEarly);
        return;
    }

    foreach (var address in Addresses.Of(server))
    {
        people.WriteLine($"Sockeye listens on {address}");
    }

    if (host.Services.GetKeyedService<SockeyeServer>(HostAdministration.Key) is { } administration)
    {
        people.WriteLine($"Operators reach it on {string.Join(", ", administration.Endpoints.Select(static endPoint => $"http://{endPoint}"))}");
    }

    people.WriteLine(playground && server.Listeners.Count > 1
        ? $"The playground page is {(Addresses.OfPages(server) is { } page ? $"on {page}: open it in two tabs of a browser" : "on no listener, since none has the route Files")}; --playground false leaves it out."
        : playground
        ? "Open that address in two tabs of a browser; --playground false leaves the page out."
        : "The playground page is off; --playground serves it. Ctrl-C ends the server.");
}

static IHost BuildHost(IConfigurationRoot settings, bool playground, InheritedSockets inherited)
{
    // The settings are a configuration of their own: the builder's holds keys of the Generic Host, which would count as unknown.
    var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
    {
        DisableDefaults = true,
        EnvironmentName = HostConfiguration.Development(settings) ? Environments.Development : Environments.Production,
    });
    HostLogging.Add(builder.Logging, settings);
    builder.Services.Configure<HostOptions>(own => own.ShutdownTimeout = Timeout.InfiniteTimeSpan); // DrainTime and StopTimeout bound the end
    builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
    builder.Services.AddSingleton<ConfigurationState>();
    HostTelemetry.Add(builder, settings);
    HostLifecycle.Add(builder, settings);
    var sharesListeners = HostLifecycle.SharesListeners(settings, inherited);
    if (!sharesListeners)
    {
        HostAdministration.Add(builder, settings, inherited);
    }

    builder.AddSockeye(sockeye =>
    {
        sockeye.UseConfiguration(settings, HostConfiguration.OwnKeys).Configure(made => MachineLimits.Apply(made, HostConfiguration.OperatorConnections(settings))).Configure(inherited.Clients.Apply)
            .Configure(made => made.LocateFault = fault => new SettingPlaces(settings).Of(fault).ToString());
        BuiltInPlugins.Add(sockeye, settings);
        HostCluster.Add(sockeye, settings);
        if (playground)
        {
            sockeye.Configure(PlaygroundApp.AddPage).Map(PlaygroundApp.AddEvents);
        }
    });
    if (sharesListeners)
    {
        // Operators reach the process that is ready: the new one when it takes clients, and the old one no longer once it drains.
        HostAdministration.Add(builder, settings, inherited);
    }

    return builder.Build();
}
