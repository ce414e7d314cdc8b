using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Plugins;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>What a server is made of, before it exists: options, services, routes beside the endpoint, plugins. Used during <c>SockeyeServer.Create</c> only.</summary>
public sealed class SockeyeBuilder
{
    private const string PipelineTooLate = "A pipeline is complete when this callback returns, before the first bytes come: make before what has to be awaited.";

    private readonly List<Action<HttpServer>> _routes = [];
    private readonly List<PluginEntry> _plugins = [];
    private readonly List<string> _pluginFolders = [];
    private readonly List<InheritedListener> _inherited = [];
    private PayloadCodec? _codec;

    internal SockeyeBuilder()
    {
    }

    /// <summary>The options; an object that is there already, one of a container for example, may take their place.</summary>
    public SockeyeServerOptions Options
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>How arguments are serialised, at every depth. Starts with <see cref="JsonPayloadCodec.Defaults"/>; source-generated contexts go into its resolver chain.</summary>
    public JsonSerializerOptions Json { get; } = JsonPayloadCodec.Defaults();

    /// <summary>Loggers; null: the server writes to standard error what <see cref="SockeyeServerOptions.ConsoleLog"/> says, by default warnings and errors.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Makes the meter; null: a meter of its own, named <c>Sockeye</c>.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>The clock that plugins get and by which repeated log lines are limited. Default <see cref="TimeProvider.System"/>; the loops have clocks of their own.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What the event loops and their threads are called in the log and by debuggers, with a hyphen and the number of each behind it. Default <c>sockeye-loop</c>; a further server of a process has another one. Of a thread Linux shows 15 characters.</summary>
    public string LoopName
    {
        get;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = TransportOptions.DefaultLoopName;

    /// <summary>The bus between the nodes, over which plugins speak; null: an <see cref="InProcessBus"/> of the server's own, which is there before its plugins start and closed after they have stopped.
    /// One that is set here is connected with the server and closed by whoever made it, after the server; <see cref="UseBus"/> leaves both to the server.</summary>
    public IClusterBus? Bus { get; set; }

    /// <summary>How the servers on the bus are one cluster, as <see cref="UseCluster"/> has said; null: this one stands alone.</summary>
    public ClusterOptions? Cluster { get; private set; }

    /// <summary>Puts in front of a sentence about a setting, which begins with its key, where that was set, such as the file and the line: for the log and <see cref="PluginStatus.ConfigurationFault"/> when a plugin refuses a changed
    /// section. Any thread. Null: sentences stay as they are.</summary>
    public Func<string, string>? LocateFault { get; set; }

    /// <summary>The settings of plugins that are loaded from folders, each in the section that its attribute names; null: they have none.</summary>
    public IConfiguration? PluginSettings { get; set; }

    /// <summary>Called for each new connection, on its loop, before the engine's handlers are added to its pipeline.</summary>
    internal Action<IChannelPipeline>? Pipeline { get; private set; }

    /// <summary>A transport that the server uses and does not stop; null: one of its own.</summary>
    internal SocketTransport? CustomTransport { get; set; }

    /// <summary>Makes the server's own bus; null: one within the process.</summary>
    internal Func<SockeyeBuilder, IClusterBus>? MakeBus { get; private set; }

    /// <summary>Where lines for standard error go.</summary>
    internal ConsoleLines Console { get; set; } = ConsoleLines.OfProcess;

    /// <summary>In the place of loggers; null: there are some, or nothing is to be logged.</summary>
    internal ConsoleLoggers? ConsoleLoggers { get; private set; }

    /// <summary>Makes the server's own transport.</summary>
    internal Func<TransportOptions, SocketTransport> MakeTransport { get; set; } = SocketTransport.Create;

    internal IReadOnlyList<Action<HttpServer>> Routes => _routes;

    internal IReadOnlyList<PluginEntry> Plugins => _plugins;

    internal IReadOnlyList<string> PluginFolders => _pluginFolders;

    internal IReadOnlyList<InheritedListener> Inherited => _inherited;

    internal PayloadCodec Codec => _codec ?? new JsonPayloadCodec(Json);

    /// <summary>Serialises arguments by a codec of your own, or by a <see cref="JsonPayloadCodec"/> with value codecs for hot types. <see cref="Json"/> is not read then.</summary>
    /// <param name="codec">The codec.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder UsePayloadCodec(PayloadCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        _codec = codec;
        return this;
    }

    /// <summary>Has the server make its bus, when everything else of this builder is said: it connects the bus before its plugins and listeners start, and closes it after they have stopped.</summary>
    /// <param name="make">Called once.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder UseBus(Func<SockeyeBuilder, IClusterBus> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        MakeBus = make;
        return this;
    }

    /// <summary>Makes this server one of a cluster: all servers whose clusters have one name on one bus, which is <see cref="Bus"/> or that of <see cref="UseBus"/>.</summary>
    /// <param name="options">The name of the cluster, its key and its times; null: the defaults.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder UseCluster(ClusterOptions? options = null)
    {
        Cluster = options ?? new ClusterOptions();
        return this;
    }

    /// <summary>Answers requests of a path beside the endpoint.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Called on the loop of the request's connection.</param>
    /// <param name="prefix">Whether every path that begins with it matches.</param>
    /// <param name="kind">What it is for <see cref="ListenerOptions.Routes"/>.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapHttp(string path, IHttpHandler handler, bool prefix = false, HttpRouteKind kind = HttpRouteKind.Application)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route(http => http.Router.Map(path, handler, prefix, kind));
    }

    /// <summary>Answers GET and HEAD of a path.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Responds before it returns, or later on the loop.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapGet(string path, Action<HttpExchange> handler) => Route(http => http.MapGet(path, handler));

    /// <summary>Answers GET and HEAD of a path.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Has responded when its task completes.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapGet(string path, Func<HttpExchange, Task> handler) => Route(http => http.MapGet(path, handler));

    /// <inheritdoc cref="MapGet(string, Func{HttpExchange, Task})" />
    [OverloadResolutionPriority(1)]
    public SockeyeBuilder MapGet(string path, Func<HttpExchange, ValueTask> handler) => Route(http => http.MapGet(path, handler));

    /// <summary>Answers POST of a path with its whole body.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Has responded when its task completes.</param>
    /// <param name="maxBytes">Bytes of the largest body; a larger one gets 413. Default 65,536 (own).</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapPost(string path, HttpBodyHandler handler, long maxBytes = 65536) => Route(http => http.MapPost(path, handler, maxBytes));

    /// <summary>Serves files from memory.</summary>
    /// <param name="prefix">The path below which they are found, such as <c>/</c>.</param>
    /// <param name="files">The files.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapFiles(string prefix, StaticFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Route(http => http.Router.Map(prefix, files, prefix: true, HttpRouteKind.Files));
    }

    /// <summary>Serves the files of a folder and its subfolders: those that are there now, from memory. <c>index.html</c> answers for its folder.</summary>
    /// <param name="prefix">The path below which they are found, such as <c>/</c>.</param>
    /// <param name="folder">The folder, relative to the working folder; at most 1,000 files of together 64 MiB.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidOperationException">There are too many files, or they are too large.</exception>
    public SockeyeBuilder MapFiles(string prefix, string folder)
    {
        var files = new StaticFiles(prefix);
        files.AddFolder(folder);
        return MapFiles(prefix, files);
    }

    /// <summary>Serves plain WebSockets.</summary>
    /// <param name="path">The exact path, or <c>*</c> for every path that no other route answers.</param>
    /// <param name="handler">Gets the events of its sessions, on their loops.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapWebSocket(string path, IWebSocketHandler handler, WebSocketEndpointOptions? options = null) =>
        Route(http => http.MapWebSocket(path, handler, options));

    /// <summary>Serves bare Engine.IO beside Socket.IO.</summary>
    /// <param name="engine">The engine, which answers at its own path.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapEngine(EngineServer engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return Route(http => engine.Attach(http));
    }

    /// <summary>Adds handlers to the pipeline of each new connection, below the engine's: they see the bytes first and last. One that comes to stand there only after the upgrade to WebSocket does not see what leaves.</summary>
    /// <remarks>DotNetty inspects the public methods of a handler's class. A trimmed or Native AOT application keeps them:
    /// <c>[DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(MyHandler))]</c> over the method that adds it.</remarks>
    /// <param name="configure">Called on the connection's loop.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder ConfigurePipeline(Action<IChannelPipeline> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Pipeline += configure;
        return this;
    }

    /// <summary>Refused: the first bytes come before its first await is over.</summary>
    [Obsolete(PipelineTooLate, error: true)]
    public SockeyeBuilder ConfigurePipeline(Func<IChannelPipeline, Task> configure) => throw new NotSupportedException(PipelineTooLate);

    /// <summary>Adds a plugin, started before the server listens, in the order in which plugins were added.</summary>
    /// <typeparam name="T">The plugin.</typeparam>
    /// <returns>This builder.</returns>
    public SockeyeBuilder AddPlugin<T>()
        where T : ISockeyePlugin, new() => AddPlugin(new T());

    /// <summary>Adds a plugin, started before the server listens, in the order in which plugins were added.</summary>
    /// <param name="plugin">The plugin; the server disposes it.</param>
    /// <param name="section">Its configuration; null: an empty one.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">A plugin of this id has been added before.</exception>
    public SockeyeBuilder AddPlugin(ISockeyePlugin plugin, IConfigurationSection? section = null)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        _plugins.Add(new PluginEntry(plugin, section, taken: [.. _plugins.Select(static entry => entry.Id)]));
        return this;
    }

    /// <summary>Listens on sockets that this process was handed, in the place of those <see cref="SockeyeServerOptions.Urls"/> and <see cref="SockeyeServerOptions.Listeners"/> that have their ports. They stay open for whoever else has them: when this server ends nobody is refused.</summary>
    /// <param name="listeners">Such as those of systemd.</param>
    /// <returns>This builder.</returns>
    /// <remarks>The native transport alone takes them; with another one the server is not made (<see cref="PlatformNotSupportedException"/>).</remarks>
    public SockeyeBuilder ListenOn(params IEnumerable<InheritedListener> listeners)
    {
        ArgumentNullException.ThrowIfNull(listeners);
        _inherited.AddRange(listeners);
        return this;
    }

    /// <summary>Loads plugins from a folder, after those that are added here: each from a folder of its own below it, when the server starts, and again when it is asked (<see cref="ServerPlugins.ReloadAsync"/>).</summary>
    /// <remarks>What lies there runs with all rights of this process, so nobody but root and the user of the process may be able to write there. Not under Native AOT, which loads no code. What is wrong
    /// with a folder or a plugin ends the start with a <see cref="PluginLoadException"/>.</remarks>
    /// <param name="path">The folder, relative to the working folder.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder AddPluginFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _pluginFolders.Add(path);
        return this;
    }

    /// <summary>The options are what they will be: a server without loggers gets the console's.</summary>
    internal void Complete()
    {
        if (LoggerFactory is null && Options.ConsoleLog != LogLevel.None)
        {
            LoggerFactory = ConsoleLoggers = new ConsoleLoggers(Options.ConsoleLog, Time, Console);
        }
    }

    private SockeyeBuilder Route(Action<HttpServer> map)
    {
        _routes.Add(map);
        return this;
    }
}
