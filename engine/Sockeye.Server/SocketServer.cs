using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Memory;
using Sockeye.Plugins;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>The server: HTTP, Engine.IO and Socket.IO on one transport. As a broadcast target it is its main namespace.</summary>
/// <remarks>The transport's loops run from creation on; what is left of them is stopped by <see cref="DisposeAsync"/>.</remarks>
internal sealed class SocketServer : SockeyeServer
{
    private const string DefaultUrl = "http://127.0.0.1:3000";

    private readonly SockeyeServerOptions _options;
    private readonly SocketTransport _transport;
    private readonly HttpServer _http;
    private readonly EngineServer _engine;
    private readonly GameLoops _gameLoops;
    private readonly IReadOnlyList<PluginEntry> _plugins;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly bool _ownsTransport;
    private readonly Lock _lock = new();
    private int _pluginsStarted;
    private bool _isStarted;
    private Task? _stop;
    private Task? _drain;
    private IdleTrim? _trim;

    /// <param name="builder">Valid options, and what the application has added.</param>
    /// <param name="transport">Where it listens; its own, unless the builder has brought one.</param>
    public SocketServer(SockeyeBuilder builder, SocketTransport transport)
    {
        _options = builder.Options;
        _loggers = builder.LoggerFactory ?? NullLoggerFactory.Instance;
        _time = builder.Time;
        _plugins = builder.Plugins;
        _ownsTransport = builder.CustomTransport is null;
        _transport = transport;

        var loops = new LoopSet(_transport.Loops);
        Context = new ServerContext(
            _options, loops, builder.Codec, new ServerLog((CleanLoggers.Of(builder.LoggerFactory) ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Server"), _time), new SockeyeMetrics(loops, builder.MeterFactory));
        _gameLoops = new GameLoops(Context, _transport);
        _http = new HttpServer(
            new HttpServerOptions { Http = _options.Http, LoggerFactory = builder.LoggerFactory, StopTimeout = _options.StopTimeout, RuleBroken = Context.Metrics.Broken, Time = _time }, _transport)
        {
            ConfigurePipeline = builder.Pipeline,
        };
        _options.Engine.LoggerFactory ??= builder.LoggerFactory;
        _options.Engine.Time = _time;
        _engine = new EngineServer(_options.Engine, new SocketIOHandler(Context));
        _engine.MessagesDropped = Context.Metrics.Dropped;
        _engine.StrangerOutboxBytes = _options.Limits.PreAuthOutboxBytes;
        _engine.ConnectionError += Context.Metrics.RequestRefused;
        _engine.Attach(_http);
        if (_options.ServeClientFrom is { } folder)
        {
            ClientBundles.Map(_http.Router, folder, _options.Engine);
        }

        foreach (var route in builder.Routes)
        {
            route(_http);
        }
    }

    /// <inheritdoc />
    public override IReadOnlyList<EndPoint> Endpoints => _http.Endpoints;

    /// <summary>What the parts share; for tests.</summary>
    public ServerContext Context { get; }

    internal override PayloadCodec Codec => Context.Codec;

    internal override NamespaceHandlers Handlers => Main.Handlers;

    private ServerNamespace Main => Context.Namespaces.Main;

    /// <inheritdoc />
    public override GameLoop CreateLoop(string name, double ticksPerSecond) => _gameLoops.Create(name, ticksPerSecond);

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_isStarted)
            {
                throw new InvalidOperationException("A server can be started once.");
            }

            _isStarted = true;
        }

        foreach (var entry in _plugins)
        {
            var context = new PluginContext(this, entry.Section, _loggers.CreateLogger("Sockeye.Plugin." + entry.Id), _time);
            await entry.Plugin.StartAsync(context, cancellationToken).ConfigureAwait(false);
            _pluginsStarted++;
            Context.Log.PluginStarted(entry.Id, entry.Version);
        }

        cancellationToken.ThrowIfCancellationRequested();
        await _http.StartAsync(_options.Urls.Count == 0 ? [DefaultUrl] : _options.Urls).ConfigureAwait(false);
        if (_ownsTransport && _options.IdleTrim > TimeSpan.Zero)
        {
            _trim = IdleTrim.Start(_transport, Context, _options.IdleTrim, _time, ProcessUse.Now);
        }

        Context.Log.Started(_http.Endpoints, _transport.Name, _transport.Loops.Count);
    }

    /// <inheritdoc />
    public override Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return _stop ??= StopCoreAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public override Task DrainAsync(TimeSpan? over = null, CancellationToken cancellationToken = default)
    {
        var time = over ?? _options.DrainTime;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(over));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromHours(1), nameof(over));
        lock (_lock)
        {
            return _drain ??= _stop ?? DrainCoreAsync(time, cancellationToken);
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hurry = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        using var cancelled = cancellationToken.Register(() => asked.TrySetResult());
        await StartAsync(cancellationToken).ConfigureAwait(false);
        await asked.Task.ConfigureAwait(false);
        await DrainAsync(null, hurry.Token).ConfigureAwait(false);

        void Ask(PosixSignalContext signal)
        {
            // The process ends when RunAsync has returned, not before.
            signal.Cancel = true;
            if (!asked.TrySetResult())
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

    internal override SockeyeNamespace OfCore(string nameOrPattern) => Context.Namespaces.Of(nameOrPattern);

    internal override SockeyeNamespace OfCore(Func<string, AuthPayload, bool> accepts) => Context.Namespaces.Of(accepts);

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options) => Main.BroadcastCore(e, scope, options);

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken) =>
        Main.BroadcastWhenWritableCore(e, scope, options, cancellationToken);

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector) =>
        Main.BroadcastForAckCore(e, scope, options, collector);

    internal override Task<IReadOnlyList<RemoteSocket>> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken) =>
        Main.FetchCore(scope, cancellationToken);

    internal override Task<int> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => Main.CountCore(scope, cancellationToken);

    internal override void JoinAllCore(in BroadcastScope scope, string room) => Main.JoinAllCore(scope, room);

    internal override void LeaveAllCore(in BroadcastScope scope, string room) => Main.LeaveAllCore(scope, room);

    internal override void DisconnectAllCore(in BroadcastScope scope, bool close) => Main.DisconnectAllCore(scope, close);

    private async Task DrainCoreAsync(TimeSpan over, CancellationToken cancellationToken)
    {
        Context.Log.Draining(_engine.SessionCount, over);
        await _http.StopListeningAsync().ConfigureAwait(false);
        try
        {
            // The time more than it takes is for a loop that stops meanwhile and tells nobody.
            await _engine.DrainAsync(over, cancellationToken).WaitAsync(over + _options.StopTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Context.Log.DrainCut(_engine.SessionCount);
        }

        await StopAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sessions first, while the connections that carry what they still have to say are there; then the listeners and connections; then the game loops,
    /// on which the handlers of all these disconnections run.</summary>
    private async Task StopCoreAsync(CancellationToken cancellationToken)
    {
        Context.Log.Stopping();
        _trim?.Dispose();
        try
        {
            await _engine.CloseAsync().WaitAsync(_options.StopTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Context.Log.StopTimedOut();
        }

        await _http.StopAsync(cancellationToken).ConfigureAwait(false);
        if (_ownsTransport)
        {
            await _transport.StopAsync().ConfigureAwait(false);
        }

        Context.Namespaces.AbandonAwaited();
        await _gameLoops.EndAsync(cancellationToken.IsCancellationRequested ? TimeSpan.Zero : _options.StopTimeout).ConfigureAwait(false);
        for (var i = _pluginsStarted - 1; i >= 0; i--)
        {
            await StopAsync(_plugins[i]).ConfigureAwait(false);
        }

        Context.Log.Stopped();
    }

    private async Task StopAsync(PluginEntry entry)
    {
        try
        {
            await entry.Plugin.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The other plugins are stopped all the same; the failure is logged.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Context.Log.PluginFailed(entry.Id, failure);
        }
    }
}
