using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Joining, leaving and disconnecting many sockets, for somebody who waits until it has happened.</summary>
public class ScopeActionTests : GameLoopTest
{
    [Fact]
    public void An_action_is_complete_when_every_loop_that_has_a_socket_has_applied_it()
    {
        var app = Start(server => { }, loops: 3);
        var clients = Enumerable.Range(0, 4).Select(i => app.Connect(loop: i % 2)).ToArray();
        var joined = app.Server.SocketsJoinAsync("team");
        Assert.False(joined.IsCompleted);
        Assert.Equal(4, app.Await(joined).Count);
        Assert.All(clients, client => Assert.Contains("team", client.Socket!.Rooms));
        var left = app.Server.Except(clients[0].Id!).SocketsLeaveAsync("team");
        Assert.False(left.IsCompleted);
        Assert.Equal(3, app.Await(left).Count);
        var gone = app.Server.In("team").DisconnectSocketsAsync();
        Assert.False(gone.IsCompleted);
        Assert.Equal(1, app.Await(gone).Count);
        Assert.Equal([false, true, true, true], clients.Select(client => client.Socket!.IsConnected));
        var closed = app.Await(app.Server.DisconnectSocketsAsync(close: true));
        Assert.Equal((3, true), (closed.Count, closed.IsComplete));
        Assert.Empty(closed.MissingNodes);
        app.RunUntilIdle();
        Assert.All(clients[1..], client => Assert.True(client.IsClosed));
    }

    [Fact]
    public void Only_sockets_that_it_concerned_are_counted()
    {
        var app = Start(server => { }, builder => builder.Options.Limits.RoomsPerSocket = 1);
        var (ann, bob) = (app.Connect().Socket!, app.Connect().Socket!);
        ann.Join("only");
        Assert.Equal(1, app.Await(app.Server.SocketsJoinAsync("another")).Count);
        Assert.Equal(1, app.Await(app.Server.SocketsJoinAsync("another")).Count);
        Assert.Equal(1, app.Await(app.Server.To(ann.Id).SocketsJoinAsync("only")).Count);
        Assert.Equal(1, app.Await(app.Server.SocketsLeaveAsync("another")).Count);
        Assert.Equal(0, app.Await(app.Server.SocketsLeaveAsync("another")).Count);
        Assert.Equal(0, app.Await(app.Server.To("nobody").SocketsJoinAsync("another")).Count);
        Assert.Equal(0, app.Await(app.Server.To([]).DisconnectSocketsAsync()).Count);
        Assert.Equal(0, app.Await(app.Server.SocketsJoinAsync(new string('z', 256))).Count);
        Assert.True(ann.IsConnected && bob.IsConnected);
        Assert.Equal([bob.Id], bob.Rooms);
    }

    [Fact]
    public void An_action_on_a_pattern_waits_for_all_its_namespaces()
    {
        var app = Start(server => server.Of("/n-{id}"), loops: 2);
        var pattern = app.Server.FindNamespace("/n-{id}")!;
        Assert.Equal(0, app.Await(pattern.SocketsJoinAsync("room")).Count);
        var (a, b) = (app.Connect("/n-a"), app.Connect("/n-b", loop: 1));
        var joined = pattern.SocketsJoinAsync("room");
        Assert.False(joined.IsCompleted);
        Assert.Equal(2, app.Await(joined).Count);
        Assert.Equal(0, app.Await(pattern.SocketsJoinAsync(new string('z', 256))).Count);
        Assert.Equal(2, app.Await(pattern.To("room").FetchSocketsAsync()).Count);
        Assert.Equal(1, app.Await(pattern.Except(a.Id!).DisconnectSocketsAsync()).Count);
        Assert.False(b.Socket!.IsConnected);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_handler_awaits_an_action_where_it_runs(bool onGameLoop)
    {
        var counts = new List<int>();
        var app = Start(
            server =>
            {
                OnLoop(server);
                if (onGameLoop)
                {
                    server.RunHandlersOn(_loop);
                }

                server.On("go", async () =>
                {
                    counts.Add((await server.SocketsJoinAsync("r")).Count);
                    counts.Add((await server.To("r").SocketsLeaveAsync("r")).Count);
                    Note("back");
                });
            },
            loops: 2);
        var client = app.Connect();
        app.Connect(loop: 1);
        client.Emit("go");
        app.RunUntilIdle();
        Assert.Equal([2, 2], counts);
        Assert.Equal([$"back {onGameLoop}"], _calls);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_loop_that_blocks_for_an_action_on_other_loops_gets_a_sentence(bool onGameLoop)
    {
        Exception? failure = null;
        var app = Start(
            server =>
            {
                OnLoop(server);
                if (onGameLoop)
                {
                    server.RunHandlersOn(_loop);
                }

                server.OnHandlerError(error => failure = error.Exception);
                server.On("go", () => { _ = server.SocketsJoinAsync("r").Result; });
            },
            loops: 2);
        var client = app.Connect();
        var other = app.Connect(loop: 1);
        client.Emit("go");
        app.RunUntilIdle();
        var inner = Assert.IsType<AggregateException>(failure).InnerException;
        Assert.Contains("Use 'await'", Assert.IsType<InvalidOperationException>(inner).Message, StringComparison.Ordinal);
        Assert.Contains("r", other.Socket!.Rooms);
    }

    [Fact]
    public void A_token_that_fires_ends_the_waiting_and_not_the_action()
    {
        using var source = new CancellationTokenSource();
        var app = Start(server => { });
        var client = app.Connect();
        var joined = app.Server.SocketsJoinAsync("r", source.Token);
        source.Cancel();
        Assert.True(joined.IsCanceled);
        app.RunUntilIdle();
        Assert.Equal([client.Id!, "r"], client.Socket!.Rooms);
    }

    [Fact]
    public async Task An_action_on_a_server_that_has_stopped_concerns_nobody_and_ends()
    {
        var app = Start(server => { });
        app.Connect();
        var waiting = app.Server.SocketsJoinAsync("r");
        await app.DisposeAsync();
        Assert.Equal(1, (await waiting).Count);
        Assert.Equal(0, (await app.Server.SocketsJoinAsync("r")).Count);
        Assert.Equal(0, (await app.Server.DisconnectSocketsAsync()).Count);
    }
}
