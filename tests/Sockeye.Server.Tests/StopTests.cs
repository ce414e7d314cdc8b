using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sockeye.EngineIO;
using Sockeye.Server.Common;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Stopping over real loops, while handlers run, block and stop the server themselves.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private readonly List<RealClient> _clients = [];
    private readonly List<ITransportLoop> _loops = [];
    private readonly ManualResetEventSlim _release = new();
    private readonly AwaitedLog _log = new();

    public static TheoryData<string> Places => ["loop", "pool", "game loop"];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _release.Set();
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        // A loop that was left behind ends when it comes back; what it gives back then must not be missing in another test.
        await Task.WhenAll(_loops.Select(loop => loop.TerminationCompletion)).WaitAsync(RealClient.Patience);
        _release.Dispose();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_handler_that_blocks_for_ever_keeps_nobody_from_stopping(string place)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(place, Short, app => app.On("x", () =>
        {
            entered.SetResult();
            _release.Wait();
        }));
        await EmitAsync(server);
        await entered.Task.WaitAsync(RealClient.Patience);
        await server.StopAsync().WaitAsync(RealClient.Patience);
        await server.DisposeAsync().AsTask().WaitAsync(RealClient.Patience);
    }

    [Fact]
    public async Task A_loop_that_a_handler_blocks_is_named_while_it_blocks_with_event_and_socket()
    {
        var id = "";
        var server = await StartAsync("loop", Short, app => app.On("move", (SockeyeSocket socket) =>
        {
            id = socket.Id;
            _release.Wait();
        }));
        await EmitAsync(server, "move");
        await _log.Line("has been held").WaitAsync(RealClient.Patience);
        Assert.False(_release.IsSet);
        var line = await _log.Line("has been held");
        Assert.Contains($"\"move\" of socket {id}", line, StringComparison.Ordinal);
        Assert.Contains("sockeye-loop-0", line, StringComparison.Ordinal);
        Assert.Equal(1, server.Context.Loops.All().Sum(loop => loop.Counters.Blocked));
        _release.Set();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_loop_that_a_hook_of_the_engine_blocks_is_named_with_the_request()
    {
        var server = await StartAsync("loop", Short, _ => { }, builder => builder.Options.Engine.AllowRequest = _ =>
        {
            _release.Wait();
            return AllowRequestResult.Allow;
        });
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync((IPEndPoint)server.Endpoints[0]);
        await client.GetStream().WriteAsync("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        Assert.Contains($"request /socket.io/ of {client.Client.LocalEndPoint}", await _log.Line("has been held").WaitAsync(RealClient.Patience), StringComparison.Ordinal);
        _release.Set();
        await server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Stopping_waits_for_handlers_that_run_and_for_an_OnDisconnect_that_awaits(string place)
    {
        List<string> ends = [];
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(place, TimeSpan.FromSeconds(30), app =>
        {
            app.On("x", async () =>
            {
                entered.SetResult();
                await go.Task;
                ends.Add("handler");
            });
            app.OnDisconnect(async (_, _) =>
            {
                left.SetResult();
                await leave.Task;
                ends.Add("disconnect");
            });
        });
        await EmitAsync(server);
        await entered.Task.WaitAsync(RealClient.Patience);
        var stop = server.StopAsync();
        await UntilAsync(() => server.Context.Endings.Open > 0, "a socket ends");

        Assert.False(stop.IsCompleted);
        go.SetResult();
        await left.Task.WaitAsync(RealClient.Patience);
        Assert.False(stop.IsCompleted);
        leave.SetResult();
        await stop.WaitAsync(RealClient.Patience);
        Assert.Equal(["handler", "disconnect"], ends);
        await server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_handler_may_await_that_its_server_stops_and_its_own_OnDisconnect_follows(string place)
    {
        List<string> calls = [];
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(place, TimeSpan.FromMinutes(1), app =>
        {
            app.On("stop", async () =>
            {
                await Task.Yield();
                await app.StopAsync();
                calls.Add("stopped");
            });
            app.OnDisconnect((_, _) =>
            {
                calls.Add("disconnect");
                gone.SetResult();
            });
        });
        await EmitAsync(server, "stop");
        await gone.Task.WaitAsync(RealClient.Patience);
        Assert.Equal(["stopped", "disconnect"], calls);
        await server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_handler_that_stops_its_server_and_goes_on_leaves_no_OnDisconnect_of_another_client_behind(string place)
    {
        Task? stop = null;
        var stopper = "";
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(place, TimeSpan.FromMinutes(1), app =>
        {
            app.On("stop", (SockeyeSocket socket) =>
            {
                stopper = socket.Id;
                stop = app.StopAsync();
                stopping.SetResult();
            });
            app.OnDisconnect((socket, _) => socket.Id == stopper ? Task.CompletedTask : Wait());
        });
        await ConnectIdleAsync(server);
        await EmitAsync(server, "stop");
        await stopping.Task.WaitAsync(RealClient.Patience);
        await ExpectWaitAsync(server, stop!, left.Task, go);

        Task Wait()
        {
            left.SetResult();
            return go.Task;
        }
    }

    [Fact]
    public async Task A_game_loop_that_stops_the_server_leaves_no_OnDisconnect_behind()
    {
        Task? stop = null;
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync("loop", TimeSpan.FromMinutes(1), app => app.OnDisconnect((_, _) =>
        {
            left.SetResult();
            return go.Task;
        }));
        await ConnectIdleAsync(server);
        server.CreateLoop("ticks", 10).Post(0, _ =>
        {
            stop = server.StopAsync();
            stopping.SetResult();
        });
        await stopping.Task.WaitAsync(RealClient.Patience);
        await ExpectWaitAsync(server, stop!, left.Task, go);
    }

    [Fact]
    public async Task Whoever_hurries_hurries_a_stop_that_somebody_else_has_begun()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync("loop", TimeSpan.FromMinutes(10), app => app.On("x", () =>
        {
            entered.SetResult();
            _release.Wait();
        }));
        await EmitAsync(server);
        await entered.Task.WaitAsync(RealClient.Patience);
        var stop = server.StopAsync();
        using var hurry = new CancellationTokenSource();
        var drain = server.DrainAsync(null, hurry.Token);
        Assert.False(stop.IsCompleted);
        await hurry.CancelAsync();
        await stop.WaitAsync(RealClient.Patience);
        await drain.WaitAsync(RealClient.Patience);
    }

    [Fact]
    public async Task A_server_that_has_stopped_starts_nothing_and_says_that_it_is_closed()
    {
        var server = await StartAsync("loop", Short, _ => { });
        await server.DisposeAsync();
        Assert.Equal(EmitResult.Closed, server.Emit("x"));
        Assert.Equal(EmitResult.Closed, server.To("room").Emit("x"));
        Assert.Equal(EmitResult.Closed, await server.EmitAsync("x"));
        Assert.False((await server.EmitWithAckAsync<int>("x")).IsComplete);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync());

        var never = SockeyeServerFactory.Build(builder => builder.Options.Urls.Add("http://127.0.0.1:0"));
        await never.StopAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => never.StartAsync());
        Assert.Empty(never.Endpoints);
    }

    [Fact]
    public async Task Game_loops_that_are_disposed_while_their_server_stops_do_not_hold_it_up()
    {
        await using var server = SockeyeServerFactory.Build(builder => builder.Options.EventLoops = 1);
        await using var transport = SocketTransport.Create(new TransportOptions { LoopCount = 1 });
        for (var round = 0; round < 20; round++)
        {
            var all = new GameLoops(server.Context, transport);
            var loops = Enumerable.Range(0, 16).Select(number => (ServerGameLoop)all.Create("arena " + number, 10)).ToArray();

            // One that has come to its end at once is disposed within the call.
            await Task.WhenAll(loops.Select(loop => loop.Loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero)));
            var isReady = false;
            var disposed = 0;
            var stopping = OnThread(() =>
            {
                // In the midst of the others: no wait that sleeps is short enough.
                Volatile.Write(ref isReady, true);
                SpinUntil(() => Volatile.Read(ref disposed) >= 2);
                return all.EndAsync();
            });
            var disposing = OnThread(() =>
            {
                SpinUntil(() => Volatile.Read(ref isReady));
                return Task.WhenAll(loops.Reverse().Select(loop =>
                {
                    var ended = loop.DisposeAsync().AsTask();
                    Volatile.Write(ref disposed, disposed + 1);
                    return ended;
                }));
            });
            await Task.WhenAll(disposing, stopping).WaitAsync(RealClient.Patience);
        }
    }

    [Fact]
    public async Task When_an_event_loop_has_ended_events_that_wait_on_it_are_dropped_and_counted_and_OnDisconnect_runs_once()
    {
        using var meters = new RecordedMeters();
        var release = new TaskCompletionSource();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = 0;
        var disconnections = 0;
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = 1;
            builder.MeterFactory = meters;
        });
        server.On("x", async (SockeyeSocket socket) =>
        {
            Interlocked.Increment(ref handled);
            socket.Aborted.UnsafeRegister(static gone => ((TaskCompletionSource)gone!).SetResult(), gone);
            await release.Task;
        });
        server.OnDisconnect((_, _) => { Interlocked.Increment(ref disconnections); });
        await server.StartAsync();
        var client = await RealClient.ConnectAsync(server);
        _clients.Add(client);
        for (var i = 0; i < 3; i++)
        {
            await client.EmitAsync("[\"x\"]");
        }

        await client.LeaveAsync();
        await gone.Task.WaitAsync(RealClient.Patience);
        await server.Context.Loops[0].ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero).WaitAsync(RealClient.Patience);
        release.SetResult();
        await server.StopAsync().WaitAsync(RealClient.Patience);
        Assert.Equal(1, handled);
        Assert.Equal(1, disconnections);
        Assert.Equal(2, meters.Count("sockeye.dropped", "disconnected"));
        Assert.Equal(0, server.Context.Endings.Open);
        Assert.Equal(0, server.Context.Faults);
    }

    [Fact]
    public async Task Starting_while_it_stops_leaves_no_listener()
    {
        for (var i = 0; i < 20; i++)
        {
            var server = SockeyeServerFactory.Build(builder =>
            {
                builder.Options.Urls.Add("http://127.0.0.1:0");
                builder.Options.EventLoops = 1;
            });
            var start = Task.Run(() => server.StartAsync());
            await server.StopAsync().WaitAsync(RealClient.Patience);
            try
            {
                await start.WaitAsync(RealClient.Patience);
            }
            catch (Exception late) when (late is InvalidOperationException)
            {
                // It came too late, and says so.
            }

            foreach (var endPoint in server.Endpoints)
            {
                await Nobody.ListensAtAsync(endPoint);
            }
        }
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task What_is_queued_for_a_client_that_does_not_fetch_it_is_let_go_when_the_time_to_stop_is_over(TransportKind transport)
    {
        var open = BufferCounters.Rented - BufferCounters.Returned;
        var held = BufferCounters.HeldBytes;
        List<string> ends = [];
        await using (var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = 1;
            builder.Options.StopTimeout = Short;
            builder.Options.Transport = transport;
        }))
        {
            server.OnConnection(socket => socket.OnDisconnect(end => ends.Add(end.Reason.ToString())));
            await server.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Endpoints[0]}/socket.io/") };
            const string Query = "?EIO=4&transport=polling";
            var opened = await http.GetStringAsync(new Uri(Query, UriKind.Relative));
            var session = new Uri($"{Query}&sid={JsonElement.Parse(opened[1..]).GetProperty("sid").GetString()}", UriKind.Relative);
            using var connect = new StringContent("40");
            using var answer = await http.PostAsync(session, connect);
            Assert.StartsWith("40", await http.GetStringAsync(session), StringComparison.Ordinal);
            server.Emit("x", new string('x', 10_000));
            await server.StopAsync().WaitAsync(RealClient.Patience);
        }

        Assert.Equal([nameof(DisconnectReason.ServerShuttingDown)], ends);
        Assert.Equal(open, BufferCounters.Rented - BufferCounters.Returned);
        Assert.Equal(held, BufferCounters.HeldBytes);
    }

    /// <summary>A socket has left whose OnDisconnect awaits: the stop waits for it.</summary>
    private async Task ExpectWaitAsync(SocketServer server, Task stop, Task left, TaskCompletionSource go)
    {
        await left.WaitAsync(RealClient.Patience);
        await UntilAsync(() => server.Context.Endings.Open == 1, "one socket ends");

        Assert.False(server.Context.Endings.WhenDone().IsCompleted);
        Assert.False(stop.IsCompleted);
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        _clients.Clear();
        go.SetResult();
        await stop.WaitAsync(RealClient.Patience);
        await server.DisposeAsync();
    }

    private async Task<SocketServer> StartAsync(string place, TimeSpan stopTimeout, Action<SockeyeServer> configure, Action<SockeyeBuilder>? build = null)
    {
        var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = 1;
            builder.Options.StopTimeout = stopTimeout;
            builder.LoggerFactory = _log;
            build?.Invoke(builder);
        });
        if (place == "pool")
        {
            server.RunHandlers(HandlerThread.Pool);
        }
        else if (place == "game loop")
        {
            server.RunHandlersOn(server.CreateLoop("arena", 10));
        }

        configure(server);
        await server.StartAsync();
        _loops.AddRange(server.Context.Loops.All());
        return server;
    }

    private static void SpinUntil(Func<bool> isSo)
    {
        for (var start = Stopwatch.GetTimestamp(); !isSo();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < RealClient.Patience, "The other thread has not come so far.");
            Thread.SpinWait(1);
        }
    }

    private static async Task UntilAsync(Func<bool> isSo, string what)
    {
        for (var start = Stopwatch.GetTimestamp(); !isSo();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < RealClient.Patience, $"It takes too long until {what}.");
            await Task.Yield();
        }
    }

    private static Task OnThread(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    /// <summary>A client whose handlers have run: one that is still within them may be who stops the server, and is not waited for.</summary>
    private async Task ConnectIdleAsync(SocketServer server)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.On("other", heard.SetResult);
        await EmitAsync(server, "other");
        await heard.Task.WaitAsync(RealClient.Patience);
        await UntilAsync(() => server.Namespaces.Handling().Count == 0, "no handler runs");
    }

    private async Task EmitAsync(SockeyeServer server, string name = "x")
    {
        var client = await RealClient.ConnectAsync(server);
        _clients.Add(client);
        await client.EmitAsync($"[\"{name}\"]");
    }
}
