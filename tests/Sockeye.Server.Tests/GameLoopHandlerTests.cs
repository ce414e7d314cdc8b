using System.Text;
using Sockeye.Server.Clients;
using Sockeye.Server.Namespaces;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public class GameLoopHandlerTests : GameLoopTest
{
    [Fact]
    public void All_handlers_of_a_namespace_run_on_its_loop_also_after_an_await()
    {
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.OnConnection(async socket =>
            {
                Note("connection");
                await Task.Run(() => { });
                Note("connection after await");
            });
            arena.OnAny(e => Note("any"));
            arena.UseEvent(e =>
            {
                Note("filter");
                return EventVerdict.Continue;
            });
            arena.On("x", async (int i) =>
            {
                Note("event " + i);
                await Task.Run(() => { });
                Note("event after await");
            });
            arena.OnDisconnect((socket, why) => Note("disconnect"));
            server.On("x", (int i) => Note("elsewhere"));
        });
        var client = app.Connect("/arena");
        client.Emit("x", 7);
        Assert.True(app.RunUntil(() => _calls.Count == 6));
        client.Disconnect();
        app.Connect().Emit("x", 1);
        app.RunUntilIdle();
        Assert.Equal(
            [
                "connection True", "connection after await True", "any True", "filter True", "event 7 True", "event after await True",
                "disconnect True", "elsewhere False",
            ],
            _calls);
    }

    [Fact]
    public void Handlers_of_one_socket_run_in_order_and_one_at_a_time_and_those_of_others_go_on()
    {
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.On("wait", async () =>
            {
                _calls.Add("begins");
                await release.Task;
                _calls.Add("ends");
            });
            arena.On("x", (int i) => _calls.Add("x " + i));
        });
        var client = app.Connect("/arena");
        var other = app.Connect("/arena");
        client.Emit("wait");
        client.Emit("x", 1);
        client.Emit("x", 2);
        other.Emit("x", 9);
        app.RunUntilIdle();
        Assert.Equal(["begins", "x 9"], _calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => _calls.Count == 5));
        Assert.Equal(["begins", "x 9", "ends", "x 1", "x 2"], _calls);
    }

    [Fact]
    public void A_handler_may_await_the_acknowledgement_of_its_own_socket()
    {
        var app = Start(server => OnLoop(server).On("x", async (SockeyeSocket socket) =>
        {
            var answer = await socket.EmitWithAckAsync<string>("sure?");
            socket.Emit("answered", answer, _loop.IsCurrent);
        }));
        app.Received = (client, e) =>
        {
            if (e.WantsAck)
            {
                e.Answer("yes");
            }
        };
        var client = app.Connect("/arena");
        client.Emit("x");
        Assert.True(app.RunUntil(() => client.Events.Any(e => e.Name == "answered")));
        Assert.Equal("\"yes\",true", client.Next("answered").Json);
    }

    [Fact]
    public void Answers_and_attachments_pass_the_hop()
    {
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.OnWithAck("add", (int a, int b) => a + b);
            arena.OnWithAck("reverse", (byte[] bytes) => bytes.Reverse().ToArray());
            arena.OnWithAck("escaped\n", (string text) => text.Length);
        });
        var client = app.Connect("/arena");
        Assert.Equal(3, client.Call<int>("add", 1, 2));
        Assert.Equal([3, 2, 1], client.Call<byte[]>("reverse", (object)new byte[] { 1, 2, 3 }));
        Assert.Equal(5000, client.Call<int>("escaped\n", new string('x', 5000)));
    }

    [Fact]
    public void A_game_with_ticks_and_moves_needs_neither_locks_nor_threads_in_its_test()
    {
        Dictionary<string, int> positions = [];
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.OnConnection(socket => positions.Add(socket.Id, 0));
            arena.OnDisconnect((socket, why) => positions.Remove(socket.Id));
            arena.On("move", (SockeyeSocket socket, int by) => positions[socket.Id] += by);
            _loop.OnTick(tick =>
            {
                foreach (var (id, x) in positions)
                {
                    arena.Emit("pos", id, x);
                }

                arena.Emit("tick", tick.Number);
            });
        });
        var ann = app.Connect("/arena");
        var bob = app.Connect("/arena");
        ann.Emit("move", 3);
        ann.Emit("move", 4);
        app.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal($"\"{ann.Id}\",7", bob.Next("pos").Json);
        Assert.Equal($"\"{bob.Id}\",0", bob.Next("pos").Json);
        Assert.Equal(1, bob.Next<int>("tick"));
        ann.Close();
        app.RunUntilIdle();
        bob.Clear();
        app.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal($"\"{bob.Id}\",0", bob.Next("pos").Json);
        Assert.Equal(2, bob.Next<int>("tick"));
        Assert.Equal(0, bob.Pending);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void All_that_a_tick_emits_to_one_client_leaves_in_one_write(int loops)
    {
        SockeyeNamespace? arena = null;
        var app = Start(
            server =>
            {
                arena = OnLoop(server);
                arena.OnConnection(socket => socket.Join("room"));
                _loop.OnTick(tick =>
                {
                    for (var i = 0; i < 100; i++)
                    {
                        arena.To("room").Emit("pos", i);
                        arena.Emit("tick", tick.Number);
                    }

                    foreach (var socket in Sockets(arena))
                    {
                        socket.Emit("you", socket.Id);
                    }
                });
            },
            loops: loops);
        var clients = Enumerable.Range(0, 8).Select(i => app.Connect("/arena", loop: i % loops)).ToArray();
        var before = Sends(app);
        app.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(8, Sends(app) - before);
        Assert.All(clients, client => Assert.Equal(201, client.Pending));

        IEnumerable<SockeyeSocket> Sockets(SockeyeNamespace nsp) => nsp.FetchSocketsAsync().Result.Select(remote => nsp.Find(remote.Id)!);
    }

    [Fact]
    public void What_others_emit_while_a_tick_holds_its_messages_back_keeps_its_place_in_the_order()
    {
        SockeyeTestServer app = null!;
        TestClientList clients = [];
        app = Start(
            server =>
            {
                var arena = OnLoop(server);
                arena.OnConnection(socket => socket.Join("room"));
                _loop.OnTick(_ =>
                {
                    arena.To("room").Emit("m", 1);

                    // Another thread, not a turn of the loop, in the middle of the tick.
                    Task.Factory.StartNew(() => arena.To("room").Emit("m", 2), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait();
                    clients[0].Socket!.Leave("room");
                    arena.To("room").Emit("m", 3);
                    clients[0].Socket!.Join("room");
                    arena.To("room").Emit("m", 4);
                });
            },
            loops: 2);
        clients.Add(app.Connect("/arena", loop: 0));
        clients.Add(app.Connect("/arena", loop: 1));
        app.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal([1, 2, 4], clients[0].Events.Select(e => e.Get<int>()));
        Assert.Equal([1, 2, 3, 4], clients[1].Events.Select(e => e.Get<int>()));
    }

    [Fact]
    public void A_turn_that_emits_more_than_256_KiB_is_not_held_back_until_its_end()
    {
        var early = 0;
        SockeyeTestServer app = null!;
        app = Start(server =>
        {
            var arena = OnLoop(server);
            var shard = new Lazy<Shard>(() => ((ServerNamespace)arena).DeliveryOrder.ShardOf(0));
            _loop.OnTick(_ =>
            {
                var text = new string('x', 10_000);
                for (var i = 0; i < 60; i++)
                {
                    arena.Emit("m", text);
                    early += shard.Value.Queue.IsPosted ? 1 : 0;
                }
            });
        });
        var client = app.Connect("/arena");
        app.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(60, client.Pending);
        Assert.InRange(early, 30, 40);
    }

    [Fact]
    public void A_flood_pauses_reading_and_is_handled_to_its_last_event_in_order()
    {
        List<int> handled = [];
        var app = Start(server => OnLoop(server).On("x", (int i, string text) => handled.Add(i)));
        var client = app.Connect("/arena");
        var text = new string('x', 500);
        for (var i = 0; i < 3000; i++)
        {
            client.Emit("x", i, text);
        }

        app.Transport.ManualLoops[0].RunUntilIdle();
        Assert.True(app.Context.Metrics.Total.Received < 3000, "the whole flood was taken");
        app.RunUntilIdle();
        Assert.Equal(Enumerable.Range(0, 3000), handled);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_client_that_leaves_before_the_loop_has_run_is_connected_there_its_events_are_handled_and_then_it_is_disconnected()
    {
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.OnConnection(socket => Note("connection " + socket.IsConnected));
            arena.On("x", () => Note("event"));
            arena.OnDisconnect((socket, why) => Note("disconnect " + string.Join(',', socket.Rooms.Count)));
        });
        var client = app.Connect("/arena", joins: false);
        client.SendRaw("0/arena,");
        client.SendRaw("2/arena,[\"x\"]");
        client.SendRaw("1/arena,");
        app.RunUntilIdle();
        Assert.Equal(["connection False True", "event True", "disconnect 1 True"], _calls);
    }

    [Fact]
    public async Task A_stopping_server_ends_its_loops_after_the_handlers_of_disconnections()
    {
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.On("wait", async () =>
            {
                await release.Task;
                Note("waited");
            });
            arena.OnDisconnect((socket, why) => Note("disconnect " + why.Reason));
        });
        app.Connect("/arena");
        var waiting = app.Connect("/arena");
        waiting.Emit("wait");
        app.RunUntilIdle();
        var stop = app.Server.StopAsync();
        Assert.True(app.RunUntil(() => _calls.Count == 1));
        Assert.False(stop.IsCompleted);
        release.SetResult();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        await stop;
        Assert.Equal(["disconnect ServerShuttingDown True", "waited True", "disconnect ServerShuttingDown True"], _calls);
    }

    [Fact]
    public async Task A_handler_that_never_ends_holds_up_the_stop_of_a_loop_for_the_stop_timeout_only()
    {
        var app = Start(
            server => OnLoop(server).On("wait", () => new TaskCompletionSource().Task),
            builder => builder.Options.StopTimeout = TimeSpan.FromMilliseconds(1));
        app.Connect("/arena").Emit("wait");
        app.RunUntilIdle();
        await app.DisposeAsync();
        Assert.False(_loop.Post(1, _ => { }));
    }

    [Fact]
    public void A_namespace_of_a_pattern_runs_where_the_pattern_says()
    {
        var app = Start(server =>
        {
            _loop = server.CreateLoop("arena", 20);
            var matches = server.Of("/match-{id}");
            matches.RunHandlersOn(_loop);
            matches.OnConnection(socket => Note(socket.Namespace.Name));
        });
        app.Connect("/match-7");
        Assert.Equal(["/match-7 True"], _calls);
    }

    [Fact]
    public void An_event_through_a_game_loop_allocates_nothing()
    {
        long sum = 0;
        var app = Start(server => OnLoop(server).On("move", (SockeyeSocket socket, int x, double y) => { sum += x; }));
        var client = app.Connect("/arena");
        var connection = (SocketIOClient)client.Socket!.Connection;
        var packet = Encoding.UTF8.GetBytes("2/arena,[\"move\",7,1.5]");
        var work = new Work(() => connection.OnMessage(packet, isBinary: false));
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                app.Transport.Loops[0].Post(work);
                app.Transport.RunUntilIdle();
            }
        }));
        Assert.True(sum > 0);
    }

    [Fact]
    public void A_tick_that_broadcasts_allocates_nothing()
    {
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            arena.OnConnection(socket => socket.Join("room"));
            _loop.OnTick(tick => arena.To("room").Emit("pos", 1, 2));
        });
        var clients = Enumerable.Range(0, 4).Select(_ => app.Connect("/arena")).ToArray();
        var least = long.MaxValue;
        for (var run = 0; run < 20 && least > 0; run++)
        {
            least = Math.Min(least, Allocated.Least(() => app.Transport.Advance(TimeSpan.FromSeconds(5)), runs: 1));
            foreach (var client in clients)
            {
                client.Peer.Receive();
            }

            app.RunUntilIdle();
        }

        Assert.Equal(0, least);
    }

    private static long Sends(SockeyeTestServer app) => app.Transport.Loops.Sum(loop => loop.Counters.Sends);

    private sealed class TestClientList : List<SockeyeTestClient>;

    private sealed class Work(Action action) : Transport.ILoopWork
    {
        public void Run() => action();
    }
}
