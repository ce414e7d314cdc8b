using System.Text.Json;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Event loops and game loops on threads of their own, with clients over real sockets.</summary>
public sealed class RealLoopsTests : IAsyncLifetime
{
    private readonly long _open = BufferCounters.Rented - BufferCounters.Returned;
    private readonly List<RealClient> _clients = [];
    private SocketServer _server = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await _server.DisposeAsync();
        Assert.Equal(0, _server.Context.Metrics.Total.Sockets);
        Assert.Equal(0, _server.Namespaces.Main.Members.RoomCount);
        Assert.Equal(0, _server.Context.Faults);
        Assert.Equal(_open, BufferCounters.Rented - BufferCounters.Returned);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Every_member_gets_each_broadcast_of_its_membership_once_and_in_order_while_others_join_and_leave(int loops)
    {
        await StartAsync(loops, server => { });
        await ConnectAsync(8);
        var storm = new RoomStorm(_server.Of("/"), [.. _clients[..4].Select(client => client.Id)], [.. _clients[4..].Select(client => client.Id)]);
        var reading = Task.WhenAll(_clients.Select(ReadToEndAsync));
        await storm.RunAsync();
        var received = await reading;
        storm.Check(received[..4], received[4..]);
        Assert.Equal(loops, _server.Context.Loops.Count);
        Assert.All(Enumerable.Range(0, loops), i => Assert.True(_server.Context.Loops[i].Counters.Accepted > 0, $"loop {i} has no client"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Echoes_over_all_loops_come_back_in_order(int loops)
    {
        await StartAsync(loops, server => server.OnRaw("echo", e => e.Socket.EmitRaw(e)));
        await ConnectAsync(8);
        await EchoAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Echoes_through_a_game_loop_come_back_in_order_from_handlers_that_never_meet(int loops)
    {
        var inside = 0;
        var met = false;
        GameLoop loop = null!;
        await StartAsync(loops, server =>
        {
            loop = server.CreateLoop("arena", 500);
            server.RunHandlersOn(loop);
            server.OnRaw("echo", e =>
            {
                Enter();
                e.Socket.EmitRaw(e);
                Leave();
            });
            loop.OnTick(_ =>
            {
                Enter();
                Leave();
            });
        });
        await ConnectAsync(8);
        await EchoAsync();
        Assert.False(met);

        void Enter() => met |= Interlocked.Increment(ref inside) != 1 || !loop.IsCurrent;

        void Leave() => Interlocked.Decrement(ref inside);
    }

    [Fact]
    public async Task What_a_tick_emits_leaves_in_one_write_even_if_the_event_loop_wakes_in_its_middle()
    {
        GameLoop loop = null!;
        await StartAsync(1, server => loop = server.CreateLoop("arena", 1));
        await ConnectAsync(1);
        var io = _server.Context.Loops[0];
        PassTurns(io); // what the client has received may not have been counted yet
        var done = new TaskCompletionSource<long>();
        loop.Post(0, _ =>
        {
            var before = io.Counters.Sends;
            for (var i = 0; i < 10; i++)
            {
                _server.Emit("m", 0, i);
                PassTurns(io);
            }

            done.SetResult(before);
        });
        var sends = await done.Task.WaitAsync(RealClient.Patience);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(i, (await _clients[0].NextAsync())[2].GetInt32());
        }

        PassTurns(io);
        Assert.Equal(1, io.Counters.Sends - sends);
    }

    [Fact]
    public async Task What_two_game_loops_hold_back_waits_until_the_turns_of_both_have_ended()
    {
        GameLoop first = null!, second = null!;
        await StartAsync(1, server =>
        {
            first = server.CreateLoop("first", 1);
            second = server.CreateLoop("second", 1);
        });
        await ConnectAsync(1);
        var io = _server.Context.Loops[0];
        PassTurns(io); // what the client has received may not have been counted yet
        var done = new TaskCompletionSource<long>();
        first.Post(0, _ =>
        {
            var before = io.Counters.Sends;
            _server.Emit("m", 0, 0);
            using var hasEmitted = new ManualResetEventSlim();
            using var hasEnded = new ManualResetEventSlim();
            second.Post(0, _ =>
            {
                _server.Emit("m", 0, 1);
                hasEmitted.Set();
            });
            Assert.True(hasEmitted.Wait(RealClient.Patience));
            second.Post(0, _ => hasEnded.Set());        // its next turn
            Assert.True(hasEnded.Wait(RealClient.Patience));
            PassTurns(io);
            _server.Emit("m", 0, 2);
            PassTurns(io);
            done.SetResult(before);
        });
        var sends = await done.Task.WaitAsync(RealClient.Patience);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i, (await _clients[0].NextAsync())[2].GetInt32());
        }

        PassTurns(io);
        Assert.Equal(1, io.Counters.Sends - sends);
    }

    [Fact]
    public async Task Clients_that_are_killed_in_a_storm_take_nothing_with_them_and_their_disconnections_run_on_the_game_loop()
    {
        var gone = 0;
        var wrong = 0;
        GameLoop loop = null!;
        await StartAsync(2, server =>
        {
            loop = server.CreateLoop("arena", 100);
            server.RunHandlersOn(loop);
            server.OnConnection(socket => socket.Join(RoomStorm.Room));
            server.OnDisconnect((socket, why) =>
            {
                gone++;
                wrong += loop.IsCurrent ? 0 : 1;
            });
            loop.OnTick(tick => server.To(RoomStorm.Room).Emit("tick", tick.Number, 0));
        });
        await ConnectAsync(12);
        var storm = Task.WhenAll(Enumerable.Range(0, 3).Select(publisher => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                _server.To(RoomStorm.Room).Emit("m", publisher, i);
            }
        })));
        foreach (var client in _clients)
        {
            await client.EmitAsync("[\"x\",1]");
            client.Abort();
        }

        await storm;
        await _server.StopAsync();
        Assert.Equal((12, 0), (gone, wrong));
    }

    [Fact]
    public async Task A_handler_that_puts_its_socket_on_a_game_loop_and_goes_on_is_not_joined_by_the_next_one()
    {
        GameLoop loop = null!;
        var release = new TaskCompletionSource();
        var inside = 0;
        var met = false;
        var done = new TaskCompletionSource();
        await StartAsync(1, server =>
        {
            loop = server.CreateLoop("arena", 100);
            server.On("wait", () => release.Task);
            server.On("move", (SockeyeSocket socket) =>
            {
                Interlocked.Increment(ref inside);
                socket.RunOn(loop);

                // What the loop was given before has run there when this has.
                using var passed = new ManualResetEventSlim();
                loop.Post(passed, static passed => passed.Set());
                passed.Wait(RealClient.Patience);
                Interlocked.Decrement(ref inside);
            });
            server.On("x", () =>
            {
                met |= Volatile.Read(ref inside) != 0 || !loop.IsCurrent;
                done.TrySetResult();
            });
        });
        await ConnectAsync(1);
        await _clients[0].EmitAsync("[\"wait\"]");
        await _clients[0].EmitAsync("[\"move\"]");
        await _clients[0].EmitAsync("[\"x\"]");
        await _clients[0].EmitAsync("[\"x\"]");
        release.SetResult();
        await done.Task.WaitAsync(RealClient.Patience);
        Assert.False(met);
    }

    private async Task StartAsync(int loops, Action<SockeyeServer> configure)
    {
        _server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = loops;
        });
        configure(_server);
        await _server.StartAsync();
    }

    private async Task ConnectAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _clients.Add(await RealClient.ConnectAsync(_server));
        }
    }

    private Task EchoAsync() => Task.WhenAll(_clients.Select(async client =>
    {
        const int Rounds = 30;
        const int Burst = 10;
        for (var i = 0; i < Rounds * Burst; i++)
        {
            await client.EmitAsync($"[\"echo\",{i}]");
            if (i % Burst == Burst - 1)
            {
                for (var j = i + 1 - Burst; j <= i; j++)
                {
                    Assert.Equal(j, (await client.NextAsync())[1].GetInt32());
                }
            }
        }
    }));

    private static async Task<IReadOnlyList<(string Name, int A, int B)>> ReadToEndAsync(RealClient client)
    {
        List<(string, int, int)> received = [];
        while (true)
        {
            var e = await client.NextAsync();
            received.Add((e[0].GetString()!, e[1].GetInt32(), e[2].GetInt32()));
            if (received[^1].Item1 == "end")
            {
                return received;
            }
        }
    }

    /// <summary>Waits until a loop has ended the turns that were under way.</summary>
    private static void PassTurns(ITransportLoop loop)
    {
        for (var i = 0; i < 3; i++)
        {
            using var passed = new ManualResetEventSlim();
            loop.Post(state => ((ManualResetEventSlim)state!).Set(), passed);
            Assert.True(passed.Wait(RealClient.Patience));
        }
    }
}
