using Sockeye.Server.Namespaces;
using Xunit;

namespace Sockeye.Server.Tests;

public class NamespaceTests : ServerTest
{
    [Fact]
    public void A_pattern_serves_all_names_that_match_with_the_same_handlers_and_tells_what_matched()
    {
        var app = Start(server =>
        {
            var orders = server.Of("/orders-{id}");
            orders.OnConnection(socket => socket.Emit("order", socket.Namespace.Match("id"), socket.Namespace.Name));
            orders.On("echo", (SockeyeSocket socket, int x) => socket.Emit("echo", x));
        });
        var seven = app.Connect("/orders-7");
        var eight = app.Connect("/orders-8");
        Assert.Equal("7", seven.Next("order").Get<string>());
        Assert.Equal("/orders-8", eight.Next("order").Get<string>(1));
        seven.Emit("echo", 5);
        Assert.Equal(5, seven.Next<int>("echo"));
        app.Server.Of("/orders-7").Emit("only seven");
        app.RunUntilIdle();
        Assert.Equal(1, seven.Pending);
        Assert.Equal(0, eight.Pending);
        Assert.Null(seven.Socket!.Namespace.Match("unknown"));
    }

    [Theory]
    [InlineData("/a-{x}", "/a-1", true)]
    [InlineData("/a-{x}", "/a-", false)]
    [InlineData("/a-{x}", "/b-1", false)]
    [InlineData("/a-{x}", "/a-1/2", false)]
    [InlineData("/a-{x}/{y}", "/a-1/2", true)]
    [InlineData("/a.b-{x}", "/aXb-1", false)]
    [InlineData("/{x}", "/", false)]
    public void A_parameter_is_at_least_one_character_and_no_slash(string pattern, string name, bool matches)
    {
        var app = Start(server => server.Of(pattern));
        Assert.Equal(matches || name == "/", app.Connect(name).IsConnected);
    }

    [Theory]
    [InlineData("/a-{")]
    [InlineData("/a-{}")]
    [InlineData("/a-{1}")]
    [InlineData("/a,b")]
    [InlineData("/a?b")]
    public void A_name_that_no_client_can_ask_for_is_refused_at_registration(string name)
    {
        var app = Start(server => { });
        Assert.Throws<ArgumentException>(() => app.Server.Of(name));
    }

    [Fact]
    public void A_server_counts_and_finds_the_sockets_of_its_main_namespace()
    {
        var app = Start(static server => server.Of("/other"));
        var main = app.Connect();
        var other = app.Connect("/other");
        Assert.Equal(1, app.Server.LocalCount);
        Assert.Same(main.Socket, app.Server.Find(main.Id!));
        Assert.Null(app.Server.Find(other.Id!));
    }

    [Fact]
    public void What_is_set_on_a_server_is_set_on_its_main_namespace()
    {
        var app = Start(static server => server.Of("/other"));
        var (main, other) = (app.Server.Of("/"), app.Server.Of("/other"));
        app.Server.DropWaitingEvents = true;
        app.Server.RoomOutbox("lobby").WhenFull = OutboxPolicy.DropOldest;
        Assert.True(main.DropWaitingEvents);
        Assert.False(other.DropWaitingEvents);
        Assert.Equal(OutboxPolicy.DropOldest, main.RoomOutbox("lobby").WhenFull);
        Assert.Equal(OutboxPolicy.Inherit, other.RoomOutbox("lobby").WhenFull);
        main.DropWaitingEvents = false;
        Assert.False(app.Server.DropWaitingEvents);
    }

    [Fact]
    public void Handlers_that_a_server_puts_on_a_game_loop_are_those_of_its_main_namespace()
    {
        List<string> onLoop = [];
        var app = Start(static server => server.Of("/other"));
        var loop = app.Server.CreateLoop("arena", 20);
        app.Server.RunHandlersOn(loop);
        app.Server.On("x", (SockeyeSocket socket) => onLoop.Add($"{socket.Namespace.Name} {loop.IsCurrent}"));
        app.Server.Of("/other").On("x", (SockeyeSocket socket) => onLoop.Add($"{socket.Namespace.Name} {loop.IsCurrent}"));
        app.Connect().Emit("x");
        app.Connect("/other").Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["/ True", "/other False"], onLoop.Order());
    }

    [Fact]
    public void A_predicate_decides_by_name_and_auth_and_one_that_throws_accepts_nothing()
    {
        var app = Start(server =>
        {
            server.Of((name, auth) => name == "/broken" ? throw new InvalidOperationException() : false);
            server.Of((name, auth) => auth.GetString("token") == "x");
        });
        Assert.False(app.Connect("/any").IsConnected);
        Assert.True(app.Connect("/any", auth: new { token = "x" }).IsConnected);
        Assert.False(app.Connect("/broken").IsConnected);
    }

    [Fact]
    public void A_name_with_handlers_of_its_own_keeps_those_of_its_pattern_too()
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.Of("/room-{id}").On("x", () => calls.Add("pattern"));
            server.Of("/room-1").On("x", () => calls.Add("own"));
        });
        app.Connect("/room-1").Emit("x");
        app.Connect("/room-2").Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["pattern", "own", "pattern"], calls);
    }

    [Fact]
    public void Emitting_to_a_pattern_reaches_all_its_namespaces()
    {
        var app = Start(server => server.Of("/n-{id}"), loops: 2);
        var a = app.Connect("/n-a");
        var b = app.Connect("/n-b", loop: 1);
        var pattern = app.Server.Of("/n-{id}");
        pattern.Emit("e");
        app.RunUntilIdle();
        Assert.Equal([1, 1], [a.Pending, b.Pending]);
        Assert.Equal(2, pattern.LocalCount);
        Assert.Equal(2, app.Await(pattern.CountAsync()).Count);
        Assert.Same(a.Socket, pattern.Find(a.Id!));
        pattern.DisconnectSockets();
        app.RunUntilIdle();
        Assert.False(a.IsConnected || b.IsConnected);
    }

    [Fact]
    public void Acknowledgements_of_a_pattern_come_from_all_its_namespaces()
    {
        var app = Start(server => server.Of("/n-{id}"), loops: 2);
        var pattern = app.Server.Of("/n-{id}");
        Assert.True(app.Await(pattern.EmitWithAckAsync<string>("q")).IsComplete);
        var clients = new[] { app.Connect("/n-a"), app.Connect("/n-a", loop: 1), app.Connect("/n-b", loop: 1) };
        var answers = pattern.EmitWithAckAsync<string>("q");
        foreach (var client in clients)
        {
            Assert.False(answers.IsCompleted);
            client.Next("q").Answer(client.Id);
            app.RunUntilIdle();
        }

        var all = app.Await(answers);
        Assert.True(all.IsComplete);
        Assert.Equal(clients.Select(client => client.Id).Order(), all.Answers.Select(answer => answer.Value).Order());

        var some = pattern.Except(clients[0].Id!).Timeout(TimeSpan.FromSeconds(3)).EmitWithAckAsync<string>("q");
        clients[1].Next("q").Answer("yes");
        app.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal([clients[2].Id!], app.Await(some).Missing);
        Assert.Equal("yes", Assert.Single(app.Await(some).Answers).Value);
    }

    [Fact]
    public void Operations_on_a_pattern_reach_all_its_namespaces()
    {
        var app = Start(server => server.Of("/n-{id}"), loops: 2);
        var pattern = app.Server.Of("/n-{id}");
        var a = app.Connect("/n-a");
        var b = app.Connect("/n-b", loop: 1);
        pattern.SocketsJoin("room");
        app.RunUntilIdle();
        Assert.Equal(2, app.Await(pattern.To("room").CountAsync()).Count);
        pattern.Except(a.Id!).SocketsLeave("room");
        app.RunUntilIdle();
        Assert.Equal(a.Id, Assert.Single(app.Await(pattern.To("room").FetchSocketsAsync())).Id);
        pattern.To("room").DisconnectSockets();
        app.RunUntilIdle();
        Assert.False(a.IsConnected);
        Assert.True(b.IsConnected);
    }

    [Fact]
    public void A_namespace_is_found_without_being_made()
    {
        var app = Start(server =>
        {
            server.Of("/news");
            server.Of("/n-{id}");
            server.Of((name, auth) => name == "/guess");
        });
        var made = app.Namespaces.Count;
        Assert.Same(app.Server.Of("/"), app.Server.FindNamespace("/"));
        Assert.Same(app.Server.Of("news"), app.Server.FindNamespace("news"));
        Assert.Same(app.Server.Of("/n-{id}"), app.Server.FindNamespace("n-{id}"));
        Assert.Null(app.Server.FindNamespace("/n-{other}"));
        Assert.Null(app.Server.FindNamespace("/n-7"));
        Assert.Null(app.Server.FindNamespace("/guess"));
        Assert.Null(app.Server.FindNamespace("/a,b"));
        Assert.Throws<ArgumentNullException>(() => app.Server.FindNamespace(null!));
        Assert.Equal(made, app.Namespaces.Count);
        var seven = app.Connect("/n-7");
        var guess = app.Connect("/guess");
        Assert.Same(seven.Socket!.Namespace, app.Server.FindNamespace("/n-7"));
        Assert.Same(guess.Socket!.Namespace, app.Server.FindNamespace("guess"));
    }

    [Fact]
    public void A_namespace_that_was_forgotten_is_not_found_whoever_still_holds_it()
    {
        var app = Start(server => server.Of("/n-{id}"));
        var held = app.Server.Of("/n-first");
        Assert.Same(held, app.Server.FindNamespace("/n-first"));
        for (var i = 0; i < NamespaceRegistry.MaxIdle; i++)
        {
            app.Server.Of($"/n-{i}");
        }

        Assert.Null(app.Server.FindNamespace("/n-first"));
        Assert.Same(held, app.Server.Of("/n-first"));
        Assert.Same(held, app.Server.FindNamespace("/n-first"));
    }

    [Fact]
    public void Names_that_clients_made_up_are_forgotten_when_they_are_empty()
    {
        var app = Start(server => server.Of((name, auth) => true));
        var client = app.Connect(joins: false);
        for (var i = 0; i < 3000; i++)
        {
            client.SendRaw($"0/n{i},");
            client.SendRaw($"1/n{i},");
        }

        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        Assert.Equal(NamespaceRegistry.MaxIdle + 1, app.Namespaces.Count);
        for (var i = 0; i < 3000; i++)
        {
            app.Server.Of("/made-up-" + i).Emit("x");
        }

        Assert.True(app.Namespaces.Count > 3000, "names that the application chose stay");
    }

    [Fact]
    public void Namespaces_of_a_pattern_are_forgotten_when_nothing_is_registered_on_them_any_more()
    {
        var app = Start(server => server.Of("/n-{id}"));
        EventRegistration[] registrations = [.. Enumerable.Range(0, 3000).Select(i => app.Server.Of($"/n-{i}").On("x", (string _) => { }))];
        Assert.Equal(3001, app.Namespaces.Count);
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        for (var i = 0; i < 3000; i++)
        {
            app.Server.Of($"/n-other-{i}");
        }

        Assert.Equal(NamespaceRegistry.MaxIdle + 1, app.Namespaces.Count);
    }

    [Fact]
    public void A_configured_namespace_of_a_pattern_outlives_any_number_of_idle_ones()
    {
        var calls = 0;
        var app = Start(server => server.Of("/n-{id}"));
        app.Server.Of("/n-on").On("x", () => { calls++; });
        app.Server.Of("/n-policy").OutboxPolicy = OutboxPolicy.DropNewest;
        app.Server.Of("/n-room").RoomOutbox("r").WhenFull = OutboxPolicy.DropOldest;
        for (var i = 0; i < 3000; i++)
        {
            app.Server.Of($"/n-{i}");
        }

        app.Connect("/n-on").Emit("x");
        app.RunUntilIdle();
        Assert.Equal(1, calls);
        Assert.Equal(OutboxPolicy.DropNewest, app.Server.Of("/n-policy").OutboxPolicy);
        Assert.Equal(OutboxPolicy.DropOldest, app.Server.Of("/n-room").RoomOutbox("r").WhenFull);
    }

    [Fact]
    public void A_namespace_of_a_pattern_that_the_application_holds_is_the_one_that_clients_join_however_long_it_was_idle()
    {
        var app = Start(server => server.Of("/n-{id}"));
        var held = app.Server.Of("/n-held");
        for (var i = 0; i < 3000; i++)
        {
            app.Server.Of($"/n-{i}");
        }

        var client = app.Connect("/n-held");
        held.Emit("hello");
        app.RunUntilIdle();
        Assert.Equal(["hello"], client.Events.Select(e => e.Name));
        Assert.Same(held, app.Server.Of("/n-held"));
        Assert.Same(held, client.Socket!.Namespace);
    }

    [Fact]
    public void A_namespace_that_clients_came_back_to_outlives_any_number_of_idle_ones()
    {
        var app = Start(server => server.Of("/n-{id}"));
        app.Connect("/n-1").Disconnect();
        app.RunUntilIdle();
        var client = app.Connect("/n-1");
        for (var i = 0; i < 3000; i++)
        {
            app.Server.Of($"/n-other-{i}");
        }

        app.Server.Of("/n-{id}").Emit("hello");
        app.RunUntilIdle();
        Assert.Equal(["hello"], client.Events.Select(e => e.Name));
    }

    [Fact]
    public void What_is_registered_on_a_namespace_that_was_idle_for_long_is_kept_though_nobody_holds_it()
    {
        var calls = 0;
        var app = Start(server => server.Of("/n-{id}"));
        Register(app.Server, () => calls++);
        GC.Collect();
        app.Connect("/n-late").Emit("x");
        app.RunUntilIdle();
        Assert.Equal(1, calls);

        static void Register(SockeyeServer server, Action call)
        {
            var late = server.Of("/n-late");
            for (var i = 0; i < 3000; i++)
            {
                server.Of($"/n-{i}");
            }

            late.On("x", () => { call(); });
        }
    }

    [Fact]
    public void Rooms_that_were_asked_for_their_policy_or_have_it_no_more_cost_nothing()
    {
        var app = Start(server => { });
        Ask(0, 1000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Ask(1000, 101_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 3 << 20);
        Assert.Equal(OutboxPolicy.Inherit, app.Server.RoomOutbox("room-7").WhenFull);

        void Ask(int first, int end)
        {
            for (var i = first; i < end; i++)
            {
                var room = app.Server.RoomOutbox($"room-{i}");
                Assert.Equal(OutboxPolicy.Inherit, room.WhenFull);
                if (i % 2 == 0)
                {
                    room.WhenFull = OutboxPolicy.DropOldest;
                    Assert.Equal(OutboxPolicy.DropOldest, app.Server.RoomOutbox($"room-{i}").WhenFull);
                    room.WhenFull = OutboxPolicy.Inherit;
                }
            }
        }
    }

    [Fact]
    public void A_namespace_that_was_empty_is_the_same_when_a_client_comes_back()
    {
        var app = Start(server => server.Of("/n-{id}"));
        var first = app.Connect("/n-1");
        var nsp = first.Socket!.Namespace;
        first.Disconnect();
        app.RunUntilIdle();
        Assert.Equal(0, nsp.LocalCount);
        Assert.Same(nsp, app.Connect("/n-1").Socket!.Namespace);
        Assert.Equal(1, nsp.LocalCount);
    }

    [Fact]
    public void A_namespace_of_a_pattern_that_was_given_handlers_of_its_own_outlives_any_number_of_empty_ones()
    {
        var app = Start(server =>
        {
            server.Of("/room-{id}");
            server.Of("/room-special").On("x", (EventContext e) => { e.Ack("special"); });
            for (var i = 0; i < NamespaceRegistry.MaxIdle + 100; i++)
            {
                server.Of($"/room-{i}");
            }
        });
        Assert.Equal("special", app.Connect("/room-special").Call<string>("x"));
    }
}
