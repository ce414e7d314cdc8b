using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Inspection;
using Sockeye.Plugins;
using Sockeye.Server.Clients;
using Sockeye.Server.Common;
using Sockeye.Server.Inspection;
using Sockeye.Server.Namespaces;
using Sockeye.Server.Plugins;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>The server: HTTP, Engine.IO and Socket.IO on one transport. As a broadcast target it is its main namespace.</summary>
/// <remarks>It owns its parts: the HTTP and Engine.IO servers, the namespaces, the game loops, what plugins have added, and the transport, unless the application has brought that.
/// Any thread. The transport's loops run from creation on; what is left of them is stopped by <see cref="DisposeAsync"/>. Its limits are those of its options.</remarks>
internal sealed partial class SocketServer : SockeyeServer
{
    private readonly SockeyeServerOptions _options;
    private readonly ServerListeners _listeners;
    private readonly SocketTransport _transport;
    private readonly HttpServer _http;
    private readonly EngineServer _engine;
    private readonly GameLoops _gameLoops;
    private readonly PluginHost _plugins;
    private readonly ServerParts _parts;
    private readonly ClusterPart? _cluster;
    private readonly ConsoleLoggers? _console;
    private readonly TimeProvider _time;
    private readonly bool _ownsTransport;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _hurry = new();
    private SockeyeServerOptions _taken;
    private bool _isStarted;
    private bool _isRunning;
    private Task? _stop;
    private Task? _drain;

    /// <param name="builder">Valid options, and what the application has added.</param>
    /// <param name="transport">Where it listens; its own, unless the builder has brought one.</param>
    public SocketServer(SockeyeBuilder builder, SocketTransport transport)
    {
        _options = _taken = builder.Options;
        _listeners = new ServerListeners(_options, builder.Inherited);
        var loggers = LogText.Clean(builder.LoggerFactory) ?? NullLoggerFactory.Instance;
        _console = builder.ConsoleLoggers;
        _time = builder.Time;
        _ownsTransport = builder.CustomTransport is null;
        _transport = transport;

        var loops = new LoopSet(_transport.Loops);
        Context = new ServerContext(
            _options, loops, _transport.PoolContext, builder.Codec, new ServerLog(new GuardedLogger(loggers.CreateLogger("Sockeye.Server")), _time, _options.Development), new SockeyeMetrics(loops, builder.MeterFactory), _time)
        {
            Bus = builder.Bus ?? builder.MakeBus?.Invoke(builder) ?? new InProcessBus(new InProcessBusOptions { LoggerFactory = builder.LoggerFactory, Time = _time }),
            Hurry = _hurry.Token,
            LocateFault = builder.LocateFault,
        };
        if (Context.Bus is InProcessBus local)
        {
            Context.Metrics.Observe(local);
        }

        Namespaces = new NamespaceRegistry(Context);
        _transport.Failures = Context;
        _gameLoops = new GameLoops(Context, _transport);
        _http = new HttpServer(
            new HttpServerOptions { Http = _options.Http, LoggerFactory = builder.LoggerFactory, StopTimeout = _options.StopTimeout, Observer = Context.Metrics, Time = _time }, _transport);
        if (builder.Pipeline is { } pipeline)
        {
            _http.ConfigurePipeline(pipeline);
        }

        _options.Engine.LoggerFactory ??= builder.LoggerFactory;
        _options.Engine.Time ??= _time;
        _engine = new EngineServer(_options.Engine, new SocketIOHandler(Namespaces)) { PreAuthOutboxBytes = _options.Limits.PreAuthOutboxBytes, HandshakeGate = new HandshakeHooks(Context) };
        _engine.Attach(_http, HttpRouteKind.Endpoint);
        Context.Metrics.Observe(_listeners.All);
        Context.Metrics.ShowBudget(_engine.MemoryBudgetBytes);
        var bodies = new LargeBodies(_engine.MemoryBudgetBytes / 4);
        _cluster = builder.Cluster is { } cluster ? new ClusterPart(Context, Namespaces, _engine, _http, bodies, cluster, () => _taken.DrainTime, loggers) : null;
        if (_options.ServeClientFrom is { } folder)
        {
            ClientBundles.Map(_http.Router, folder, _options.Engine);
        }

        foreach (var route in builder.Routes)
        {
            route(_http);
        }

        _plugins = new PluginHost(
            this, Namespaces, _gameLoops, _http.Router, bodies, loggers, builder.MeterFactory, builder.Plugins, new FolderPlugins([.. _options.PluginFolders, .. builder.PluginFolders], builder.PluginSettings, _options.WatchPlugins));
        Context.Metrics.ShowUnloading(_plugins.Leftovers);
        Context.Codec.Reflected = type => Context.Log.PluginReflected(type);
        Inspection = new Inspector(Context, _engine, _http, Namespaces, _listeners);
        _parts = new ServerParts([.. PartsOf(builder)], Context);
    }

    /// <inheritdoc />
    public override IReadOnlyList<EndPoint> Endpoints => _http.Endpoints;

    /// <inheritdoc />
    public override IReadOnlyList<ServerListener> Listeners => _listeners.Describe();

    /// <inheritdoc />
    public override int NodeId => _engine.NodeId;

    /// <inheritdoc />
    public override long Incarnation => _engine.Incarnation;

    /// <inheritdoc />
    public override ServerPlugins Plugins => _plugins;

    /// <inheritdoc />
    public override ServerInspection Inspection { get; }

    /// <inheritdoc />
    public override ServerCluster? Cluster => _cluster?.State;

    /// <summary>What the parts share; for tests.</summary>
    public ServerContext Context { get; }

    /// <summary>Whether nothing of its cluster that was begun here is left to do; for tests.</summary>
    public bool IsClusterIdle => _cluster is null || _cluster.IsIdle;

    /// <summary>Its part in a cluster; for tests.</summary>
    public ClusterPart? ClusterPart => _cluster;

    /// <summary>Its namespaces; for tests.</summary>
    public NamespaceRegistry Namespaces { get; }

    /// <inheritdoc />
    public override int LocalCount => Main.LocalCount;

    internal override PayloadCodec Codec => Context.Codec;

    internal override bool IsOnLoop => Context.Loops.IsInTurn;

    internal override NamespaceHandlers Handlers => Main.Handlers;

    internal override SockeyeNamespace Itself => Main;

    private ServerNamespace Main => Namespaces.Main;

    /// <summary>For a developer who sits before the program and would wait in vain for a word about a mistyped event.</summary>
    private string Hint => _console is { IsTerminal: true } && !_options.Development ? " DOTNET_ENVIRONMENT=Development tells of events that nobody listens to." : "";

    /// <inheritdoc />
    public override SockeyeSocket? Find(string id) => Main.Find(id);

    /// <inheritdoc />
    public override GameLoop CreateLoop(string name, double ticksPerSecond) => _gameLoops.Create(name, ticksPerSecond);

    /// <summary>Takes what may change while it runs (<see cref="ServerReconfiguration"/>).</summary>
    /// <param name="options">Valid options.</param>
    public void Take(SockeyeServerOptions options)
    {
        lock (_lock)
        {
            Context.Take(options, hasNewRates: options.Preset != _taken.Preset || !options.Rates.SaysSameAs(_taken.Rates));
            _engine.PreAuthOutboxBytes = options.Limits.PreAuthOutboxBytes;
            _engine.Options.MaxSessions = options.Engine.MaxSessions;
            _listeners.Take(options);
            if (_isRunning)
            {
                TellSilentListeners();
            }

            if (_ownsTransport)
            {
                _transport.MaxConnections = options.MaxConnections;
            }

            _taken = options;
        }
    }

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ThrowIfStopping();
            if (_isStarted)
            {
                throw new InvalidOperationException("A server can be started once.");
            }

            _isStarted = true;
        }

        try
        {
            Context.Metrics.BeginAtZero();
            await _parts.StartAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            await _http.StartAsync(_listeners.All).ConfigureAwait(false);
            lock (_lock)
            {
                ThrowIfStopping();
                _isRunning = true;
            }
        }
        catch (Exception failure)
        {
            // What had started stops, in the order in which a server stops; one that drains does so already.
            await StopStarted().ConfigureAwait(false);
            if (failure is IOException)
            {
                _console?.Fail(failure.Message);
            }

            throw;
        }

        Context.Log.Started(_listeners.Shown(""), _transport.Name, _transport.Loops.Count);
        lock (_lock)
        {
            TellSilentListeners();
        }
    }

    /// <summary>Under the lock.</summary>
    private void TellSilentListeners()
    {
        foreach (var listener in _listeners.NewlySilent())
        {
            Context.Log.NothingAnswers(listener);
        }
    }

    /// <summary>All that starts before the listeners and stops after the sessions, in the order of the start.</summary>
    private IEnumerable<IServerPart> PartsOf(SockeyeBuilder builder)
    {
        yield return new BusPart(Context.Bus, isOwn: builder.Bus is null, Context);
        if (_cluster is not null)
        {
            yield return _cluster;
        }

        yield return _plugins;
        if (_ownsTransport && _options.IdleTrim > TimeSpan.Zero)
        {
            yield return new IdleTrim(_transport, Context, _options.IdleTrim, _time, ProcessUse.Now);
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hurry = new CancellationTokenSource();
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        using var cancelled = cancellationToken.Register(() => asked.TrySetResult());
        Hurry(hurry.Token);
        try
        {
            await StartAsync(giveUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return;     // a signal has ended it while it started
        }

        _console?.Say($"Listening on {string.Join(", ", _listeners.Shown("http://"))}. Ctrl+C stops the server.{Hint}");
        await asked.Task.ConfigureAwait(false);
        await DrainAsync(null, hurry.Token).ConfigureAwait(false);

        void Ask(PosixSignalContext signal)
        {
            // The process ends when RunAsync has returned, not before.
            signal.Cancel = true;
            if (asked.TrySetResult())
            {
                giveUp.Cancel();
            }
            else
            {
                hurry.Cancel();     // whoever asks twice does not want to wait
            }
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        Context.Metrics.Dispose();
        GC.SuppressFinalize(this);
    }

    internal override SockeyeNamespace OfCore(string nameOrPattern) => Namespaces.Of(nameOrPattern);

    internal override SockeyeNamespace? FindNamespaceCore(string nameOrPattern) => Namespaces.Find(nameOrPattern);

    internal override SockeyeNamespace OfCore(Func<string, AuthPayload, bool> accepts) => Namespaces.Of(accepts);

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options) => Main.BroadcastCore(e, scope, options);

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken) =>
        Main.BroadcastWhenWritableCore(e, scope, options, cancellationToken);

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector) =>
        Main.BroadcastForAckCore(e, scope, options, collector);

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken) => Main.FetchCore(scope, cancellationToken);

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => Main.CountCore(scope, cancellationToken);

    internal override EmitResult ServerSideEmitCore(EventWriter e) => Main.ServerSideEmitCore(e);

    internal override Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e) => Main.ServerSideEmitForAckCore<T>(e);

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector) => Main.ApplyCore(scope, action, collector);
}
