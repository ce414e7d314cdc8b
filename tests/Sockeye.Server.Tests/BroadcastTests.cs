using Sockeye.Server.Namespaces;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

public class BroadcastTests : ServerTest
{
    [Theory]
    [InlineData(ResolvedScope.KeptNames / 2, true)]
    [InlineData(ResolvedScope.KeptNames + 1, false)]
    public void A_broadcast_that_is_used_again_keeps_room_for_a_usual_number_of_names_only(int names, bool isKept)
    {
        var app = Start(server => { }, builder => builder.Options.Limits.RoomsPerSocket = 10_000);
        app.Connect();
        string[] rooms = [.. Enumerable.Range(0, names).Select(static i => $"room {i}")];
        foreach (var room in rooms)
        {
            app.Server.SocketsJoin(room);
        }

        app.RunUntilIdle();
        app.Server.To(rooms).Except(rooms).Emit("x");
        app.RunUntilIdle();

        // The last one that was given back on this thread is the first one that is taken.
        var broadcast = Broadcast.Take(Frame.Rent(), default);
        var capacity = broadcast.Scope.Capacity;
        broadcast.Start(1);
        broadcast.Release();
        Assert.Equal(isKept, capacity >= names);
        Assert.InRange(capacity, 0, ResolvedScope.KeptNames);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_broadcast_reaches_the_union_of_the_rooms_minus_the_exceptions_each_member_once(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var a = Join(app, 0, loops, "a");
        var ab = Join(app, 1, loops, "a", "b");
        var b = Join(app, 2, loops, "b");
        var bx = Join(app, 3, loops, "b", "x");
        var none = Join(app, 4, loops);
        app.Server.To("a").To("b").Except("x").Emit("e");
        app.RunUntilIdle();
        Assert.Equal([1, 1, 1, 0, 0], Counts(a, ab, b, bx, none));
        app.Server.To("a", "b").Except(ab.Id!).Emit("e");
        app.RunUntilIdle();
        Assert.Equal([2, 1, 2, 1, 0], Counts(a, ab, b, bx, none));
        app.Server.Emit("e");
        app.RunUntilIdle();
        Assert.Equal([3, 2, 3, 2, 1], Counts(a, ab, b, bx, none));
        app.Server.Except("a").Emit("e");
        app.RunUntilIdle();
        Assert.Equal([3, 2, 4, 3, 2], Counts(a, ab, b, bx, none));
        app.Server.In(none.Id!).Emit("e");
        app.RunUntilIdle();
        Assert.Equal([3, 2, 4, 3, 3], Counts(a, ab, b, bx, none));
        app.Server.To(none.Id!, a.Id!, "a").Emit("e");
        app.RunUntilIdle();
        Assert.Equal([4, 3, 4, 3, 4], Counts(a, ab, b, bx, none));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_socket_broadcasts_to_everybody_but_itself(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var ann = Join(app, 0, loops, "r");
        var bob = Join(app, 1, loops, "r");
        var eve = Join(app, 2, loops);
        ann.Socket!.Broadcast.Emit("e");
        ann.Socket.To("r").Emit("e");
        ann.Socket.Except("r").Emit("e");
        ann.Socket.To(ann.Id!).Emit("e");
        app.RunUntilIdle();
        Assert.Equal([0, 2, 2], Counts(ann, bob, eve));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Those_who_stay_are_reached_in_whatever_order_the_others_leave(int seed)
    {
        var app = Start(server => { });
        var clients = Enumerable.Range(0, 9).Select(_ => app.Connect()).ToList();
        var leaving = clients.ToArray();
        new Random(seed).Shuffle(leaving);
        foreach (var client in leaving)
        {
            client.Close();
            app.RunUntilIdle();
            clients.Remove(client);
            app.Server.Emit("left", client.Id);
            app.RunUntilIdle();
            Assert.Equal(clients.Count, app.Server.Of("/").LocalCount);
            Assert.All(clients, other => Assert.Equal(client.Id, other.Next<string>("left")));
            Assert.All(clients, other => Assert.Equal(0, other.Pending));
        }
    }

    [Fact]
    public void An_empty_list_of_rooms_is_nobody()
    {
        var app = Start(server => { });
        var ann = app.Connect();
        Assert.Equal(EmitResult.Accepted, app.Server.To([]).Emit("e"));
        ann.Socket!.To([]).Emit("e");
        app.RunUntilIdle();
        Assert.Equal(0, ann.Pending);
        app.Server.To([]).DisconnectSockets();
        app.Server.To([]).SocketsJoin("r");
        app.RunUntilIdle();
        Assert.True(ann.IsConnected);
        Assert.Equal([ann.Id!], ann.Socket.Rooms);
    }

    [Fact]
    public void Somebody_elses_id_is_a_room_like_any_other()
    {
        var app = Start(server => { });
        var ann = app.Connect();
        var bob = app.Connect();
        Assert.True(bob.Socket!.Join(ann.Id!));
        app.Server.To(ann.Id!).Emit("e");
        app.RunUntilIdle();
        Assert.Equal([1, 1], Counts(ann, bob));
    }

    [Fact]
    public void What_a_handler_emits_before_it_leaves_a_room_reaches_it_and_what_it_emits_after_does_not()
    {
        var app = Start(server => server.On("x", (SockeyeSocket socket) =>
        {
            socket.Join("r");
            socket.Namespace.To("r").Emit("before");
            socket.Leave("r");
            socket.Namespace.To("r").Emit("after");
            socket.Emit("end");
        }));
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["before", "end"], client.Events.Select(e => e.Name));
    }

    [Fact]
    public void What_a_foreign_thread_does_keeps_its_order()
    {
        var app = Start(server => { }, loops: 2);
        var ann = app.Connect();
        var bob = app.Connect(loop: 1);
        foreach (var client in new[] { ann, bob })
        {
            var socket = client.Socket!;
            socket.Emit("1");
            socket.Join("r");
            app.Server.To("r").Emit("2");
            socket.Emit("3");
            app.Server.SocketsLeave("r");
            app.Server.To("r").Emit("never");
            app.Server.To(socket.Id).SocketsJoin("r");
            app.Server.To("r").Emit("4");
            socket.Leave("r");
            app.Server.To("r").Emit("never");
            socket.Disconnect();
            Assert.Equal(0, client.Pending);
            app.RunUntilIdle();
            Assert.Equal(["1", "2", "3", "4"], client.Events.Select(e => e.Name));
            Assert.True(client.WasToldToLeave);
        }
    }

    [Fact]
    public void Binary_broadcasts_arrive_whole()
    {
        var app = Start(server => { }, loops: 2);
        var ann = app.Connect();
        var bob = app.Connect(loop: 1);
        app.Server.Emit("img", new byte[] { 1, 2 }, "x", new byte[] { 3 });
        foreach (var client in new[] { ann, bob })
        {
            var e = client.Next("img");
            Assert.Equal([1, 2], e.Get<byte[]>()!);
            Assert.Equal([3], e.Get<byte[]>(2)!);
        }
    }

    [Fact]
    public void All_members_on_all_loops_see_emits_joins_and_leaves_of_several_threads_in_one_order()
    {
        const int Threads = 3;
        const int Each = 400;
        var app = Start(server => { }, loops: 4);
        var clients = Enumerable.Range(0, 8).Select(i => app.Connect(loop: i % 4)).ToArray();
        foreach (var client in clients)
        {
            client.Socket!.Join("always");
        }

        var workers = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < Each; i++)
            {
                var socket = clients[random.Next(clients.Length)].Socket!;
                switch (random.Next(4))
                {
                    case 0: socket.Join("sometimes"); break;
                    case 1: socket.Leave("sometimes"); break;
                    case 2: app.Server.To("sometimes").Emit("s", thread, i); break;
                    default: app.Server.To("always").Emit("a", thread, i); break;
                }
            }
        })).ToArray();
        Array.ForEach(workers, worker => worker.Start());
        while (workers.Any(worker => worker.IsAlive))
        {
            app.RunUntilIdle();
        }

        app.RunUntilIdle();
        var reference = clients[0].Events.Where(e => e.Name == "a").Select(e => e.Json).ToArray();
        Assert.NotEmpty(reference);
        foreach (var client in clients)
        {
            Assert.Equal(reference, client.Events.Where(e => e.Name == "a").Select(e => e.Json));
        }

        // Whatever two members both saw, they saw in the same order, and each thread's own emits in its program order.
        var all = clients.Select(client => client.Events.Select(e => e.Name + e.Json).ToArray()).ToArray();
        foreach (var first in all)
        {
            Assert.Equal(first.Length, first.Distinct().Count());
            foreach (var second in all)
            {
                Assert.Equal(first.Intersect(second), second.Intersect(first));
            }
        }

        foreach (var client in clients)
        {
            for (var thread = 0; thread < Threads; thread++)
            {
                var own = client.Events.Where(e => e.Get<int>() == thread).Select(e => e.Get<int>(1)).ToArray();
                Assert.Equal(own.Order(), own);
            }
        }
    }

    [Fact]
    public void Members_that_are_kicked_while_broadcasts_run_get_nothing_afterwards()
    {
        var app = Start(server => { }, loops: 4);
        var clients = Enumerable.Range(0, 16).Select(i => app.Connect(loop: i % 4)).ToArray();
        var worker = new Thread(() =>
        {
            for (var i = 0; i < 16; i++)
            {
                app.Server.Emit("e", i);
                clients[i].Socket!.Disconnect();
            }
        });
        worker.Start();
        while (worker.IsAlive)
        {
            app.RunUntilIdle();
        }

        app.RunUntilIdle();
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(i + 1, clients[i].Pending);
            Assert.Equal(DisconnectReason.ServerNamespaceDisconnect, clients[i].Disconnected);
        }
    }

    [Fact]
    public void The_result_of_a_broadcast_is_the_worst_of_the_calling_loop()
    {
        var app = Start(server => { }, builder => builder.Options.Outbox.HighWatermarkBytes = builder.Options.Outbox.LowWatermarkBytes = 1024);
        app.Connect();
        var slow = app.Connect();
        slow.PauseReading();
        var text = new string('x', 600);
        var results = new List<EmitResult>();
        OnLoop(app, () => results.Add(app.Server.To(slow.Id!).Emit("e", text)));
        OnLoop(app, () => results.Add(app.Server.Emit("e", text)));
        OnLoop(app, () => results.Add(app.Server.Volatile.Emit("e", text)));
        Assert.Equal([EmitResult.Accepted, EmitResult.AboveHighWatermark, EmitResult.Dropped], results);
    }

    [Fact]
    public void A_loop_that_does_not_drain_is_reported_and_then_spared()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var text = new string('x', 100_000);
        var results = Enumerable.Range(0, 100).Select(_ => app.Server.To(client.Id!).Emit("e", text)).ToArray();
        Assert.Equal(EmitResult.Accepted, results[0]);
        Assert.Equal(EmitResult.Accepted, results[1]);
        Assert.Equal(EmitResult.AboveHighWatermark, results[3]);
        Assert.Equal(EmitResult.AboveHighWatermark, results[82]);
        Assert.Equal(EmitResult.Dropped, results[84]);
        Assert.Equal(EmitResult.Dropped, client.Socket!.Emit("e", text));
        app.RunUntilIdle();
        Assert.Equal(EmitResult.Accepted, app.Server.Emit("end"));
        app.RunUntilIdle();
        Assert.Equal(results.Count(result => result != EmitResult.Dropped) + 1, client.Pending);
    }

    [Fact]
    public void Acknowledgements_are_incomplete_if_a_loop_was_spared()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var text = new string('x', 100_000);
        while (app.Server.Emit("e", text) != EmitResult.Dropped)
        {
        }

        Assert.False(app.Await(app.Server.EmitWithAckAsync<int>("q", text)).IsComplete);
        Assert.DoesNotContain(client.Events, e => e.Name == "q");
    }

    private static SockeyeTestClient Join(SockeyeTestServer app, int index, int loops, params string[] rooms)
    {
        var client = app.Connect(loop: index % loops);
        foreach (var room in rooms)
        {
            Assert.True(client.Socket!.Join(room));
        }

        app.RunUntilIdle();
        return client;
    }

    private static int[] Counts(params SockeyeTestClient[] clients) => [.. clients.Select(client => client.Pending)];
}
