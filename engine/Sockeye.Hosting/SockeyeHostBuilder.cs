using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.Plugins;

namespace Sockeye.Hosting;

/// <summary>What a server of a host is made of. Used while the host is built; the steps run, in their order, when the server is made, which is before anything of the host starts.</summary>
/// <remarks><c>AddSockeye</c> gives the same one each time, so several parts of an application may add to it.</remarks>
public sealed partial class SockeyeHostBuilder
{
    internal const string TooLate = "The server is made when this callback returns: await before what it needs.";

    private const string LogCategory = "Sockeye.Hosting";
    private const string SectionName = "Sockeye";
    private const string PluginsName = "Plugins";
    private const string ServersName = "Servers";

    private readonly List<Action<IServiceProvider, SockeyeBuilder>> _building = [];
    private readonly List<Action<SockeyeServer, IServiceProvider>> _mapping = [];
    private readonly HashSet<string> _pluginSections = new(StringComparer.OrdinalIgnoreCase);
    private Func<IServiceProvider, IConfiguration?> _section;

    private SockeyeHostBuilder(IServiceCollection services, string? key)
    {
        Services = services;
        Key = key;
        var path = key is null ? SectionName : ConfigurationPath.Combine(SectionName, ServersName, key);
        _section = provider => provider.GetService<IConfiguration>()?.GetSection(path);
    }

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The key of a further server; null: it is the first.</summary>
    public string? Key { get; }

    internal string OptionsName => Key ?? Options.DefaultName;

    internal IReadOnlyList<string> ForeignKeys { get; private set; } = [PluginsName, ServersName, ClusterSettings.Name];

    /// <summary>Takes the options from elsewhere than the section <c>Sockeye</c> of the host's configuration.</summary>
    /// <param name="section">Where the settings stand; null: nowhere.</param>
    /// <param name="foreign">Keys of the section that belong to others, such as <c>Plugins</c> or <c>Cluster:Nats</c>. Others that are no options keep the host from starting.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder UseConfiguration(IConfiguration? section, params IReadOnlyList<string> foreign)
    {
        ArgumentNullException.ThrowIfNull(foreign);
        _section = _ => section;
        ForeignKeys = foreign;
        return this;
    }

    /// <summary>Changes what the server is made of: options, routes, codec. Runs after the configuration was bound, so it has the last word.</summary>
    /// <param name="configure">Called once.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder Configure(Action<SockeyeBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Configure((builder, _) => configure(builder));
    }

    /// <inheritdoc cref="Configure(Action{SockeyeBuilder})" path="/*[not(self::param)]" />
    /// <param name="configure">Called once, with the services of the host. The server is none of them yet.</param>
    public SockeyeHostBuilder Configure(Action<SockeyeBuilder, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _building.Add((services, builder) => configure(builder, services));
        return this;
    }

    /// <summary>Refused: the server is made when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Configure(Func<SockeyeBuilder, Task> configure) => throw new NotSupportedException(TooLate);

    /// <summary>Refused: the server is made when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Configure(Func<SockeyeBuilder, IServiceProvider, Task> configure) => throw new NotSupportedException(TooLate);

    /// <summary>Adds a plugin that the container makes. It gets the section below <c>Plugins</c> that its <see cref="SockeyePluginAttribute"/> names, which is its id unless that says otherwise; without the attribute it is the name of its class.</summary>
    /// <typeparam name="T">The plugin; its constructor may ask for services, though not for the server, which its <see cref="PluginContext"/> has.</typeparam>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder AddPlugin<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, ISockeyePlugin
    {
        var section = typeof(T).GetCustomAttribute<SockeyePluginAttribute>()?.ConfigurationSection ?? typeof(T).Name;
        _pluginSections.Add(section);
        return Configure((builder, services) => builder.AddPlugin(
            ActivatorUtilities.CreateInstance<T>(services),
            SectionOf(services)?.GetSection(PluginsName).GetSection(section)));
    }

    /// <summary>Registers handlers on the server, which is also its main namespace.</summary>
    /// <param name="map">Called once, before the server starts.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder Map(Action<SockeyeServer> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return Map((server, _) => map(server));
    }

    /// <inheritdoc cref="Map(Action{SockeyeServer})" path="/*[not(self::param)]" />
    /// <param name="map">Called once, before the server starts, with the services of the host. What lives for a scope is asked for in a scope, which handler classes have.</param>
    public SockeyeHostBuilder Map(Action<SockeyeServer, IServiceProvider> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _mapping.Add(map);
        return this;
    }

    /// <summary>Registers handlers on a namespace, which becomes a keyed service: <c>[FromKeyedServices("/game")] SockeyeNamespace game</c>.</summary>
    /// <param name="nameOrPattern">Its name such as <c>/game</c>, or a pattern such as <c>/orders-{id}</c>.</param>
    /// <param name="map">Called once, before the server starts.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder Map(string nameOrPattern, Action<SockeyeNamespace> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return Map(nameOrPattern, (nsp, _) => map(nsp));
    }

    /// <inheritdoc cref="Map(string, Action{SockeyeNamespace})" path="/*[not(self::param)]" />
    /// <param name="nameOrPattern">Its name such as <c>/game</c>, or a pattern such as <c>/orders-{id}</c>.</param>
    /// <param name="map">Called once, before the server starts, with the services of the host.</param>
    public SockeyeHostBuilder Map(string nameOrPattern, Action<SockeyeNamespace, IServiceProvider> map)
    {
        ArgumentNullException.ThrowIfNull(nameOrPattern);
        ArgumentNullException.ThrowIfNull(map);
        if (Key is null)
        {
            Services.TryAddKeyedSingleton(nameOrPattern, static (services, name) => services.GetRequiredService<SockeyeServer>().Of((string)name!));
        }

        return Map((server, services) => map(server.Of(nameOrPattern), services));
    }

    /// <summary>Registers a handler class on the server, which is also its main namespace.</summary>
    /// <typeparam name="T">The class, whose <c>Map</c> says which method handles what. It becomes a service, unless it is one; its constructor may ask for services, and for its <see cref="SockeyeSocket"/>.</typeparam>
    /// <param name="scope">How long an object, and the scope that it comes from, lives.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The class is a service with another lifetime.</exception>
    public SockeyeHostBuilder AddHandlers<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(HandlerScope scope = HandlerScope.Event)
        where T : class, ISocketHandlers<T>
    {
        AddService<T>(scope);
        return Map((server, services) => server.AddHandlers<T>(services, scope));
    }

    /// <summary>Registers a handler class on a namespace, which becomes a keyed service: <c>[FromKeyedServices("/game")] SockeyeNamespace game</c>.</summary>
    /// <typeparam name="T">The class, whose <c>Map</c> says which method handles what. It becomes a service, unless it is one; its constructor may ask for services, and for its <see cref="SockeyeSocket"/>.</typeparam>
    /// <param name="nameOrPattern">Its name such as <c>/game</c>, or a pattern such as <c>/orders-{id}</c>.</param>
    /// <param name="scope">How long an object, and the scope that it comes from, lives.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The class is a service with another lifetime.</exception>
    public SockeyeHostBuilder AddHandlers<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(string nameOrPattern, HandlerScope scope = HandlerScope.Event)
        where T : class, ISocketHandlers<T>
    {
        AddService<T>(scope);
        return Map(nameOrPattern, (nsp, services) => nsp.AddHandlers<T>(services, scope));
    }

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Map(Func<SockeyeServer, Task> map) => throw new NotSupportedException(TooLate);

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Map(Func<SockeyeServer, IServiceProvider, Task> map) => throw new NotSupportedException(TooLate);

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Map(string nameOrPattern, Func<SockeyeNamespace, Task> map) => throw new NotSupportedException(TooLate);

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Map(string nameOrPattern, Func<SockeyeNamespace, IServiceProvider, Task> map) => throw new NotSupportedException(TooLate);

    /// <summary>The builder of a server, made with the first call for it, which also adds its services.</summary>
    internal static SockeyeHostBuilder Of(IServiceCollection services, string? key)
    {
        foreach (var known in services)
        {
            if (known.ServiceType == typeof(SockeyeHostBuilder) && Equals(known.ServiceKey, key))
            {
                return (SockeyeHostBuilder)(key is null ? known.ImplementationInstance : known.KeyedImplementationInstance)!;
            }
        }

        var host = new SockeyeHostBuilder(services, key);
        host.AddServices();
        return host;
    }

    internal IConfiguration? SectionOf(IServiceProvider services) => _section(services);

    internal void Build(SockeyeBuilder builder, IServiceProvider services)
    {
        builder.PluginSettings = SectionOf(services)?.GetSection(PluginsName);
        foreach (var step in _building)
        {
            step(services, builder);
        }

        // Whose sections there are is not known before folders of plugins have been read.
        if (builder.LoggerFactory is { } loggers && builder.Options.PluginFolders.Count == 0)
        {
            TellUnusedSections(loggers.CreateLogger(LogCategory), services);
        }
    }

    internal void MapAll(SockeyeServer server, IServiceProvider services)
    {
        foreach (var step in _mapping)
        {
            step(server, services);
        }
    }

    // Told and not refused: a plugin may be added by Configure, or in some environments only.
    private void TellUnusedSections(ILogger log, IServiceProvider services)
    {
        foreach (var section in SectionOf(services)?.GetSection(PluginsName).GetChildren() ?? [])
        {
            if (_pluginSections.Count > 0 && !_pluginSections.Contains(section.Key))
            {
                UnusedSection(log, section.Path, string.Join(", ", _pluginSections.Order(StringComparer.Ordinal)));
            }
        }
    }

    [LoggerMessage(2200, LogLevel.Warning, "{Section} is the section of no plugin that AddPlugin<T> has added; those have: {Known}")]
    private static partial void UnusedSection(ILogger log, string section, string known);

    private void AddServices()
    {
        if (Key is null)
        {
            Services.AddSingleton(this);
            Services.AddSingleton(_ => new ServerSource(this));
            Services.AddSingleton(static services => services.GetRequiredService<ServerSource>().Get(services));
            Services.AddSingleton<IHostedService>(static services => new SockeyeHostedService(services.GetRequiredService<SockeyeServer>(), services.GetService<IHostApplicationLifetime>()));
        }
        else
        {
            Services.AddKeyedSingleton(Key, this);
            Services.AddKeyedSingleton(Key, (_, _) => new ServerSource(this));
            Services.AddKeyedSingleton(Key, static (services, key) => services.GetRequiredKeyedService<ServerSource>(key).Get(services));
            Services.AddSingleton<IHostedService>(services => new SockeyeHostedService(services.GetRequiredKeyedService<SockeyeServer>(Key), services.GetService<IHostApplicationLifetime>()));
        }

        Services.AddOptions();
        Services.AddSingleton<IConfigureOptions<SockeyeServerOptions>>(services => new ServerOptionsSetup(this, services));
        Services.AddSingleton<IValidateOptions<SockeyeServerOptions>>(services => new ServerOptionsSetup(this, services));
        Services.TryAddSingleton(TimeProvider.System);
        Services.TryAddScoped<CurrentSocket>();
        Services.TryAddScoped(static services => services.GetRequiredService<CurrentSocket>().Socket);
    }

    private void AddService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(HandlerScope scope)
        where T : class
    {
        var lifetime = scope == HandlerScope.Singleton ? ServiceLifetime.Singleton : ServiceLifetime.Scoped;
        var known = Services.FirstOrDefault(static service => service.ServiceType == typeof(T) && !service.IsKeyedService);
        if (known is null)
        {
            Services.Add(new ServiceDescriptor(typeof(T), typeof(T), lifetime));
        }
        else if ((known.Lifetime == ServiceLifetime.Singleton) != (lifetime == ServiceLifetime.Singleton))
        {
            throw new InvalidOperationException(
                $"{typeof(T).Name} is a service with the lifetime {known.Lifetime} already, and HandlerScope.{scope} needs {lifetime}: leave its registration to AddHandlers, or let both say the same.");
        }
    }
}
