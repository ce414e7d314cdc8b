using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Plugins;

namespace Sockeye.Hosting;

/// <summary>What the server of a Generic Host is made of. Used while the host is built; the steps run, in their order, when the server is created.</summary>
public sealed class SockeyeHostBuilder
{
    internal const string TooLate = "The server is made when this callback returns: await before what it needs.";

    private readonly List<Action<IServiceProvider, SockeyeBuilder>> _building = [];
    private readonly List<Action<SockeyeServer>> _mapping = [];

    internal SockeyeHostBuilder(IServiceCollection services, IConfiguration? section)
    {
        Services = services;
        Section = section;
    }

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    internal IConfiguration? Section { get; }

    /// <summary>Changes what the server is made of: options, routes, codec. Runs after the configuration was bound, so it has the last word.</summary>
    /// <param name="configure">Called once.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder Configure(Action<SockeyeBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _building.Add((_, builder) => configure(builder));
        return this;
    }

    /// <summary>Refused: the server is made when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Configure(Func<SockeyeBuilder, Task> configure) => throw new NotSupportedException(TooLate);

    /// <summary>Adds a plugin that the container makes; its section is the one of its name below <c>Plugins</c>.</summary>
    /// <typeparam name="T">The plugin; its constructor may ask for services.</typeparam>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder AddPlugin<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, ISockeyePlugin
    {
        _building.Add((services, builder) => builder.AddPlugin(
            ActivatorUtilities.CreateInstance<T>(services),
            Section?.GetSection("Plugins").GetSection(typeof(T).Name)));
        return this;
    }

    /// <summary>Registers handlers on the server, which is also its main namespace.</summary>
    /// <param name="map">Called once, before the server starts.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder Map(Action<SockeyeServer> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _mapping.Add(map);
        return this;
    }

    /// <summary>Registers handlers on a namespace.</summary>
    /// <param name="nameOrPattern">Its name such as <c>/game</c>, or a pattern such as <c>/orders-{id}</c>.</param>
    /// <param name="map">Called once, before the server starts.</param>
    /// <returns>This builder.</returns>
    public SockeyeHostBuilder Map(string nameOrPattern, Action<SockeyeNamespace> map)
    {
        ArgumentNullException.ThrowIfNull(nameOrPattern);
        ArgumentNullException.ThrowIfNull(map);
        _mapping.Add(server => map(server.Of(nameOrPattern)));
        return this;
    }

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Map(Func<SockeyeServer, Task> map) => throw new NotSupportedException(TooLate);

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeHostBuilder Map(string nameOrPattern, Func<SockeyeNamespace, Task> map) => throw new NotSupportedException(TooLate);

    internal SockeyeServer Build(IServiceProvider services, Action<SockeyeBuilder> first)
    {
        var server = SockeyeServer.Create(builder =>
        {
            first(builder);
            foreach (var step in _building)
            {
                step(services, builder);
            }
        });
        foreach (var step in _mapping)
        {
            step(server);
        }

        return server;
    }
}
