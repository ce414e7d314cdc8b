using Xunit;

namespace Sockeye.Server.Tests;

public class RoomTests : ServerTest
{
    [Fact]
    public void Joining_and_leaving_may_be_awaited()
    {
        var app = Start(server => { });
        var socket = app.Connect().Socket!;
        Assert.True(app.Await(socket.JoinAsync("a")));
        Assert.Contains("a", socket.Rooms);
        Assert.True(app.Await(socket.LeaveAsync("a")));
        Assert.False(app.Await(socket.LeaveAsync("a")));
    }

    [Fact]
    public void A_socket_reaches_several_rooms_once_and_not_itself()
    {
        var app = Start(server => server.OnConnection(socket =>
        {
            socket.Join("a");
            socket.Join("b");
        }));
        var sender = app.Connect();
        var other = app.Connect();
        sender.Socket!.In("a", "b").Emit("x");
        sender.Socket.Local.Emit("y");
        app.RunUntilIdle();
        Assert.Equal(0, sender.Pending);
        Assert.Equal(["x", "y"], other.Events.Select(e => e.Name));
    }

    [Fact]
    public void A_socket_is_in_the_room_of_its_id_and_in_those_it_joined()
    {
        var app = Start(server => { });
        var socket = app.Connect().Socket!;
        Assert.Equal([socket.Id], socket.Rooms);
        Assert.True(socket.Join("a"));
        Assert.True(socket.Join("a"));
        Assert.True(socket.Join("b"));
        Assert.Equal([socket.Id, "a", "b"], socket.Rooms);
        Assert.True(socket.Leave("a"));
        Assert.False(socket.Leave("a"));
        Assert.False(socket.Leave("nowhere"));
        Assert.Equal([socket.Id, "b"], socket.Rooms);
        Assert.Equal(1, app.Namespaces.Main.Members.RoomCount);
    }

    [Fact]
    public void Whether_a_socket_is_in_a_room_is_what_its_rooms_say_before_it_joins_while_it_is_there_and_after_it_left()
    {
        bool inMiddleware = false, atEnd = false, elsewhere = true;
        var app = Start(server =>
        {
            server.Use(socket =>
            {
                socket.Join("early");
                inMiddleware = socket.IsIn("early") && !socket.IsIn("a") && socket.IsIn(socket.Id);
                return ConnectResult.Accept;
            });
            server.OnDisconnect((socket, _) =>
            {
                atEnd = socket.IsIn("a") && socket.IsIn("early") && socket.IsIn(socket.Id);
                elsewhere = socket.IsIn("b");
            });
        });
        var client = app.Connect();
        var socket = client.Socket!;
        Assert.True(inMiddleware);
        socket.Join("a");
        socket.Join("b");
        socket.Leave("b");
        Assert.All(socket.Rooms, room => Assert.True(socket.IsIn(room)));
        Assert.False(socket.IsIn("b"));
        Assert.False(socket.IsIn("A"));
        Assert.False(socket.IsIn(""));
        Assert.Throws<ArgumentNullException>(() => socket.IsIn(null!));

        // The room of the user is the engine's own.
        socket.Identity = new SocketIdentity("ann");
        Assert.Equal([socket.Id, "early", "a"], socket.Rooms);
        Assert.False(socket.IsIn("ann"));
        Assert.False(socket.IsIn("\0user:ann"));
        socket.Leave("early");
        socket.Leave("a");
        Assert.False(socket.IsIn("a"));
        socket.Join("early");
        socket.Join("a");
        Assert.True(socket.IsIn("a"));
        client.Disconnect();
        app.RunUntilIdle();
        Assert.True(atEnd);
        Assert.False(elsewhere);
    }

    [Fact]
    public void The_room_of_the_own_id_costs_no_room()
    {
        var app = Start(server => { });
        app.Connect();
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
    }

    [Fact]
    public void A_socket_is_in_at_most_128_rooms()
    {
        var app = Start(server => { });
        var socket = app.Connect().Socket!;
        for (var i = 0; i < 128; i++)
        {
            Assert.True(socket.Join("r" + i));
        }

        Assert.False(socket.Join("one more"));
        Assert.True(socket.Join("r5"));
        Assert.True(socket.Leave("r5"));
        Assert.True(socket.Join("one more"));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void The_name_of_a_room_has_at_most_255_bytes(int length, bool joins)
    {
        var app = Start(server => { });
        var socket = app.Connect().Socket!;
        Assert.Equal(joins, socket.Join(new string('x', length)));
        Assert.Equal(joins, socket.Join(new string('y', length - 2) + "ä"));
        app.Server.SocketsJoin(new string('z', length));
        Assert.Equal(joins ? 4 : 1, socket.Rooms.Count);
    }

    [Fact]
    public void Ten_thousand_rooms_that_were_joined_and_left_leave_nothing()
    {
        var app = Start(server => { }, builder => builder.Options.Limits.RoomsPerSocket = 20_000, loops: 2);
        var sockets = new[] { app.Connect().Socket!, app.Connect(loop: 1).Socket! };
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(sockets[i % 2].Join("r" + i));
        }

        app.RunUntilIdle();
        Assert.Equal(10_000, app.Namespaces.Main.Members.RoomCount);
        for (var i = 0; i < 10_000; i += 2)
        {
            Assert.True(sockets[0].Leave("r" + i));
        }

        sockets[1].Disconnect();
        app.RunUntilIdle();
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
        Assert.Equal([sockets[0].Id], sockets[0].Rooms);
    }

    [Fact]
    public void A_socket_that_is_gone_is_in_no_room_and_joins_none_but_knows_those_that_it_was_in()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.Socket!.Join("a");
        client.Reset();
        app.RunUntilIdle();
        Assert.Equal(0, app.Await(app.Server.To("a").CountAsync()).Count);
        Assert.False(client.Socket.Join("b"));
        Assert.False(client.Socket.Leave("a"));
        Assert.Equal([client.Id!, "a"], client.Socket.Rooms);
        Assert.Equal(EmitResult.Closed, client.Socket.Emit("x"));
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
    }

    [Fact]
    public void Sockets_are_fetched_counted_joined_and_removed_by_scope()
    {
        var app = Start(server => { }, loops: 3);
        var ann = app.Connect(loop: 0);
        var bob = app.Connect(loop: 1);
        var eve = app.Connect(loop: 2);
        ann.Socket!.Data.Set("name", "ann");
        app.Server.To(ann.Id!).To(bob.Id!).SocketsJoin("team");
        Assert.Equal(new[] { ann.Id!, bob.Id! }.Order(), app.Await(app.Server.In("team").FetchSocketsAsync()).Select(socket => socket.Id).Order());
        Assert.Equal(2, app.Await(app.Server.In("team").CountAsync()).Count);
        Assert.Equal(3, app.Await(app.Server.CountAsync()).Count);
        Assert.Equal(1, app.Await(app.Server.Except("team").CountAsync()).Count);
        Assert.Equal(1, app.Await(ann.Socket.To("team").CountAsync()).Count);
        var remote = Assert.Single(app.Await(app.Server.To(ann.Id!).FetchSocketsAsync()));
        Assert.Equal([ann.Id!, "team"], remote.Rooms);
        Assert.Equal("ann", remote.Data.Get<string>("name"));
        app.Server.Except(bob.Id!).SocketsLeave("team");
        Assert.Equal([bob.Id!], app.Await(app.Server.In("team").FetchSocketsAsync()).Select(socket => socket.Id));
        app.Server.In("team").DisconnectSockets();
        app.RunUntilIdle();
        Assert.Equal([true, false, true], [ann.IsConnected, bob.IsConnected, eve.IsConnected]);
        Assert.True(bob.WasToldToLeave);
        Assert.False(bob.IsClosed);
        app.Server.DisconnectSockets(close: true);
        app.RunUntilIdle();
        Assert.True(ann.IsClosed && eve.IsClosed);
    }
}
