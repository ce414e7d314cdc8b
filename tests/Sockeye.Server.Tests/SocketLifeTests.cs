using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Connection, events, disconnection: one order, wherever handlers run.</summary>
public class SocketLifeTests : HostileTest
{
    private readonly List<string> _calls = [];

    /// <summary>Where the handlers of the main namespace run.</summary>
    public enum Where
    {
        EventLoop,
        Pool,
        GameLoop,
    }

    public static TheoryData<Where> Everywhere => [Where.EventLoop, Where.Pool, Where.GameLoop];

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void OnDisconnect_comes_after_an_asynchronous_OnConnection_and_after_all_events_that_had_arrived(Where where)
    {
        var release = new TaskCompletionSource();
        var app = StartAt(where, server =>
        {
            server.OnConnection(async socket =>
            {
                Note("connection");
                await release.Task;
                Note("connected");
            });
            server.On("x", async (int i) =>
            {
                Note("x " + i);
                await Task.Yield();
                Note("end of x " + i);
            });
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("x", 1);
        client.Emit("x", 2);
        app.RunUntilIdle();
        client.Reset();
        Assert.True(app.RunUntil(() => app.Server.Of("/").LocalCount == 0));
        Settle(app, 1);
        release.SetResult();
        Settle(app, 7);
        Assert.Equal(["connection", "connected", "x 1", "end of x 1", "x 2", "end of x 2", "disconnect"], _calls);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void OnDisconnect_comes_after_concurrent_handlers_too(Where where)
    {
        var release = new TaskCompletionSource();
        var app = StartAt(where, server =>
        {
            server.On("slow", async () =>
            {
                await release.Task;
                Note("slow");
            }).Concurrent();
            server.On("x", () => Note("x"));
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("slow");
        client.Emit("x");
        app.RunUntilIdle();
        client.Reset();
        Settle(app, 1);
        Assert.True(app.RunUntil(() => app.Server.Of("/").LocalCount == 0));
        release.SetResult();
        Settle(app, 3);
        Assert.Equal(["x", "slow", "disconnect"], _calls);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_token_of_a_socket_fires_at_once_so_that_a_handler_can_stop(Where where)
    {
        var app = StartAt(where, server =>
        {
            server.On("wait", async (CancellationToken gone) =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, gone);
                }
                finally
                {
                    Note("stopped");
                }
            });
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("wait");
        app.RunUntilIdle();
        client.Reset();
        Settle(app, 2);
        Assert.Equal(["stopped", "disconnect"], _calls);
        Assert.Empty(app.HandlerErrors);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_handler_that_outlives_its_token_by_the_stop_timeout_is_named_and_OnDisconnect_waits_for_it_no_longer(Where where)
    {
        var begun = false;
        var app = StartAt(
            where,
            server =>
            {
                server.On("never", () =>
                {
                    begun = true;
                    return new TaskCompletionSource().Task;
                });
                server.On("x", () => Note("x"));
                server.OnDisconnect((socket, why) => Note("disconnect"));
            });
        var client = app.Connect();
        client.Emit("never");
        client.Emit("x");
        Assert.True(app.RunUntil(() => begun));
        client.Reset();
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Empty(_calls);
        Assert.DoesNotContain(Log.Lines, line => line.Id.Id == 2022);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Settle(app, 2);
        Assert.Equal(["x", "disconnect"], _calls);
        Assert.StartsWith("A handler of never still runs 00:00:10 after its socket has gone", Assert.Single(Log.Lines, line => line.Id.Id == 2022).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_concurrent_handler_that_outlives_its_token_holds_OnDisconnect_for_the_stop_timeout_only()
    {
        var app = StartAt(Where.EventLoop, server =>
        {
            server.On("never", () => new TaskCompletionSource().Task).Concurrent();
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("never");
        app.RunUntilIdle();
        client.Reset();
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Empty(_calls);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(["disconnect"], _calls);
    }

    [Fact]
    public void A_handler_that_blocks_its_thread_of_the_pool_holds_OnDisconnect_for_the_stop_timeout_only_and_what_it_returns_late_changes_nothing()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var app = StartAt(Where.Pool, server =>
        {
            server.On("block", async () =>
            {
                entered.Set();
                release.Wait();
                Note("returned");
                await Task.Yield();
                Note("ended");
            });
            server.On("x", (int i) => Note("x " + i));
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("block");
        client.Emit("x", 1);
        client.Emit("x", 2);
        Assert.True(app.RunUntil(() => entered.IsSet));
        client.Reset();
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Empty(_calls);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Settle(app, 3);
        release.Set();
        Settle(app, 5);
        Assert.Equal(["x 1", "x 2", "disconnect", "returned", "ended"], _calls);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_namespace_may_drop_the_events_that_wait_when_their_socket_goes_and_counts_them(Where where)
    {
        var release = new TaskCompletionSource();
        var entered = false;
        var app = StartAt(where, server =>
        {
            server.DropWaitingEvents = true;
            server.On("wait", async () =>
            {
                entered = true;
                await release.Task;
                Note("waited");
            });
            server.On("x", () => Note("x"));
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("wait");
        client.Emit("x");
        client.Emit("x");
        Assert.True(app.RunUntil(() => entered));
        client.Reset();
        app.RunUntilIdle();
        release.SetResult();
        Settle(app, 2);
        Assert.Equal(["waited", "disconnect"], _calls);
        Assert.Equal(2, Meters.Count("sockeye.dropped", "disconnected"));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void When_OnDisconnect_runs_the_socket_has_left_and_its_rooms_are_those_that_it_was_in(Where where)
    {
        SockeyeServer? server = null;
        var app = StartAt(where, made =>
        {
            server = made;
            made.OnConnection(socket => socket.Join("room"));
            made.OnDisconnect(async (socket, why) =>
            {
                Look(socket);
                await Task.Yield();
                Look(socket);
            });
        });
        var client = app.Connect();
        var id = client.Id!;
        Assert.True(app.RunUntil(() => client.Socket!.Rooms.Count == 2));
        client.Reset();
        Settle(app, 2);
        Assert.Equal(Enumerable.Repeat($"False True 0 0 0 {id},room", 2), _calls);

        void Look(SockeyeSocket socket) => Note(
            $"{socket.IsConnected} {server!.Of("/").Find(socket.Id) is null} {server.Of("/").LocalCount} {server.To("room").CountAsync().Result.Count} {server.FetchSocketsAsync().Result.Count} {string.Join(',', socket.Rooms)}");
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_disconnect_from_another_thread_that_a_handler_comes_upon_runs_OnDisconnect_after_the_handler(Where where)
    {
        var app = StartAt(where, server =>
        {
            server.On("x", (SockeyeSocket socket) =>
            {
                OnThread(() => socket.Disconnect());
                Note("joined " + socket.Join("room"));
                socket.Emit("x");
                Note("end");
            });
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var client = app.Connect();
        client.Emit("x");
        Settle(app, 3);
        Assert.Equal(["end", "disconnect"], _calls.Where(call => !call.StartsWith("joined", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_handler_that_disconnects_all_sockets_ends_before_any_OnDisconnect_begins(Where where)
    {
        var app = StartAt(where, server =>
        {
            server.On("x", (SockeyeSocket socket) =>
            {
                server.DisconnectSockets();
                server.Emit("nobody");
                Note("end");
            });
            server.OnDisconnect((socket, why) => Note("disconnect"));
        });
        app.Connect();
        var client = app.Connect();
        app.Connect();
        client.Emit("x");
        Settle(app, 4);
        if (where != Where.Pool)
        {
            Assert.Equal(["end", "disconnect", "disconnect", "disconnect"], _calls);
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Work_that_was_posted_before_the_end_runs_before_OnDisconnect_and_none_is_taken_afterwards(Where where)
    {
        var release = new TaskCompletionSource();
        var entered = false;
        var app = StartAt(where, server =>
        {
            server.On("wait", async () =>
            {
                entered = true;
                await release.Task;
            });
            server.OnDisconnect((socket, why) =>
            {
                Note("disconnect");
                Note("late " + socket.Post(0, (_, _) => Note("never")));
            });
        });
        var client = app.Connect();
        client.Emit("wait");
        Assert.True(app.RunUntil(() => entered));
        Assert.True(client.Socket!.Post(0, (_, _) => Note("posted")));
        client.Reset();
        app.RunUntilIdle();
        Assert.False(client.Socket.Post(0, (_, _) => Note("never")));
        release.SetResult();
        Settle(app, 3);
        Assert.Equal(["posted", "disconnect", "late False"], _calls);
    }

    [Fact]
    public void A_handler_of_a_disconnection_that_is_registered_while_the_socket_goes_hears_of_it()
    {
        var release = new TaskCompletionSource();
        var app = StartAt(Where.EventLoop, server => server.OnConnection(async socket =>
        {
            await release.Task;
            socket.OnDisconnect(why => Note("disconnect " + why.Reason));
        }));
        app.Connect().Reset();
        app.RunUntilIdle();
        release.SetResult();
        Settle(app, 1);
        Assert.Equal(["disconnect TransportClose"], _calls);
    }

    [Fact]
    public void A_client_that_leaves_a_namespace_while_its_events_wait_is_read_on_in_the_others()
    {
        var release = new TaskCompletionSource();
        var handled = 0;
        var app = Start(server =>
        {
            server.On("wait", () => release.Task);
            server.On("x", () => { handled++; });
            server.OnDisconnect((socket, why) => Note("disconnect after " + handled));
            server.Of("/other").On("echo", (SockeyeSocket socket) => socket.Emit("echo"));
        });
        var client = app.Connect("/other");
        client.SendRaw("0");
        app.RunUntilIdle();
        client.SendRaw("2[\"wait\"]");
        for (var i = 0; i < 200; i++)
        {
            client.SendRaw("2[\"x\"]");
        }

        client.Emit("echo");
        app.RunUntilIdle();
        Assert.Equal(0, client.Pending);
        app.Server.DisconnectSockets();
        app.RunUntilIdle();

        // What the client sent before it heard of it and was not yet read is ignored.
        client.Next("echo");
        Assert.False(client.IsClosed);
        release.SetResult();
        Settle(app, 1);
        Assert.Equal(["disconnect after 129"], _calls);
    }

    internal static void Put(SockeyeServer server, Where where)
    {
        switch (where)
        {
            case Where.Pool:
                server.RunHandlers(HandlerThread.Pool);
                break;
            case Where.GameLoop:
                server.RunHandlersOn(server.CreateLoop("arena", 20));
                break;
        }
    }

    private SockeyeTestServer StartAt(Where where, Action<SockeyeServer> configure) => Start(
        server =>
        {
            Put(server, where);
            configure(server);
        },
        builder =>
        {
            builder.LoggerFactory = Log;
            builder.MeterFactory = Meters;
        });

    /// <summary>Runs until so many calls were noted, and then until nothing is left to do.</summary>
    private void Settle(SockeyeTestServer app, int calls)
    {
        Assert.True(app.RunUntil(() => Count() >= calls), $"noted: {string.Join("; ", _calls)}");
        app.RunUntilIdle();
        Assert.Equal(calls, Count());
    }

    private int Count()
    {
        lock (_calls)
        {
            return _calls.Count;
        }
    }

    private void Note(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }

    private static void OnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait();
}
