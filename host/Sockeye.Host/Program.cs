using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye;
using Sockeye.Host;
using Sockeye.Host.Doctor;
using Sockeye.Host.Playground;
using Sockeye.Hosting;

if (args.Contains("--help"))
{
    HostHelp.Print(Console.Out);
    return 0;
}

try
{
    if (args is [DoctorCommand.Name, .. string[] rest])
    {
        return DoctorCommand.Run(rest, Console.Out);
    }

    var settings = HostConfiguration.Read(args);
    var playground = HostConfiguration.Playground(settings);
    using var host = BuildHost(settings, playground);
    var server = host.Services.GetRequiredService<SockeyeServer>();
    await host.StartAsync();
    foreach (var endPoint in server.Endpoints)
    {
        Console.WriteLine($"Sockeye listens on http://{endPoint}");
    }

    if (playground)
    {
        Console.WriteLine("Open that address in two tabs of a browser; --playground false leaves the page out.");
    }

    await host.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is SockeyeConfigurationException or HostConfigurationException or IOException or InvalidDataException)
{
    // What an operator can mend gets a sentence, not a stack.
    await Console.Error.WriteLineAsync(e is InvalidDataException { InnerException: { } cause } ? $"{e.Message} {cause.Message}" : e.Message);
    return 1;
}

static IHost BuildHost(IConfigurationRoot settings, bool playground)
{
    // The settings are a configuration of their own: the builder's holds keys of the Generic Host, which would count as unknown.
    var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
    {
        DisableDefaults = true,
        EnvironmentName = new SockeyeServerOptions().Development ? Environments.Development : Environments.Production,
    });
    builder.Logging.AddConfiguration(settings.GetSection("Logging"));
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a failed start is told below, without a stack
    builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
    builder.Services.Configure<HostOptions>(own => own.ShutdownTimeout = Timeout.InfiniteTimeSpan); // DrainTime and StopTimeout bound the end
    builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
    builder.AddSockeye(sockeye =>
    {
        sockeye.UseConfiguration(settings, HostConfiguration.OwnKeys).Configure(MachineLimits.Apply);
        if (playground)
        {
            sockeye.Configure(PlaygroundApp.AddPage).Map(PlaygroundApp.AddEvents);
        }
    });
    return builder.Build();
}
