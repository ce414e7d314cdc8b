using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Who is behind a socket, and how all sockets of a user are reached.</summary>
public class IdentityTests : ServerTest
{
    private const string RoomOfAlice = "\0user:alice";

    [Fact]
    public void A_socket_has_no_identity_until_somebody_sets_one()
    {
        var app = StartWithUsers();
        var nobody = app.Connect().Socket!;
        Assert.Null(nobody.Identity);
        nobody.Identity = null;
        Assert.Null(nobody.Identity);
        Assert.Equal("alice", Connect(app, "alice").Socket!.Identity!.Subject);
        Assert.Null(Assert.Single(app.Await(app.Server.To(nobody.Id).FetchSocketsAsync())).Identity);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void ToUser_reaches_all_sockets_of_a_user_on_all_loops_and_nobody_else(int loops)
    {
        var app = StartWithUsers(loops);
        SockeyeTestClient[] alice = [.. Enumerable.Range(0, 4).Select(i => Connect(app, "alice", i % loops))];
        SockeyeTestClient[] others = [Connect(app, "bob", loops - 1), Connect(app, "Alice"), app.Connect()];
        app.Server.ToUser("alice").Emit("hi");
        app.RunUntilIdle();
        Assert.All(alice, client => Assert.Equal("hi", Assert.Single(client.Events).Name));
        Assert.All(others, client => Assert.Empty(client.Events));
    }

    [Fact]
    public void Identity_set_in_middleware_is_there_in_OnConnection_whose_emits_reach_the_user()
    {
        List<string?> seen = [];
        var app = Start(server =>
        {
            server.Use(async (SockeyeSocket socket, CancellationToken _) =>
            {
                socket.Identity = new SocketIdentity("somebody else");
                await Task.Yield();
                socket.Identity = new SocketIdentity(socket.Handshake.Auth.GetString("user")!);
                server.ToUser("alice").Emit("too early");
                return ConnectResult.Accept;
            });
            server.OnConnection(socket =>
            {
                seen.Add(socket.Identity?.Subject);
                server.ToUser("alice").Emit("hi");
                server.ToUser("somebody else").Emit("wrong");
            });
        });
        var client = Connect(app, "alice");
        Assert.Equal(["alice"], seen);
        Assert.Equal("hi", Assert.Single(client.Events).Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_subject_takes_the_socket_to_another_user_in_order_with_what_is_emitted(bool isOnLoop)
    {
        var app = StartWithUsers(loops: 2);
        var client = Connect(app, "alice", loop: 1);
        var socket = client.Socket!;
        Do(Change);
        app.RunUntilIdle();
        Assert.Equal(["a1", "b2", "a4", "a5"], client.Events.Select(e => e.Name));
        Assert.Equal(1, app.Await(app.Server.ToUser("alice").CountAsync()).Count);

        void Do(Action action)
        {
            if (isOnLoop)
            {
                OnLoop(app, action, loop: 1);
            }
            else
            {
                action();
            }
        }

        void Change()
        {
            Emit("1");
            socket.Identity = new SocketIdentity("bob");
            Emit("2");
            socket.Identity = null;
            Emit("3");
            socket.Identity = new SocketIdentity("alice");
            Emit("4");
            socket.Identity = new SocketIdentity("alice") { Permissions = new HashSet<string> { "write" } };
            Emit("5");
            Assert.True(socket.Identity.May("write"));
        }

        void Emit(string number)
        {
            app.Server.ToUser("alice").Emit("a" + number);
            app.Server.ToUser("bob").Emit("b" + number);
        }
    }

    [Fact]
    public void Identity_changed_during_a_delivery_counts_from_the_next_one_on()
    {
        var app = StartWithUsers();
        var client = Connect(app, "alice");
        app.Server.Of("/").OnAnyOutgoing(e => client.Socket!.Identity = e.Is("first"u8) ? new SocketIdentity("bob") : client.Socket.Identity);
        app.Server.ToUser("alice").Emit("first");
        app.Server.ToUser("bob").Emit("second");
        app.RunUntilIdle();
        Assert.Equal(["second"], client.Events.Select(e => e.Name));
    }

    [Fact]
    public void A_socket_that_has_gone_keeps_its_identity_for_OnDisconnect_and_is_found_by_no_user()
    {
        List<string?> seen = [];
        var app = StartWithUsers(configure: server => server.OnDisconnect((socket, _) => seen.Add(socket.Identity?.Subject)));
        var client = Connect(app, "alice");
        var socket = client.Socket!;
        client.Disconnect();
        app.RunUntilIdle();
        Assert.Equal(["alice"], seen);
        Assert.Equal(0, app.Await(app.Server.ToUser("alice").CountAsync()).Count);
        socket.Identity = new SocketIdentity("bob");
        Assert.Equal("bob", socket.Identity.Subject);
        Assert.Equal(0, app.Await(app.Server.ToUser("bob").CountAsync()).Count);
        socket.Identity = null;
        Assert.Null(socket.Identity);
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
        Assert.Equal([socket.Id], socket.Rooms);
    }

    [Fact]
    public void A_client_that_is_refused_belongs_to_no_user()
    {
        SockeyeSocket? refused = null;
        var app = Start(server => server.Use(socket =>
        {
            refused = socket;
            socket.Identity = new SocketIdentity("alice");
            return ConnectResult.Reject("no");
        }));
        app.Connect();
        Assert.Equal("alice", refused!.Identity!.Subject);
        Assert.Equal(0, app.Await(app.Server.ToUser("alice").CountAsync()).Count);
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
    }

    [Fact]
    public void Users_go_with_every_operator()
    {
        var app = StartWithUsers(loops: 2);
        var (one, two, bob) = (Connect(app, "alice"), Connect(app, "alice", 1), Connect(app, "bob"));
        SockeyeTestClient[] all = [one, two, bob];
        Assert.True(two.Socket!.Join("quiet"));

        Assert.Equal([one], Reached(() => app.Server.ToUser("alice").Except("quiet").Emit("x")));
        Assert.Equal([one, two, bob], Reached(() => app.Server.ToUser("alice").ToUser("bob").To("quiet").Emit("x")));
        Assert.Equal([two, bob], Reached(() => app.Server.To("quiet").ToUser("bob").Emit("x")));
        Assert.Equal([bob], Reached(() => app.Server.ExceptUser("alice").Emit("x")));
        Assert.Equal([one, two], Reached(() => app.Server.Local.Volatile.ToUser("alice").Emit("x")));
        Assert.Equal([two], Reached(() => one.Socket!.ToUser("alice").Emit("x")));
        Assert.Equal([bob], Reached(() => one.Socket!.ExceptUser("alice").Emit("x")));
        Assert.Empty(Reached(() => app.Server.ToUser("nobody").Emit("x")));
        Assert.Empty(Reached(() => app.Server.ToUser("").Emit("x")));
        Assert.Empty(Reached(() => app.Server.ToUser(new string('x', 1000)).Emit("x")));
        Assert.Equal([one, two], Reached(() => app.Await(app.Server.ToUser("alice").EmitAsync("x"))));
        Assert.Throws<ArgumentNullException>(() => app.Server.ToUser(null!));

        Assert.Equal(2, app.Await(app.Server.ToUser("alice").CountAsync()).Count);
        Assert.Equal(1, app.Await(one.Socket!.ToUser("alice").CountAsync()).Count);
        Assert.Equal(new[] { one.Id, two.Id }.Order(), app.Await(app.Server.ToUser("alice").FetchSocketsAsync()).Select(remote => remote.Id).Order());

        app.Received = (client, e) => e.Answer(client.Id);
        var answers = app.Await(app.Server.ToUser("alice").EmitWithAckAsync<string>("ask"));
        Assert.True(answers.IsComplete);
        Assert.Equal(new[] { one.Id, two.Id }.Order(), answers.Answers.Select(answer => answer.Value).Order());
        app.Received = null;

        app.Server.ToUser("alice").SocketsJoin("club");
        app.RunUntilIdle();
        Assert.Equal([one, two], Reached(() => app.Server.To("club").Emit("x")));
        app.Server.ToUser("alice").Except("quiet").SocketsLeave("club");
        app.RunUntilIdle();
        Assert.Equal([two], Reached(() => app.Server.To("club").Emit("x")));
        app.Server.ToUser("alice").DisconnectSockets();
        app.RunUntilIdle();
        Assert.Equal([false, false, true], all.Select(client => client.IsConnected));

        SockeyeTestClient[] Reached(Action emit)
        {
            foreach (var client in all)
            {
                client.Clear();
            }

            emit();
            app.RunUntilIdle();
            return [.. all.Where(client => client.Events.Count == 1)];
        }
    }

    [Fact]
    public void A_user_is_one_of_each_namespace_and_of_all_namespaces_of_a_pattern()
    {
        var app = Start(server =>
        {
            foreach (var target in (BroadcastTarget[])[server, server.Of("/other"), server.Of("/orders-{id}")])
            {
                target.OnConnection(socket => socket.Identity = new SocketIdentity("alice"));
            }
        });
        var (main, other, first, second) = (app.Connect(), app.Connect("/other"), app.Connect("/orders-1"), app.Connect("/orders-2"));
        app.Server.ToUser("alice").Emit("main");
        app.Server.Of("/other").ToUser("alice").Emit("other");
        app.Server.Of("/orders-{id}").ToUser("alice").Emit("both");
        app.Server.Of("/orders-2").ToUser("alice").Emit("second");
        app.RunUntilIdle();
        Assert.Equal(["main", "other", "both", "both second"], new[] { main, other, first, second }.Select(client => string.Join(' ', client.Events.Select(e => e.Name))));
    }

    [Fact]
    public void A_copy_of_a_socket_carries_its_identity_and_the_room_of_its_user_shows_nowhere()
    {
        var app = StartWithUsers();
        var client = Connect(app, "alice");
        client.Socket!.Join("lobby");
        Assert.Equal([client.Id!, "lobby"], client.Socket.Rooms);
        var remote = Assert.Single(app.Await(app.Server.FetchSocketsAsync()));
        Assert.Same(client.Socket.Identity, remote.Identity);
        Assert.Equal([client.Id!, "lobby"], remote.Rooms);
    }

    [Theory]
    [InlineData(RoomOfAlice)]
    [InlineData("\0")]
    [InlineData("\0mine")]
    public void Names_of_rooms_that_begin_with_NUL_are_nobodys_to_join_leave_or_address(string name)
    {
        var app = StartWithUsers();
        var (alice, mallory) = (Connect(app, "alice"), app.Connect());
        Assert.False(mallory.Socket!.Join(name));
        app.Server.SocketsJoin(name);
        Assert.False(alice.Socket!.Leave(name));
        app.Server.SocketsLeave(name);
        app.RunUntilIdle();
        Assert.Equal([mallory.Id!], mallory.Socket.Rooms);

        app.Server.To(name).Emit("x");
        app.Server.To("nowhere", name).Emit("x");
        app.Server.To("nowhere").To(name).Emit("x");
        app.Server.In(name).Emit("x");
        app.RunUntilIdle();
        Assert.Empty(alice.Events);
        Assert.Empty(mallory.Events);

        app.Server.Except(name).Emit("y");
        app.Server.Except("nowhere", name).Emit("y");
        app.RunUntilIdle();
        Assert.Equal(2, alice.Events.Count);
        app.Server.ToUser("alice").Emit("z");
        app.RunUntilIdle();
        Assert.Equal(["y", "y", "z"], alice.Events.Select(e => e.Name));
        Assert.Equal(2, mallory.Events.Count);
    }

    [Fact]
    public void A_room_with_a_reserved_name_is_refused_in_middleware_too()
    {
        List<bool> answers = [];
        var app = Start(server => server.Use(socket =>
        {
            answers.AddRange([socket.Join(RoomOfAlice), socket.Join("lobby"), socket.Leave(RoomOfAlice)]);
            return ConnectResult.Accept;
        }));
        var client = app.Connect();
        Assert.Equal([false, true, false], answers);
        Assert.Equal([client.Id!, "lobby"], client.Socket!.Rooms);
        Assert.Equal(0, app.Await(app.Server.ToUser("alice").CountAsync()).Count);
    }

    [Fact]
    public void The_room_of_a_user_is_beside_those_that_the_limit_counts()
    {
        var app = Start(
            server => server.Use(socket =>
            {
                socket.Identity = new SocketIdentity("alice");
                Assert.Equal([true, true, false], [socket.Join("a"), socket.Join("b"), socket.Join("c")]);
                return ConnectResult.Accept;
            }),
            builder => builder.Options.Limits.RoomsPerSocket = 2);
        var socket = app.Connect().Socket!;
        Assert.Equal([socket.Id, "a", "b"], socket.Rooms);
        Assert.False(socket.Join("c"));
        socket.Identity = null;
        Assert.False(socket.Join("c"));
        socket.Identity = new SocketIdentity("bob");
        Assert.Equal(1, app.Await(app.Server.ToUser("bob").CountAsync()).Count);
        Assert.False(socket.Join("c"));
        Assert.True(socket.Leave("a"));
        Assert.True(socket.Join("c"));
        Assert.False(socket.Join("a"));
    }

    [Fact]
    public void Threads_that_set_identities_at_once_leave_the_socket_with_the_user_of_the_last_one()
    {
        var app = StartWithUsers(loops: 2);
        SockeyeSocket[] sockets = [.. Enumerable.Range(0, 4).Select(i => app.Connect(loop: i % 2).Socket!)];
        SocketIdentity?[] identities = [null, new("alice"), new("bob"), new("carol")];
        var storm = Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    sockets[(i + thread) % 4].Identity = identities[(i * 7 + thread) % 4];
                    app.Server.ToUser("bob").Emit("m");
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.True(app.RunUntil(() => storm.IsCompleted, TimeSpan.FromSeconds(60)));
        app.RunUntilIdle();
        foreach (var subject in (string[])["alice", "bob", "carol"])
        {
            Assert.Equal(
                sockets.Where(socket => socket.Identity?.Subject == subject).Select(socket => socket.Id).Order(),
                app.Await(app.Server.ToUser(subject).FetchSocketsAsync()).Select(remote => remote.Id).Order());
        }
    }

    [Fact]
    public void Reading_the_identity_of_a_socket_that_has_none_and_telling_it_so_allocates_nothing()
    {
        var app = StartWithUsers();
        var socket = app.Connect().Socket!;
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Read()
        {
            for (var i = 0; i < 100; i++)
            {
                if (socket.Identity is null)
                {
                    socket.Identity = null;
                }
            }
        }
    }

    private SockeyeTestServer StartWithUsers(int loops = 1, Action<SockeyeServer>? configure = null) => Start(
        server =>
        {
            server.Use(socket =>
            {
                if (socket.Handshake.Auth.GetString("user") is { } user)
                {
                    socket.Identity = new SocketIdentity(user);
                }

                return ConnectResult.Accept;
            });
            configure?.Invoke(server);
        },
        loops: loops);

    private static SockeyeTestClient Connect(SockeyeTestServer app, string user, int loop = 0) => app.Connect(auth: new { user }, loop: loop);
}
