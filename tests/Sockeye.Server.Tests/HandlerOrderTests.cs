using Sockeye.Server.Clients;
using Xunit;

namespace Sockeye.Server.Tests;

public class HandlerOrderTests : ServerTest
{
    [Fact]
    public void The_next_event_of_a_socket_starts_when_the_last_handler_has_completed()
    {
        List<string> calls = [];
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            server.On("first", async () =>
            {
                calls.Add("first begins");
                await release.Task;
                calls.Add("first ends");
            });
            server.On("second", (int i) => calls.Add("second " + i));
        });
        var client = app.Connect();
        var other = app.Connect();
        client.Emit("first");
        client.Emit("second", 1);
        client.Emit("second", 2);
        other.Emit("second", 9);
        app.RunUntilIdle();
        Assert.Equal(["first begins", "second 9"], calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => calls.Count == 5));
        Assert.Equal(["first begins", "second 9", "first ends", "second 1", "second 2"], calls);
    }

    [Fact]
    public void Answers_and_completions_behind_an_await_stay_on_the_loop_so_that_running_until_idle_is_enough()
    {
        using var token = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        List<string> done = [];
        var app = Start(server =>
        {
            server.OnWithAck("ask", async () =>
            {
                await release.Task;
                return 7;
            });
            server.On("question", async (SockeyeSocket socket) => done.Add(await socket.EmitWithAckAsync<string>("q", token.Token)));
            server.On("questions", async () => done.Add((await server.EmitWithAckAsync<string>("q", token.Token)).Answers[0].Value!));
        });
        app.Received = (_, e) => e.Answer("yes");
        for (var i = 0; i < 20; i++)
        {
            done.Clear();
            release = new TaskCompletionSource();
            var client = app.Connect();
            var id = client.Ask("ask");
            app.RunUntilIdle();
            Assert.Null(client.AnswerTo(id));
            release.SetResult();
            app.RunUntilIdle();
            Assert.Equal("7", client.AnswerTo(id)!.Json);
            client.Emit("question");
            app.RunUntilIdle();
            client.Emit("questions");
            app.RunUntilIdle();
            Assert.Equal(["yes", "yes"], done);
            client.Close();
            app.RunUntilIdle();
        }
    }

    [Fact]
    public void After_an_await_a_handler_is_back_on_its_loop()
    {
        var app = Start(server => server.On("x", async (SockeyeSocket socket) =>
        {
            var before = SynchronizationContext.Current;
            await Task.Run(() => { });
            socket.Emit("same", ReferenceEquals(before, SynchronizationContext.Current));
        }));
        var client = app.Connect();
        client.Emit("x");
        Assert.True(app.RunUntil(() => client.Pending == 1));
        Assert.True(client.Next<bool>("same"));
    }

    [Fact]
    public void A_handler_may_await_the_acknowledgement_of_its_own_socket()
    {
        var app = Start(server => server.On("x", async (SockeyeSocket socket) =>
        {
            var answer = await socket.EmitWithAckAsync<string>("sure?");
            socket.Emit("answered", answer);
        }));
        app.Received = (client, e) =>
        {
            if (e.WantsAck)
            {
                e.Answer("yes");
            }
        };
        var client = app.Connect();
        client.Emit("x");
        Assert.True(app.RunUntil(() => client.Events.Any(e => e.Name == "answered")));
        Assert.Equal("yes", client.Next<string>("answered"));
    }

    [Fact]
    public void Events_wait_until_an_asynchronous_OnConnection_is_done()
    {
        var release = new TaskCompletionSource();
        var app = Start(server => server.OnConnection(async socket =>
        {
            await release.Task;
            socket.On("x", () => socket.Emit("handled"));
        }));
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(0, client.Pending);
        release.SetResult();
        Assert.True(app.RunUntil(() => client.Pending == 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_concurrent_handler_lets_the_next_event_start_at_its_first_await(bool wholeNamespace)
    {
        List<string> calls = [];
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            var registration = server.On("first", async () =>
            {
                calls.Add("first begins");
                await release.Task;
                calls.Add("first ends");
            });
            if (wholeNamespace)
            {
                server.RunHandlers(HandlerThread.Loop, HandlerOrder.Concurrent);
            }
            else
            {
                registration.Concurrent();
            }

            server.On("second", () => calls.Add("second"));
        });
        var client = app.Connect();
        client.Emit("first");
        client.Emit("second");
        app.RunUntilIdle();
        Assert.Equal(["first begins", "second"], calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => calls.Count == 3));
    }

    [Fact]
    public void On_the_thread_pool_handlers_of_one_socket_run_in_order_one_at_a_time_and_may_block()
    {
        var running = 0;
        var overlaps = 0;
        List<int> order = [];
        var loopThread = Environment.CurrentManagedThreadId;
        var onLoop = false;
        var app = Start(server =>
        {
            server.RunHandlers(HandlerThread.Pool);
            server.On("x", (int i) =>
            {
                onLoop |= Environment.CurrentManagedThreadId == loopThread;
                if (Interlocked.Increment(ref running) != 1)
                {
                    Interlocked.Increment(ref overlaps);
                }

                Thread.SpinWait(2000);
                order.Add(i);
                Interlocked.Decrement(ref running);
            });
            server.On("y", async (int i) =>
            {
                await Task.Yield();
                order.Add(i);
            });
            server.OnWithAck("done", () => order.Count);
        });
        var client = app.Connect();
        for (var i = 0; i < 100; i++)
        {
            client.Emit(i % 3 == 0 ? "y" : "x", i);
        }

        Assert.Equal(100, client.Call<int>("done"));
        Assert.Equal(Enumerable.Range(0, 100), order);
        Assert.Equal(0, overlaps);
        Assert.False(onLoop);
    }

    [Fact]
    public void On_the_thread_pool_OnDisconnect_comes_after_the_handler_that_runs_and_still_sees_the_rooms()
    {
        using var release = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        List<string> calls = [];
        var app = Start(server =>
        {
            server.RunHandlers(HandlerThread.Pool);
            server.On("block", (SockeyeSocket socket) =>
            {
                socket.Join("room");
                entered.Set();
                release.Wait(RealClient.Patience);
                calls.Add("handler");
            });
            server.OnDisconnect((socket, why) => calls.Add("disconnect " + string.Join(",", socket.Rooms.Where(room => room != socket.Id))));
        });
        var client = app.Connect();
        client.Emit("block");
        Assert.True(app.RunUntil(() => entered.IsSet));
        client.Reset();
        app.RunUntilIdle();
        Assert.Equal(0, app.Server.Of("/").LocalCount);
        Assert.Empty(calls);
        release.Set();
        Assert.True(app.RunUntil(() => calls.Count == 2));
        Assert.Equal(["handler", "disconnect room"], calls);
    }

    [Theory]
    [InlineData(128, false)]
    [InlineData(129, true)]
    public void More_than_128_waiting_events_pause_reading(int waiting, bool isPaused)
    {
        var release = new TaskCompletionSource();
        var handled = 0;
        var app = Start(server =>
        {
            server.On("wait", () => release.Task);
            server.On("x", () => { handled++; });
        });
        var client = app.Connect();
        client.Emit("wait");
        for (var i = 0; i < waiting; i++)
        {
            client.Emit("x");
        }

        app.RunUntilIdle();
        var marker = client.Ask("x");
        Assert.Equal(isPaused, ((SocketIOClient)client.Socket!.Connection).Session.IsReadingPaused);
        release.SetResult();
        Assert.True(app.RunUntil(() => handled == waiting + 1));
        Assert.False(((SocketIOClient)client.Socket.Connection).Session.IsReadingPaused);
        Assert.True(client.IsConnected);
    }

    [Theory]
    [InlineData(65536, false)]
    [InlineData(65537, true)]
    public void More_than_64_KiB_of_waiting_events_pause_reading(int bytes, bool isPaused)
    {
        var release = new TaskCompletionSource();
        var handled = false;
        var app = Start(server =>
        {
            server.On("wait", () => release.Task);
            server.On("x", (string text) => { handled = true; });
        });
        var client = app.Connect();
        client.Emit("wait");
        client.Emit("x", new string('a', bytes - 3));
        app.RunUntilIdle();
        Assert.Equal(isPaused, ((SocketIOClient)client.Socket!.Connection).Session.IsReadingPaused);
        release.SetResult();
        Assert.True(app.RunUntil(() => handled));
        Assert.False(((SocketIOClient)client.Socket.Connection).Session.IsReadingPaused);
    }

    [Fact]
    public void A_flood_while_a_handler_waits_costs_bounded_memory()
    {
        var release = new TaskCompletionSource();
        var handled = 0;
        var app = Start(server =>
        {
            server.On("wait", () => release.Task);
            server.On("x", (string text) => { handled++; });
        });
        var client = app.Connect();
        client.Emit("wait");
        var text = new string('x', 1000);
        for (var i = 0; i < 5000; i++)
        {
            client.Emit("x", text);
        }

        app.RunUntilIdle();
        Assert.True(app.Context.Metrics.Total.Received < 200, $"{app.Context.Metrics.Total.Received} events were taken");
        release.SetResult();
        Assert.True(app.RunUntil(() => handled == 5000));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_client_that_the_server_does_not_read_does_not_expire_by_ping_but_by_the_handler_lag()
    {
        var release = new TaskCompletionSource();
        var app = Start(
            server =>
            {
                server.On("wait", () => release.Task);
                server.On("x", () => { });
            },
            builder =>
            {
                builder.Options.Engine.PingInterval = TimeSpan.FromSeconds(5);
                builder.Options.Engine.PingTimeout = TimeSpan.FromSeconds(5);
            });
        var client = app.Connect();
        client.Emit("wait");
        for (var i = 0; i < 200; i++)
        {
            client.Emit("x");
        }

        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(29.9));
        Assert.True(client.IsConnected);
        app.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(client.IsClosed);
        release.SetResult();
        Assert.True(app.RunUntil(() => client.Disconnected is not null));
        Assert.Equal(DisconnectReason.HandlerLag, client.Disconnected);
    }

    [Fact]
    public void A_client_that_caught_up_does_not_expire_by_the_handler_lag()
    {
        var release = new TaskCompletionSource();
        var handled = 0;
        var app = Start(server =>
        {
            server.On("wait", () => release.Task);
            server.On("x", () => { handled++; });
        });
        var client = app.Connect();
        client.Emit("wait");
        for (var i = 0; i < 200; i++)
        {
            client.Emit("x");
        }

        app.Advance(TimeSpan.FromSeconds(25));
        release.SetResult();
        Assert.True(app.RunUntil(() => handled == 200));
        app.Advance(TimeSpan.FromSeconds(60));
        Assert.True(client.IsConnected);
    }
}
