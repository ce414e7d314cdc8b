using System.Diagnostics.Metrics;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Abstractions.Plugins;
using Sockeye.Cluster;

namespace Sockeye.Plugins;

/// <summary>What one generation of a plugin works with, from its start until it is disposed. All members may be used from any thread.</summary>
/// <remarks>Whatever is registered through it, on the server, as a route or as periodic work, goes with the generation, at once and as a whole.</remarks>
public sealed class PluginContext
{
    /// <summary>Bytes of the body of a request to a route, unless it says otherwise: 65,536 (own).</summary>
    public const int DefaultMaxBodyBytes = 65536;

    private readonly PluginServices _services;

    internal PluginContext(PluginServices services) => _services = services;

    /// <summary>The id of the plugin.</summary>
    public string Id => _services.Id;

    /// <summary>Which generation it is: 1 from the server's start, one more with each reload.</summary>
    public int Generation => _services.Generation;

    /// <summary>The server. Handlers, filters and middleware that are registered here come before those of the application, in the order of the plugins, and go with the generation.</summary>
    public SockeyeServer Server => _services.Server;

    /// <summary>The plugin's section as it was when the generation started, which it binds itself; empty if there is none. Changes come to <see cref="IReloadHook"/>.</summary>
    public IConfigurationSection Configuration => _services.Configuration;

    /// <summary>A logger named after the plugin. A sink of it that throws does not throw here.</summary>
    public ILogger Logger => _services.Logger;

    /// <summary>The server's clock.</summary>
    public TimeProvider Time => _services.Time;

    /// <summary>How long <see cref="IConnectHook"/> may take with one client, 10 ms to 1 h. Later answers count as faults, so who may be made to wait by clients answers before.</summary>
    public TimeSpan AdmissionTimeout => _services.AdmissionTimeout;

    /// <summary>A meter named after the plugin, <c>Sockeye.Plugin.</c> and its id; disposed with the generation.</summary>
    public Meter Meter => _services.Meter;

    /// <summary>The bus between the nodes, below a prefix of subjects that is the plugin's own. In one process without a cluster it reaches this server alone.</summary>
    public IClusterBus Bus => _services.Bus;

    /// <summary>Fires when the generation ends, before <see cref="IAsyncDisposable.DisposeAsync"/>.</summary>
    public CancellationToken Stopping => _services.Stopping;

    /// <summary>Answers requests of a path below <c>/plugins/&lt;id&gt;</c>.</summary>
    /// <param name="method">GET (which also answers HEAD) or POST.</param>
    /// <param name="path">The exact path below the plugin's, beginning with a slash: <c>/status</c> is <c>/plugins/&lt;id&gt;/status</c>.</param>
    /// <param name="handler">Called on the loop of the request's connection. What it throws becomes a 500 without details, and counts as a fault of the plugin.</param>
    /// <param name="maxBodyBytes">Bytes of the largest body, 0 to 16,777,216; a larger one gets 413.</param>
    /// <exception cref="ArgumentException">The method or the path is none of these, or the plugin has mapped them already.</exception>
    public void MapHttp(string method, string path, PluginHttpHandler handler, int maxBodyBytes = DefaultMaxBodyBytes)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBodyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxBodyBytes, 16 * 1024 * 1024);
        _services.MapHttp(method, path, handler, maxBodyBytes);
    }

    /// <summary>Does something again and again, by the server's clock, until it is disposed or the generation ends; never twice at once. What it throws counts as a fault of the plugin and does not end it.</summary>
    /// <param name="interval">From one beginning to the next, 10 ms to 24 days; those that are due while one runs are one run after it.</param>
    /// <param name="work">Runs on the thread pool.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is out of range.</exception>
    public IDisposable Every(TimeSpan interval, Func<CancellationToken, ValueTask> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, TimeSpan.FromDays(24));
        return _services.Every(interval, work);
    }

    /// <summary>Disposes something with the generation, after the plugin itself, the last first.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="disposable">An <see cref="IDisposable"/> or <see cref="IAsyncDisposable"/>.</param>
    /// <returns>The same.</returns>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public T Track<T>(T disposable)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(disposable);
        _services.Track(disposable);
        return disposable;
    }

    /// <summary>Adds what a source-generated context knows about the plugin's types, for arguments of events; goes with the generation. Before the first handler or emit with one of them.</summary>
    /// <remarks>Without one System.Text.Json reflects on the types, and what it remembers of them keeps a plugin of a folder in memory after a reload: the log says so.</remarks>
    /// <param name="resolver">The context, <c>MyContext.Default</c>, or several of them combined.</param>
    public void AddJson(IJsonTypeInfoResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        _services.AddJson(resolver);
    }

    /// <summary>Something that outlives the generation: made by the first that asks for it, handed to those that follow, gone with the server.</summary>
    /// <typeparam name="T">Its type: one of .NET or of the contract, never of the plugin, since that would keep the generation in memory.</typeparam>
    /// <param name="key">Its name within the plugin.</param>
    /// <param name="make">Makes it.</param>
    /// <exception cref="ArgumentException">The type belongs to the plugin, or another type has the key.</exception>
    public T Keep<T>(string key, Func<T> make)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(make);
        return (T)_services.Keep(key, typeof(T), make);
    }
}
