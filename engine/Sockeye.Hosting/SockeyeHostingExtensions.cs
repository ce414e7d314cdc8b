using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sockeye.Hosting;

/// <summary>Puts a server into a Generic Host: started with it, drained when it stops (within the host's own <c>ShutdownTimeout</c>), reachable as the service <see cref="SockeyeServer"/>.</summary>
public static class SockeyeHostingExtensions
{
    /// <summary>Adds a server whose options stand in the section <c>Sockeye</c> of the host's configuration.</summary>
    /// <param name="host">The host.</param>
    /// <param name="configure">Handlers, plugins, routes.</param>
    /// <returns>The host.</returns>
    public static IHostBuilder UseSockeye(this IHostBuilder host, Action<SockeyeHostBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(configure);
        return host.ConfigureServices((context, services) => services.AddSockeye(context.Configuration.GetSection("Sockeye"), ["Plugins"], configure));
    }

    /// <summary>Adds a server.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">Where its options stand; null: nowhere. An unknown key or a bad value keeps the server from being created.</param>
    /// <param name="foreign">Top-level keys of the section that belong to others, such as <c>Plugins</c>.</param>
    /// <param name="configure">Handlers, plugins, routes.</param>
    /// <returns>The services.</returns>
    /// <remarks>Creating the server throws <see cref="SockeyeConfigurationException"/> with all faults when the configuration has any.</remarks>
    public static IServiceCollection AddSockeye(
        this IServiceCollection services, IConfiguration? section, IReadOnlyList<string> foreign, Action<SockeyeHostBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var host = new SockeyeHostBuilder(services, section);
        configure(host);
        services.AddSingleton(provider => host.Build(provider, builder =>
        {
            builder.LoggerFactory = provider.GetService<ILoggerFactory>();
            builder.MeterFactory = provider.GetService<IMeterFactory>();
            builder.Time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
            if (provider.GetService<IHostEnvironment>() is { } environment)
            {
                builder.Options.Development = environment.IsDevelopment();
            }

            if (section is not null)
            {
                builder.Options.Bind(section, foreign);
            }
        }));
        services.AddHostedService<SockeyeHostedService>();
        return services;
    }

    /// <summary>Refused: the host is built when the callback returns.</summary>
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static IHostBuilder UseSockeye(this IHostBuilder host, Func<SockeyeHostBuilder, Task> configure) => throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <summary>Refused: the host is built when the callback returns.</summary>
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static IServiceCollection AddSockeye(
        this IServiceCollection services, IConfiguration? section, IReadOnlyList<string> foreign, Func<SockeyeHostBuilder, Task> configure) =>
        throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <summary>Fills options from configuration and checks their ranges.</summary>
    /// <param name="options">The options; what the configuration does not name keeps its value.</param>
    /// <param name="section">Where the settings stand.</param>
    /// <param name="foreign">Top-level keys of the section that belong to others.</param>
    /// <exception cref="SockeyeConfigurationException">There are unknown keys or bad values; the message names all of them.</exception>
    public static void Bind(this SockeyeServerOptions options, IConfiguration section, params IReadOnlyList<string> foreign)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(section);
        var faults = OptionBinding.Bind(section, options, foreign);
        faults.AddRange(options.Validate());
        if (faults.Count > 0)
        {
            throw new SockeyeConfigurationException(faults);
        }
    }

    /// <summary>The configuration keys that <see cref="Bind"/> knows, with their defaults as text; for help texts and documents.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ConfigurationKeys()
    {
        var defaults = new SockeyeServerOptions();
        foreach (var key in OptionKey.Of(defaults))
        {
            var value = key.Get(defaults);
            var text = key.IsList ? string.Join(';', (IEnumerable<string>?)value ?? []) : FormattableString.Invariant($"{value}");
            yield return new KeyValuePair<string, string>(key.Name, text);
        }
    }
}
