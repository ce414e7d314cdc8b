using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye;
using Sockeye.Host;
using Sockeye.Hosting;

if (args.Contains("--help"))
{
    HostHelp.Print(Console.Out);
    return 0;
}

try
{
    using IHost host = BuildHost(args);
    var server = host.Services.GetRequiredService<SockeyeServer>();
    await host.StartAsync();
    foreach (EndPoint endPoint in server.Endpoints)
    {
        Console.WriteLine($"Sockeye listens on http://{endPoint}");
    }

    await host.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is SockeyeConfigurationException or HostConfigurationException or IOException or FormatException)
{
    // What an operator can mend gets a sentence, not a stack.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

static IHost BuildHost(string[] args)
{
    // The settings are a configuration of their own: the builder's holds keys of the Generic Host, which would count as unknown.
    IConfigurationRoot settings = HostConfiguration.Read(args);
    var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
    builder.Logging.AddConfiguration(settings.GetSection("Logging"));
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a failed start is told below, without a stack
    builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
    builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
    bool playground = HostConfiguration.Playground(settings);
    builder.Services.AddSockeye(settings, HostConfiguration.OwnKeys, sockeye =>
    {
        if (playground)
        {
            sockeye.Configure(Playground.AddPage).Map(Playground.AddEvents);
        }
    });
    return builder.Build();
}
