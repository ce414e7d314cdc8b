using Sockeye.Inspection;
using Xunit;

namespace Sockeye.Server.Tests;

public sealed class InspectionTests : ServerTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_report_counts_what_is_there_on_all_loops(int loops)
    {
        var app = Start(
            server =>
            {
                server.OnConnection(socket => socket.Join("lobby"));
                server.Of("/chat").OnConnection(socket => socket.Join("den"));
            },
            loops: loops);
        foreach (var index in Enumerable.Range(0, 6))
        {
            app.Connect(loop: index % loops).Emit("unheard");
        }

        app.Connect("/chat", loop: loops - 1);
        var report = Report(app);
        Assert.True(report.IsComplete);
        Assert.Equal((7, 7, 7, 0), (report.Clients, report.Sockets, report.WebSockets, report.Polling));
        Assert.Equal(7, report.Connections);
        Assert.Equal(6, report.EventsReceived);
        Assert.Equal(loops, report.Loops.Count);
        Assert.Equal(7, report.Loops.Sum(loop => loop.Connections));
        Assert.All(report.Loops, loop => Assert.True(loop is { Silence: null, IsHeld: false, Activity: null, IsGameLoop: false, Turns: > 0 }));
        Assert.Equal((2, 2), (report.NamespaceCount, report.RoomCount));
        Assert.Equal([new NamespaceSize("/", 6), new NamespaceSize("/chat", 1)], report.Namespaces);
        Assert.Equal([new RoomSize("/", "lobby", 6), new RoomSize("/chat", "den", 1)], report.Rooms);
        Assert.True(report.MemoryBudget > 0);
    }

    [Theory]
    [InlineData(2, 3, 2)]
    [InlineData(3, 3, 3)]
    [InlineData(4, 3, 3)]
    [InlineData(4, 0, 0)]
    public void Lists_have_the_largest_and_no_more_than_was_asked_for(int rooms, int top, int listed)
    {
        var app = Start(server => server.OnConnection(socket =>
        {
            for (var room = 0; room < rooms; room++)
            {
                if (socket.Handshake.Query("n") is not { } n || int.Parse(n, null) >= room)
                {
                    socket.Join($"room {room}");
                }
            }
        }));
        for (var client = 0; client < rooms; client++)
        {
            app.Connect(query: $"n={client}");
        }

        var report = Report(app, top);
        Assert.Equal(rooms, report.RoomCount);
        Assert.Equal(Enumerable.Range(0, listed).Select(room => new RoomSize("/", $"room {room}", rooms - room)), report.Rooms);
    }

    [Fact]
    public void Rooms_of_users_are_not_among_the_rooms()
    {
        var app = Start(server => server.Use(socket => Identify(socket, "ann")));
        app.Connect();
        Assert.Equal(0, Report(app).RoomCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_slowest_readers_are_told_with_what_waits_for_them_and_since_when(int loops)
    {
        var app = Start(
            server => { },
            builder => builder.Options.Outbox.HighWatermarkBytes = builder.Options.Outbox.LowWatermarkBytes = 4096,
            loops);
        var clients = Enumerable.Range(0, 4).Select(index => app.Connect(loop: index % loops)).ToArray();
        foreach (var (client, index) in clients[..3].Select((client, index) => (client, index)))
        {
            client.PauseReading();
            app.Server.To(client.Id!).Emit("m", new string('x', 3000 * (index + 1)));
        }

        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(3));
        var readers = Report(app).SlowestReaders;
        Assert.Equal([clients[2].Id, clients[1].Id, clients[0].Id], readers.Select(reader => reader.SocketId));
        Assert.Equal([clients[2].Socket!.OutboxBytes, clients[1].Socket!.OutboxBytes, clients[0].Socket!.OutboxBytes], readers.Select(reader => reader.Bytes));
        Assert.True(readers[0].SlowFor >= TimeSpan.FromSeconds(3));
        Assert.Null(readers[2].SlowFor);
        Assert.Single(Report(app, top: 1).SlowestReaders);

        clients[2].ResumeReading();
        app.RunUntilIdle();
        Assert.Equal([clients[1].Id, clients[0].Id], Report(app).SlowestReaders.Select(reader => reader.SocketId));
    }

    [Fact]
    public void Drops_are_counted_by_reason()
    {
        var app = Start(server => { }, builder => builder.Options.Outbox.HighWatermarkBytes = builder.Options.Outbox.LowWatermarkBytes = 4096);
        var client = app.Connect();
        client.PauseReading();
        OnLoop(app, () =>
        {
            client.Socket!.Emit("m", new string('x', 5000));
            client.Socket.Volatile.Emit("m");
        });
        Assert.Equal(1, Report(app).Drops.Single(drop => drop.Reason == "volatile").Count);
        Assert.Equal(0, Report(app).Drops.Single(drop => drop.Reason == "refused").Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_client_is_found_by_its_socket_its_connection_and_its_user(int loops)
    {
        var app = Start(server => server.Use(socket => Identify(socket, socket.Handshake.Query("user")!)), loops: loops);
        var ann = Enumerable.Range(0, 3).Select(index => app.Connect(query: "user=ann", loop: index % loops)).ToArray();
        app.Connect(query: "user=anna");
        Assert.Equal(ann.Select(client => client.Id).Order(), Find(app, "ann").Clients.Select(client => client.Sockets[0].Socket.Id).Order());
        Assert.Same(ann[1].Socket, Assert.Single(Assert.Single(Find(app, ann[1].Id!).Clients).Sockets).Socket);
        Assert.Same(ann[2].Socket, Assert.Single(Assert.Single(Find(app, ann[2].Socket!.Connection.Id).Clients).Sockets).Socket);
        Assert.Empty(Find(app, "an").Clients);
        Assert.Equal(4, Find(app, null).Clients.Count);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void A_search_gives_no_more_than_was_asked_for_and_says_that_there_are_more(int clients, bool hasMore)
    {
        var app = Start(server => { }, loops: 2);
        for (var index = 0; index < clients; index++)
        {
            app.Connect(loop: index % 2);
        }

        var found = Find(app, null, limit: 3);
        Assert.Equal(Math.Min(3, clients), found.Clients.Count);
        Assert.Equal(hasMore, found.HasMore);
    }

    [Fact]
    public void What_waits_for_a_client_is_told()
    {
        var app = Start(server => server.On("work", async (SockeyeSocket socket) => { await socket.EmitWithAckAsync<int>("never answered"); }));
        var client = app.Connect();
        client.Emit("work");
        client.Emit("work");
        client.Emit("work");
        var socket = Assert.Single(Assert.Single(Find(app, client.Id!).Clients).Sockets);
        Assert.Equal((2, 1), (socket.QueuedJobs, socket.OpenAcks));
        client.PauseReading();
        app.Server.Emit("m", new string('x', 100_000));
        app.RunUntilIdle();
        var found = Assert.Single(Find(app, client.Id!).Clients);
        Assert.True(found.Connection.OutboxBytes >= 100_000);
        Assert.Equal("websocket", found.Connection.Transport);
    }

    [Fact]
    public void A_client_that_is_put_out_hears_of_it_and_one_without_a_namespace_is_closed()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var stranger = app.Connect(joins: false);
        foreach (var found in Find(app, null).Clients)
        {
            found.Disconnect();
        }

        app.RunUntilIdle();
        Assert.True(client.WasToldToLeave);
        Assert.True(client.IsClosed);
        Assert.True(stranger.IsClosed);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(ServerInspection.MaxTop + 1)]
    public async Task A_list_has_bounds(int top)
    {
        var app = Start(server => { });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => app.Server.Inspection.ReportAsync(top));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ServerInspection.MaxClients + 1)]
    public async Task A_search_has_bounds(int limit)
    {
        var app = Start(server => { });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => app.Server.Inspection.FindAsync(null, limit));
    }

    [Theory]
    [InlineData(ServerInspection.ClientsPerTurn, 1)]
    [InlineData(ServerInspection.ClientsPerTurn + 1, 2)]
    public void A_loop_looks_at_a_bounded_number_of_clients_in_a_turn(int clients, int turns)
    {
        // Timers of the test's clock are posted to the first loop.
        var app = Start(server => { }, loops: 2);
        for (var index = 0; index < clients; index++)
        {
            app.Connect(loop: 1);
        }

        var before = app.Transport.Loops[1].Counters.Posted;
        Assert.Equal(clients, Report(app).WebSockets);
        Assert.Equal(turns, app.Transport.Loops[1].Counters.Posted - before);
    }

    private static ConnectResult Identify(SockeyeSocket socket, string user)
    {
        socket.Identity = new SocketIdentity(user);
        return ConnectResult.Accept;
    }

    private static ServerReport Report(Testing.SockeyeTestServer app, int top = 10) => app.Await(app.Server.Inspection.ReportAsync(top));

    private static ClientSearch Find(Testing.SockeyeTestServer app, string? wanted, int limit = 20) => app.Await(app.Server.Inspection.FindAsync(wanted, limit));
}
