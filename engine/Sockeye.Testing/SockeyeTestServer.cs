using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;
using Sockeye.Transport;

namespace Sockeye.Testing;

/// <summary>A whole server without sockets on a clock that stands still until it is moved: for unit tests of applications and plugins.</summary>
/// <remarks>
/// <para><b>Threads.</b> Everything runs on the thread that calls <see cref="RunUntilIdle"/> and <see cref="Advance"/>. Handlers that go through the thread pool are
/// waited for with <see cref="RunUntil"/>.</para>
/// <para><b>Truth.</b> Clients speak real bytes to the real server; only the socket below and the clock are replaced.</para>
/// </remarks>
public sealed class SockeyeTestServer : IAsyncDisposable
{
    /// <summary>Failures that <see cref="HandlerErrors"/> keeps, the newest ones: each holds its event and its socket.</summary>
    public const int HandlerErrorsKept = 1024;

    /// <summary>How long in real time work that goes through the thread pool is waited for before the clock is moved while the server stops.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromMilliseconds(5);

    /// <summary>As <see cref="StopPatience"/>, while the server joins a cluster, which takes many steps of the clock: what takes longer finds the clock some steps later.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromMilliseconds(1);

    /// <summary>How long in real time a start is waited for: what it waits for then does not come, and a test that stands is worse than one that fails.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    /// <summary>How far the clock moves at a time while a server joins a cluster.</summary>
    private static readonly TimeSpan ClusterStep = TimeSpan.FromMilliseconds(10);

    private const string TooLate = "The server starts when this callback returns: await before what it needs.";

    private readonly List<SockeyeTestClient> _clients = [];
    private readonly Queue<HandlerError> _errors = new();
    private readonly SocketServer _server;
    private readonly TimeSpan _step;
    private readonly string _path;

    /// <summary>Starts a server.</summary>
    /// <param name="configure">Registers handlers, as an application does.</param>
    public SockeyeTestServer(Action<SockeyeServer> configure)
        : this(configure, null)
    {
    }

    /// <summary>Starts a server with options, plugins and several loops.</summary>
    /// <param name="configure">Registers handlers, as an application does.</param>
    /// <param name="build">Options, plugins, routes; null: the defaults, with <see cref="SockeyeServerOptions.Development"/> off wherever the test runs, and nothing on standard error.</param>
    /// <param name="loops">Number of event loops, 1 to 64; all run on the caller's thread.</param>
    /// <exception cref="TimeoutException">The server, or a plugin of it, has not started within 60 s.</exception>
    public SockeyeTestServer(Action<SockeyeServer> configure, Action<SockeyeBuilder>? build, int loops = 1)
        : this(configure, build, loops, null)
    {
    }

    /// <param name="configure">Registers handlers, as an application does.</param>
    /// <param name="build">Options, plugins, routes.</param>
    /// <param name="loops">Number of event loops.</param>
    /// <param name="cluster">Moves the clock of all its servers while this one starts; null: there is none.</param>
    internal SockeyeTestServer(Action<SockeyeServer> configure, Action<SockeyeBuilder>? build, int loops, SockeyeTestCluster? cluster)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Transport = new MemoryTransport(loops);
        Time = new TestTime(Transport, cluster?.Now, failure => Context.RaiseError(HandlerKind.Other, "the clock of the test", failure));
        TimeSpan? step = null;
        var path = "";
        _server = SockeyeServerFactory.Build(builder =>
        {
            builder.CustomTransport = Transport;
            builder.Time = Time;
            builder.Options.Development = false;
            builder.Options.ConsoleLog = LogLevel.None;
            build?.Invoke(builder);
            step = builder.Options.Engine.PingTimeout / 4;
            path = builder.Options.Path.TrimEnd('/') + '/';
        });
        _step = step!.Value;
        _path = path;
        _server.Context.Failing = OnFailing;
        configure(_server);
        var start = _server.StartAsync();
        var began = Stopwatch.GetTimestamp();
        while (!Transport.RunUntil(() => start.IsCompleted, _server.Cluster is null ? StartPatience : JoinPatience))
        {
            if (_server.Cluster is null || Stopwatch.GetElapsedTime(began) > StartPatience)
            {
                throw new TimeoutException($"The server has not started within {StartPatience.TotalSeconds:0} s.");
            }

            // It waits for others to tell of themselves, by the clock.
            cluster?.StepWhileStarting();
            Transport.Advance(ClusterStep);
        }

        start.GetAwaiter().GetResult();
    }

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeTestServer(Func<SockeyeServer, Task> configure) => throw new NotSupportedException(TooLate);

    /// <summary>Refused: the server starts when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public SockeyeTestServer(Func<SockeyeServer, Task> configure, Action<SockeyeBuilder>? build, int loops = 1) => throw new NotSupportedException(TooLate);

    /// <summary>The server.</summary>
    public SockeyeServer Server => _server;

    /// <summary>Failures of handlers of all namespaces, in their order: the last <see cref="HandlerErrorsKept"/>. Made at each call.</summary>
    public IReadOnlyList<HandlerError> HandlerErrors
    {
        get
        {
            lock (_errors)
            {
                return [.. _errors];
            }
        }
    }

    /// <summary>How many there were, with those that <see cref="HandlerErrors"/> has forgotten.</summary>
    public long HandlerErrorCount { get; private set; }

    /// <summary>The clock that <see cref="Advance"/> moves, for what the application times itself: its timers fire while the clock moves, on the thread that moves it.</summary>
    /// <remarks>It begins at the time of the machine, to the second, so that two servers of one test may begin a second apart; those of a <see cref="SockeyeTestCluster"/> have one time. Plugins have it by themselves.</remarks>
    public TimeProvider Time { get; }

    /// <summary>What every event that a client receives is shown to, for clients that answer by themselves.</summary>
    public Action<SockeyeTestClient, TestEvent>? Received { get; set; }

    internal MemoryTransport Transport { get; }

    internal ServerContext Context => _server.Context;

    /// <summary>Whether nothing of its cluster that was begun on other threads is left to do.</summary>
    internal bool IsClusterIdle => _server.IsClusterIdle;

    internal NamespaceRegistry Namespaces => _server.Namespaces;

    internal PayloadCodec Codec => _server.Context.Codec;

    /// <summary>Connects a client and runs the server until it is idle.</summary>
    /// <param name="nsp">Its namespace.</param>
    /// <param name="auth">What it sends to enter; null: nothing.</param>
    /// <param name="query">More query parameters of its request, such as <c>token=x</c>; null: none.</param>
    /// <param name="loop">Index of the loop that serves it.</param>
    /// <param name="joins">Whether it asks for its namespace; if not it only has the connection.</param>
    /// <param name="headers">More headers of its request; null: none.</param>
    /// <param name="listener">The name of the listener that it comes by (<see cref="SockeyeServerOptions.Listeners"/>); null: the first one. Limits of connections hold nobody back here.</param>
    /// <exception cref="ArgumentException">A header has a line break or NUL in it, or no name; or there is no such listener.</exception>
    public SockeyeTestClient Connect(
        string nsp = "/", object? auth = null, string? query = null, int loop = 0, bool joins = true, IReadOnlyDictionary<string, string>? headers = null, string? listener = null)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        var link = new TestLink(Transport.Connect(listener is null ? null : EndpointOf(listener), loop), $"{_path}?EIO=4&transport=websocket{(query is null ? "" : "&" + query)}", headers);
        var client = new SockeyeTestClient(this, link, nsp, auth, joins);
        _clients.Add(client);
        RunUntilIdle();
        return client;
    }

    private IPEndPoint EndpointOf(string listener) =>
        Server.Listeners.FirstOrDefault(found => found.Name.Equals(listener, StringComparison.OrdinalIgnoreCase))?.Endpoints[0] as IPEndPoint
            ?? throw new ArgumentException($"There is no listener \"{listener}\"; there are {string.Join(", ", Server.Listeners.Select(static found => found.Name))}.", nameof(listener));

    /// <summary>Runs server and clients until none has anything left to do at this moment.</summary>
    public void RunUntilIdle()
    {
        do
        {
            Transport.RunUntilIdle();
        }
        while (PumpClients());
    }

    /// <summary>Moves the clock and runs what comes due; clients answer pings meanwhile.</summary>
    /// <param name="by">How far.</param>
    public void Advance(TimeSpan by)
    {
        RunUntilIdle();
        while (by > TimeSpan.Zero)
        {
            var step = by < _step ? by : _step;
            Transport.Advance(step);
            RunUntilIdle();
            by -= step;
        }
    }

    /// <summary>Runs server and clients until something is true, and waits meanwhile for what goes through the thread pool. The clock stands still.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="timeout">In real time; 60 s if null.</param>
    /// <returns>False: the time ran out.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Transport.RunUntil(
            () =>
            {
                if (PumpClients())
                {
                    RunUntilIdle();
                }

                return condition();
            },
            timeout);
    }

    /// <summary>Runs server and clients until a task has completed, and returns its result.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="timeout">In real time; 60 s if null.</param>
    /// <exception cref="TimeoutException">The time ran out.</exception>
    public T Await<T>(Task<T> task, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        return RunUntil(() => task.IsCompleted, timeout) ? task.GetAwaiter().GetResult() : throw new TimeoutException("The task has not completed.");
    }

    /// <summary>Stops the server; clients see what clients see then.</summary>
    public async ValueTask DisposeAsync()
    {
        var stop = _server.DisposeAsync().AsTask();
        while (!RunUntil(() => stop.IsCompleted, StopPatience))
        {
            // Clients that are cut or do not read end with a timeout: on this clock.
            Transport.Advance(TimeSpan.FromSeconds(1));
        }

        await stop.ConfigureAwait(false);
        await Transport.StopAsync().ConfigureAwait(false);
    }

    internal void OnReceived(SockeyeTestClient client, TestEvent e) => Received?.Invoke(client, e);

    // Handlers on the thread pool fail on its threads.
    private void OnFailing(HandlerError error)
    {
        lock (_errors)
        {
            HandlerErrorCount++;
            if (_errors.Count == HandlerErrorsKept)
            {
                _errors.Dequeue();
            }

            _errors.Enqueue(error);
        }
    }

    private bool PumpClients()
    {
        var any = false;
        for (var i = 0; i < _clients.Count; i++)
        {
            any |= _clients[i].Pump();
        }

        return any;
    }
}
