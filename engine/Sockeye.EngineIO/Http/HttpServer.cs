using System.Net;
using System.Runtime.CompilerServices;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Abstractions.Values;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>An HTTP/1.1 server on event loops: listeners, the pipeline of each connection, and the router.</summary>
/// <remarks>
/// <para><b>Owns</b> its listeners, its connections, and the transport that it has made itself.</para>
/// <para><b>Thread.</b> Configure it from one thread; <see cref="StartAsync(IEnumerable{string})"/> and <see cref="StopAsync"/> may be called from any. Handlers run on the loops.</para>
/// <para><b>Lifetime.</b> It can be started once. A transport that was handed in stays the caller's: only the connections of this server end with it.</para>
/// <para><b>Limits.</b> <see cref="HttpOptions"/> per connection; <see cref="TransportOptions.MaxConnections"/> over all.</para>
/// </remarks>
public sealed class HttpServer : IAsyncDisposable
{
    /// <summary>The name of the listener of end points that were named alone.</summary>
    public const string DefaultName = "default";

    private const string TooLate = "A pipeline is complete when this callback returns, before the first bytes come: make before what has to be awaited.";

    /// <summary>How long listeners may take to be let go of by their loops; they accept nothing any more by then.</summary>
    private static readonly TimeSpan ListenerPatience = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private readonly ILogger _startLogger;      // a server may listen on more end points than lines are let through
    private readonly ConnectionRegistry _connections = new();
    private readonly HttpServerContext _context;
    private readonly List<ITransportListener> _listeners = [];
    private readonly bool _ownsTransport;
    private Action<IChannelPipeline>? _configurePipeline;
    private bool _isStarted;
    private bool _isOver;
    private Task? _stop;

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="options">Its settings; null: the defaults.</param>
    /// <param name="transport">Where it listens; null: a transport of its own, made from <see cref="HttpServerOptions.Transport"/>.</param>
    /// <exception cref="ArgumentException">Options are out of their ranges; the message names each of them.</exception>
    public HttpServer(HttpServerOptions? options = null, SocketTransport? transport = null)
    {
        Options = options ?? new HttpServerOptions();
        Options.Http.Check();
        _ownsTransport = transport is null;
        Transport = transport ?? SocketTransport.Create(Options.Transport);
        var logger = new GuardedLogger((LogText.Clean(Options.LoggerFactory) ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.EngineIO"));
        _startLogger = logger;
        _logger = new LimitedLogger(logger, Options.Time ?? TimeProvider.System);
        Observer = Options.Observer is { } observer ? new GuardedObserver(observer, _logger) : null;
        _context = new HttpServerContext(Options.Http, Router, _logger, _connections, Observer is null ? null : Observer.OnRuleBroken);
    }

    /// <summary>The settings.</summary>
    public HttpServerOptions Options { get; }

    /// <summary>Which handler answers which path. Fill it before the start.</summary>
    public HttpRouter Router { get; } = new();

    /// <summary>Where the server listens and what its connections run on.</summary>
    public SocketTransport Transport { get; }

    /// <summary>Called for each new connection, on its loop, before the engine's handlers are added to its pipeline (<see cref="PipelineNames"/>):
    /// handlers of one's own see the bytes first and last; one that comes to stand there only after the upgrade to WebSocket does not see what leaves.
    /// Keep the channel, not its pipeline: one into which nothing was put is given up at the upgrade. To be called before the start.</summary>
    /// <param name="configure">Several are called in the order in which they were added.</param>
    public void ConfigurePipeline(Action<IChannelPipeline> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configurePipeline += configure;
    }

    /// <summary>Refused: the first bytes come before its first await is over.</summary>
    [Obsolete(TooLate, error: true)]
    public void ConfigurePipeline(Func<IChannelPipeline, Task> configure) => throw new NotSupportedException(TooLate);

    /// <summary>Where it listens, with the real ports; empty before the start.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; private set; } = [];

    /// <summary>Where it listens, by listeners, as it was started with them; empty before the start.</summary>
    public IReadOnlyList<HttpListenerGroup> Listeners { get; private set; } = [];

    /// <summary>Whether others may accept at one of its end points too (<see cref="ITransportListener.IsShared"/>); false before the start.</summary>
    public bool SharesEndpoints { get; private set; }

    /// <summary>Open connections, upgraded ones included. Any thread.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Listens on all urls, or on none and throws.</summary>
    /// <param name="urls">For example <c>http://127.0.0.1:3000</c>, <c>http://localhost:0</c>, <c>http://*:3000</c>, <c>http://[::1]:3000</c>.</param>
    /// <exception cref="ArgumentException">A url is not one to listen on; the message says why.</exception>
    /// <exception cref="IOException">An end point is taken; the message names it.</exception>
    public Task StartAsync(params IEnumerable<string> urls)
    {
        ArgumentNullException.ThrowIfNull(urls);
        return StartAsync(urls.SelectMany(ServerUrl.Parse).ToArray());
    }

    /// <summary>Listens on all end points, or on none and throws.</summary>
    /// <exception cref="IOException">An end point is taken; the message names it.</exception>
    public Task StartAsync(IEnumerable<IPEndPoint> endPoints) => StartAsync([new HttpListenerGroup(DefaultName, endPoints)]);

    /// <summary>Listens on all end points of some listeners, or on none and throws.</summary>
    /// <exception cref="ArgumentException">There is no end point.</exception>
    /// <exception cref="IOException">An end point is taken; the message names it.</exception>
    public async Task StartAsync(IEnumerable<HttpListenerGroup> listeners)
    {
        HttpListenerGroup[] wanted = [.. listeners];
        if (Volatile.Read(ref _isOver))
        {
            throw Stopped();
        }

        if (_isStarted)
        {
            throw new InvalidOperationException("A server can be started once.");
        }

        if (wanted.All(static listener => listener.EndPoints.Count == 0))
        {
            throw new ArgumentException("There is nothing to listen on: name at least one url or end point.", nameof(listeners));
        }

        _isStarted = true;
        try
        {
            foreach (var listener in wanted)
            {
                await ListenAsync(listener).ConfigureAwait(false);
            }

            lock (_listeners)
            {
                Listeners = wanted;
                Endpoints = [.. wanted.SelectMany(static listener => listener.EndPoints)];
                SharesEndpoints = _listeners.Exists(static listener => listener.IsShared);
            }
        }
        catch
        {
            await CloseListenersAsync().ConfigureAwait(false);
            _isStarted = false;
            throw;
        }

        foreach (var endPoint in Endpoints)
        {
            ChannelLog.Listening(_startLogger, endPoint, Transport.Name);
        }
    }

    private async Task ListenAsync(HttpListenerGroup group)
    {
        var context = _context with { Handler = group.RoutesOf(Router) };
        List<IPEndPoint> bound = [];
        foreach (var endPoint in group.EndPoints)
        {
            var listener = await Transport.ListenAsync(endPoint, channel => Initialize(channel, context), group.Limit).ConfigureAwait(false);
            bound.Add(listener.EndPoint);
            bool isOver;
            lock (_listeners)
            {
                _listeners.Add(listener);
                isOver = _isOver;
            }

            if (isOver)
            {
                throw Stopped();
            }
        }

        group.EndPoints = bound;
    }

    /// <summary>Stops listening, lets requests in hand finish and says 1001 to WebSockets for at most <see cref="HttpServerOptions.StopTimeout"/>, then resets
    /// what is left, and stops the transport if it is the server's own. Calling it again waits for the same end.</summary>
    /// <param name="cancellationToken">Resets what is left without waiting any longer.</param>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_listeners)
        {
            return _stop ??= StopCoreAsync(cancellationToken);
        }
    }

    /// <summary>Answers GET and HEAD of one path; other methods get 405.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Responds before it returns, or later on the loop. An exception becomes a 500 without details.</param>
    public void MapGet(string path, Action<HttpExchange> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Router.Map(path, new SmallRoute(exchange =>
        {
            handler(exchange);
            return null;
        }, _logger));
    }

    /// <summary>Answers GET and HEAD of one path; other methods get 405.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Has responded when its task completes; otherwise, and on an exception, the answer is a 500 without details.</param>
    public void MapGet(string path, Func<HttpExchange, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Router.Map(path, new SmallRoute(handler, _logger));
    }

    /// <inheritdoc cref="MapGet(string, Func{HttpExchange, Task})" />
    [OverloadResolutionPriority(1)]
    public void MapGet(string path, Func<HttpExchange, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Router.Map(path, new SmallRoute(exchange => handler(exchange).AsTask(), _logger));
    }

    /// <summary>Answers POST of one path with its whole body; other methods get 405, larger bodies 413.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Has responded when its task completes; otherwise, and on an exception, the answer is a 500 without details.</param>
    /// <param name="maxBytes">The largest body. Default 65,536 (own).</param>
    public void MapPost(string path, HttpBodyHandler handler, long maxBytes = 65536)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        Router.Map(path, new SmallPostRoute(handler, maxBytes, _logger));
    }

    /// <summary>Serves plain WebSockets on one path.</summary>
    /// <param name="path">The exact path, or "*" for every path that no other route answers.</param>
    /// <param name="handler">Gets the sessions' events, on their loops.</param>
    /// <param name="options">Limits of messages, outboxes and silence; null: the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names all faults.</exception>
    public void MapWebSocket(string path, IWebSocketHandler handler, WebSocketEndpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (options?.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }

        var endpoint = new WebSocketEndpoint(handler, options ?? new WebSocketEndpointOptions(), _context.WebSockets);
        if (path == "*")
        {
            Router.MapRest(endpoint);
        }
        else
        {
            Router.Map(path, endpoint);
        }
    }

    /// <summary>Stops the server.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Opens a connection for a request that another server of the cluster has got. Its bytes are those of that request and of its answer, and of the WebSocket behind an upgrade; it ends with the answer, whose head does not say how the
    /// connection of the peer goes on. Handlers of <see cref="ConfigurePipeline(Action{IChannelPipeline})"/> are not in it: they have seen the bytes there. On the loop.</summary>
    /// <param name="loop">A loop of <see cref="Transport"/>.</param>
    /// <param name="wire">Brings and takes the bytes.</param>
    /// <param name="remote">The peer of the other server.</param>
    /// <param name="isSecure">Whether the request came over TLS there.</param>
    /// <exception cref="NotSupportedException">The transport has no such connections.</exception>
    public RelayedConnection OpenRelayed(ITransportLoop loop, IChannelWire wire, IPEndPoint remote, bool isSecure)
    {
        HttpChannelHandler? handler = null;
        var connection = VirtualConnection.Open(
            loop, wire, remote, PipelineNames.Http, channel => handler = new HttpChannelHandler(channel, _context) { IsSecure = isSecure, IsRelayed = true });
        return new RelayedConnection(connection, handler);
    }

    internal ConnectionRegistry Connections => _connections;

    /// <summary>Who is told what peers do wrong; throws nothing.</summary>
    internal IEngineObserver? Observer { get; }

    /// <summary>New plain WebSockets and slow readers among them are held to the budget of an engine on this server. Before the start.</summary>
    internal void HoldTo(IMemoryBudget budget) => _context.WebSockets.Budget = budget;

    private void Initialize(IChannel channel, HttpServerContext context)
    {
        try
        {
            _configurePipeline?.Invoke(channel.Pipeline);
            _ = channel.Pipeline.AddLast(PipelineNames.Http, new HttpChannelHandler(channel, context));
        }
        catch (Exception exception)
        {
            ChannelLog.InitializeFailed(_logger, exception);
            channel.Abort();
        }
    }

    private async Task StopCoreAsync(CancellationToken cancellationToken)
    {
        await StopListeningAsync().ConfigureAwait(false);
        var ended = _connections.Shutdown();
        if (Options.StopTimeout > TimeSpan.Zero)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _ = await Task.WhenAny(ended, Task.Delay(Options.StopTimeout, timer.Token)).ConfigureAwait(false);
            await timer.CancelAsync().ConfigureAwait(false);
        }

        if (!ended.IsCompleted)
        {
            _ = _connections.Abort();
        }

        if (_ownsTransport)
        {
            await Transport.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Accepts no further connection; those that are there go on until <see cref="StopAsync"/>. Completes when the end points are free, after a second at most. It cannot listen again.</summary>
    public Task StopListeningAsync()
    {
        lock (_listeners)
        {
            _isOver = true;
        }

        return CloseListenersAsync();
    }

    private static InvalidOperationException Stopped() => new("The server has been stopped.");

    private async Task CloseListenersAsync()
    {
        ITransportListener[] listeners;
        lock (_listeners)
        {
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        // All of them at once, and whatever their loops do.
        var closed = Task.WhenAll(listeners.Select(static listener => listener.DisposeAsync().AsTask()));
        _ = await Task.WhenAny(closed, Task.Delay(ListenerPatience)).ConfigureAwait(false);
    }
}
