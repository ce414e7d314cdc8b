using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>What a server is made of, before it exists: options, services, routes beside the endpoint, plugins. Used during <c>SockeyeServer.Create</c> only.</summary>
public sealed class SockeyeBuilder
{
    private const string PipelineTooLate = "A pipeline is complete when this callback returns, before the first bytes come: make before what has to be awaited.";

    private readonly List<Action<HttpServer>> _routes = [];
    private readonly List<PluginEntry> _plugins = [];
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

    /// <summary>Called for each new connection, on its loop, before the engine's handlers are added to its pipeline.</summary>
    internal Action<IChannelPipeline>? Pipeline { get; private set; }

    /// <summary>A transport that the server uses and does not stop; null: one of its own.</summary>
    internal SocketTransport? CustomTransport { get; set; }

    /// <summary>Where lines for standard error go.</summary>
    internal ConsoleLines Console { get; set; } = ConsoleLines.OfProcess;

    /// <summary>In the place of loggers; null: there are some, or nothing is to be logged.</summary>
    internal ConsoleLoggers? ConsoleLoggers { get; private set; }

    /// <summary>Makes the server's own transport.</summary>
    internal Func<TransportOptions, SocketTransport> MakeTransport { get; set; } = SocketTransport.Create;

    internal IReadOnlyList<Action<HttpServer>> Routes => _routes;

    internal IReadOnlyList<PluginEntry> Plugins => _plugins;

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

    /// <summary>Answers requests of a path beside the endpoint.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Called on the loop of the request's connection.</param>
    /// <param name="prefix">Whether every path that begins with it matches.</param>
    /// <returns>This builder.</returns>
    public SockeyeBuilder MapHttp(string path, IHttpHandler handler, bool prefix = false)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route(http => http.Router.Map(path, handler, prefix));
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
        return Route(http => http.Router.Map(prefix, files, prefix: true));
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
        return Route(engine.Attach);
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
    public SockeyeBuilder AddPlugin(ISockeyePlugin plugin, IConfigurationSection? section = null)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        _plugins.Add(new PluginEntry(plugin, section));
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
