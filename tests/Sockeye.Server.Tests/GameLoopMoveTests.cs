using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Sockets that are put on a game loop and back, and loops that end under them.</summary>
public class GameLoopMoveTests : GameLoopTest
{
    [Fact]
    public void A_socket_moves_to_the_loop_of_its_match_and_its_later_events_follow_in_order()
    {
        GameLoop match = null!;
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            match = server.CreateLoop("match", 30);
            server.On("x", (int i) => _calls.Add($"x {i} {Where()}"));
            server.On("play", async (SockeyeSocket socket) =>
            {
                socket.RunOn(match);
                await release.Task;
                _calls.Add("play ends " + Where());
            });
            server.OnDisconnect((socket, why) => _calls.Add("disconnect " + Where()));
            OnLoop(server);
            server.On("back", (SockeyeSocket socket) => socket.RunOn(_loop));
        });
        var client = app.Connect();
        client.Emit("x", 1);
        client.Emit("play");
        client.Emit("x", 2);
        client.Emit("x", 3);
        app.RunUntilIdle();
        Assert.Equal(["x 1 event loop"], _calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => _calls.Count == 4));
        client.Emit("back");
        client.Emit("x", 4);
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["x 1 event loop", "play ends event loop", "x 2 match", "x 3 match", "x 4 arena", "disconnect arena"], _calls);

        string Where() => match.IsCurrent ? "match" : _loop.IsCurrent ? "arena" : "event loop";
    }

    [Fact]
    public void A_loop_ends_at_once_when_its_sockets_have_moved_to_another()
    {
        GameLoop match = null!;
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            match = server.CreateLoop("match", 30);
            arena.On("play", async (SockeyeSocket socket) =>
            {
                socket.RunOn(match);
                await release.Task;
            });
            arena.On("x", () => _calls.Add("x " + match.IsCurrent));
        });
        var client = app.Connect("/arena");
        client.Emit("play");
        client.Emit("x");
        app.RunUntilIdle();
        release.SetResult();
        Assert.True(app.RunUntil(() => _calls.Count == 1));
        Assert.Equal(["x True"], _calls);
        var end = _loop.DisposeAsync().AsTask();
        Assert.True(app.RunUntil(() => end.IsCompleted));
    }

    [Fact]
    public void A_socket_that_another_thread_moves_while_its_handler_awaits_still_has_one_handler_at_a_time()
    {
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            OnLoop(server);
            server.On("wait", async () =>
            {
                await release.Task;
                Note("waited");
            });
            server.On("x", (int i) => Note("x " + i));
        });
        var client = app.Connect();
        client.Emit("wait");
        client.Emit("x", 1);
        app.RunUntilIdle();
        client.Socket!.RunOn(_loop);
        client.Emit("x", 2);
        app.RunUntilIdle();
        Assert.Empty(_calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => _calls.Count == 3));
        Assert.Equal(["waited False", "x 1 True", "x 2 True"], _calls);
    }

    [Fact]
    public void When_a_loop_ends_the_sockets_of_its_namespace_go_on_on_their_event_loops_and_nothing_is_lost()
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
            arena.On("x", (int i) => Note("x " + i));
            arena.OnDisconnect((socket, why) => Note("disconnect"));
        });
        var idle = app.Connect("/arena");
        var client = app.Connect("/arena");
        client.Emit("x", 1);
        client.Emit("wait");
        client.Emit("x", 2);
        app.RunUntilIdle();
        End(app, _loop);
        client.Emit("x", 3);
        app.RunUntilIdle();
        release.SetResult();
        Assert.True(app.RunUntil(() => _calls.Count == 4));
        client.Emit("x", 4);
        app.RunUntilIdle();
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["x 1 True", "waited False", "x 2 False", "x 3 False", "x 4 False", "disconnect False"], _calls);
        idle.Emit("x", 5);
        app.Connect("/arena").Emit("x", 6);
        app.RunUntilIdle();
        Assert.Equal(["x 5 False", "x 6 False"], _calls[6..]);
    }

    [Fact]
    public void When_the_loop_of_a_match_ends_its_sockets_go_back_to_the_loop_of_their_namespace()
    {
        GameLoop match = null!;
        var app = Start(server =>
        {
            var arena = OnLoop(server);
            match = server.CreateLoop("match", 30);
            arena.OnConnection(socket => socket.RunOn(match));
            arena.On("x", (int i) => _calls.Add($"x {i} {match.IsCurrent} {_loop.IsCurrent}"));
            arena.OnDisconnect((socket, why) => _calls.Add($"disconnect {_loop.IsCurrent}"));
        });
        var client = app.Connect("/arena");
        client.Emit("x", 1);
        app.RunUntilIdle();
        client.Emit("x", 2);
        app.Transport.ManualLoops[0].RunUntilIdle();
        End(app, match);
        client.Emit("x", 3);
        app.RunUntilIdle();
        client.Socket!.RunOn(match);
        client.Emit("x", 4);
        app.RunUntilIdle();
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["x 1 True False", "x 2 True False", "x 3 False True", "x 4 False True", "disconnect True"], _calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_socket_that_was_put_on_a_loop_goes_back_to_its_event_loop(bool fromElsewhere)
    {
        var app = Start(server =>
        {
            OnLoop(server);
            server.On("go", (SockeyeSocket socket) => socket.RunOn(_loop));
            server.On("back", (SockeyeSocket socket) => socket.RunOn(null));
            server.On("x", (int i) => Note("x " + i));
        });
        var client = app.Connect();
        client.Emit("go");
        client.Emit("x", 1);
        app.RunUntilIdle();
        if (fromElsewhere)
        {
            client.Socket!.RunOn(null);
        }
        else
        {
            client.Emit("back");
        }

        client.Emit("x", 2);
        client.Emit("x", 3);
        app.RunUntilIdle();
        client.Emit("go");
        client.Emit("x", 4);
        app.RunUntilIdle();
        Assert.Equal(["x 1 True", "x 2 False", "x 3 False", "x 4 True"], _calls);
    }

    [Fact]
    public void A_socket_that_is_put_on_a_loop_and_back_while_a_handler_awaits_keeps_its_order()
    {
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            OnLoop(server);
            server.On("wait", async (SockeyeSocket socket) =>
            {
                socket.RunOn(_loop);
                await release.Task;
                Note("waited");
                socket.RunOn(null);
                await Task.Yield();
                socket.RunOn(_loop);
            });
            server.On("x", (int i) => Note("x " + i));
        });
        var client = app.Connect();
        client.Emit("wait");
        client.Emit("x", 1);
        client.Emit("x", 2);
        app.RunUntilIdle();
        Assert.Empty(_calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => _calls.Count == 3));
        Assert.Equal(["waited False", "x 1 True", "x 2 True"], _calls);
    }
}
