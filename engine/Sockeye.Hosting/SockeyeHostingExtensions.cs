using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting;

/// <summary>Puts servers into a host: started with it, drained when it stops (within the host's own <c>ShutdownTimeout</c>), reachable as the service <see cref="SockeyeServer"/>.</summary>
/// <remarks>The options stand in the section <c>Sockeye</c> of the configuration, and may be changed by <c>services.Configure&lt;SockeyeServerOptions&gt;</c>. Loggers, meters and the clock
/// (<see cref="TimeProvider"/>) are those of the container. What is wrong with the options keeps the host from starting (<see cref="SockeyeConfigurationException"/>).</remarks>
public static class SockeyeHostingExtensions
{
    /// <summary>Adds a server, or goes on with the one that was added.</summary>
    /// <param name="builder">The host, or web application.</param>
    /// <param name="configure">Handlers, plugins, routes; null: what is done with the result.</param>
    /// <returns>What the server is made of.</returns>
    public static SockeyeHostBuilder AddSockeye(this IHostApplicationBuilder builder, Action<SockeyeHostBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Services.AddSockeye(configure);
    }

    /// <inheritdoc cref="AddSockeye(IHostApplicationBuilder, Action{SockeyeHostBuilder}?)" path="/*[not(self::param)]" />
    /// <param name="services">The services.</param>
    /// <param name="configure">Handlers, plugins, routes; null: what is done with the result.</param>
    public static SockeyeHostBuilder AddSockeye(this IServiceCollection services, Action<SockeyeHostBuilder>? configure = null) => Add(services, null, configure);

    /// <summary>Adds a further server, which is the keyed service <see cref="SockeyeServer"/>: <c>[FromKeyedServices("admin")] SockeyeServer server</c>.</summary>
    /// <param name="builder">The host, or web application.</param>
    /// <param name="key">Its key, which is also the name of its options; they stand in the section <c>Sockeye:Servers:</c> of that name. Its meter has it as the tag <c>sockeye.server</c>.</param>
    /// <param name="configure">Handlers, plugins, routes; null: what is done with the result.</param>
    /// <returns>What the server is made of.</returns>
    public static SockeyeHostBuilder AddKeyedSockeye(this IHostApplicationBuilder builder, string key, Action<SockeyeHostBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Services.AddKeyedSockeye(key, configure);
    }

    /// <inheritdoc cref="AddKeyedSockeye(IHostApplicationBuilder, string, Action{SockeyeHostBuilder}?)" path="/*[not(self::param)]" />
    /// <param name="services">The services.</param>
    /// <param name="key">Its key.</param>
    /// <param name="configure">Handlers, plugins, routes; null: what is done with the result.</param>
    public static SockeyeHostBuilder AddKeyedSockeye(this IServiceCollection services, string key, Action<SockeyeHostBuilder>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Add(services, key, configure);
    }

    /// <summary>Adds a server to a host of the older kind, or goes on with the one that was added.</summary>
    /// <param name="host">The host.</param>
    /// <param name="configure">Handlers, plugins, routes.</param>
    /// <returns>The host.</returns>
    public static IHostBuilder UseSockeye(this IHostBuilder host, Action<SockeyeHostBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(configure);
        return host.ConfigureServices(services => services.AddSockeye(configure));
    }

    /// <summary>Refused: the host is built when the callback returns.</summary>
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static SockeyeHostBuilder AddSockeye(this IHostApplicationBuilder builder, Func<SockeyeHostBuilder, Task> configure) => throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <inheritdoc cref="AddSockeye(IHostApplicationBuilder, Func{SockeyeHostBuilder, Task})" path="/*[not(self::param)]" />
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static SockeyeHostBuilder AddSockeye(this IServiceCollection services, Func<SockeyeHostBuilder, Task> configure) => throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <inheritdoc cref="AddSockeye(IHostApplicationBuilder, Func{SockeyeHostBuilder, Task})" path="/*[not(self::param)]" />
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static SockeyeHostBuilder AddKeyedSockeye(this IHostApplicationBuilder builder, string key, Func<SockeyeHostBuilder, Task> configure) => throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <inheritdoc cref="AddSockeye(IHostApplicationBuilder, Func{SockeyeHostBuilder, Task})" path="/*[not(self::param)]" />
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static SockeyeHostBuilder AddKeyedSockeye(this IServiceCollection services, string key, Func<SockeyeHostBuilder, Task> configure) => throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <inheritdoc cref="AddSockeye(IHostApplicationBuilder, Func{SockeyeHostBuilder, Task})" path="/*[not(self::param)]" />
    [Obsolete(SockeyeHostBuilder.TooLate, error: true)]
    public static IHostBuilder UseSockeye(this IHostBuilder host, Func<SockeyeHostBuilder, Task> configure) => throw new NotSupportedException(SockeyeHostBuilder.TooLate);

    /// <summary>Registers a handler class whose objects come from a container, each with a scope of its own.</summary>
    /// <typeparam name="T">The class, whose <c>Map</c> says which method handles what. It need not be registered as a service; its constructor may ask for services, scoped ones too.</typeparam>
    /// <param name="target">A server or namespace.</param>
    /// <param name="services">The container.</param>
    /// <param name="scope">How long an object and its scope live. A singleton is asked for at once.</param>
    public static void AddHandlers<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(
        this BroadcastTarget target, IServiceProvider services, HandlerScope scope = HandlerScope.Event)
        where T : class, ISocketHandlers<T>
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(services);
        HandlerSource<T>.AddTo(target, services, scope);
    }

    /// <summary>Fills options from configuration and checks their ranges.</summary>
    /// <param name="options">The options; what the configuration does not name keeps its value.</param>
    /// <param name="section">Where the settings stand.</param>
    /// <param name="foreign">Top-level keys of the section that belong to others.</param>
    /// <exception cref="SockeyeConfigurationException">There are unknown keys or bad values; the message names all of them.</exception>
    public static void Bind(this SockeyeServerOptions options, IConfiguration section, params IReadOnlyList<string> foreign)
    {
        if (Fill(options, section, foreign) is { Count: > 0 } faults)
        {
            throw new SockeyeConfigurationException(faults);
        }
    }

    /// <summary>Fills options from configuration as the start of a host does, and says all that is wrong with them and with the section <c>Cluster</c>. Nothing is made, started or contacted.</summary>
    /// <param name="options">The options; what the configuration does not name keeps its value, as does what is at fault.</param>
    /// <param name="section">Where the settings stand.</param>
    /// <param name="hasBus">Whether the server would have a bus: without one, settings of a cluster are a fault.</param>
    /// <param name="foreign">Top-level keys of the section that belong to others.</param>
    /// <returns>One sentence for each fault, beginning with its key; empty if there are none.</returns>
    public static IReadOnlyList<string> Check(this SockeyeServerOptions options, IConfiguration section, bool hasBus, params IReadOnlyList<string> foreign)
    {
        var faults = Fill(options, section, [.. foreign.Append(ClusterSettings.Name).Distinct(StringComparer.OrdinalIgnoreCase)]);
        faults.AddRange(ClusterSettings.Apply(hasBus ? new ClusterOptions() : null, section.GetSection(ClusterSettings.Name)));
        return faults;
    }

    /// <summary>The configuration keys that <see cref="Bind"/> knows, and those of listeners, with <c>NAME</c> for the name of one, and of the section <c>Cluster</c>; for help texts, documents and schemas.</summary>
    /// <param name="defaults">The options that hold where the configuration says nothing; null: as they are made.</param>
    public static IReadOnlyList<ConfigurationKey> ConfigurationKeys(SockeyeServerOptions? defaults = null)
    {
        var (server, cluster) = (defaults ?? new SockeyeServerOptions(), new ClusterOptions());
        return [.. OptionKey.Of(server).Select(key => key.Describe(server)), .. ListenerSettings.Keys, .. ClusterSettings.Keys.Select(key => key.Describe(cluster) with { Name = ClusterSettings.NameOf(key) })];
    }

    private static List<string> Fill(SockeyeServerOptions options, IConfiguration section, IReadOnlyList<string> foreign)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(section);
        return [.. OptionBinding.Bind(section, options, foreign), .. options.Validate()];
    }

    private static SockeyeHostBuilder Add(IServiceCollection services, string? key, Action<SockeyeHostBuilder>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var host = SockeyeHostBuilder.Of(services, key);
        configure?.Invoke(host);
        return host;
    }
}
