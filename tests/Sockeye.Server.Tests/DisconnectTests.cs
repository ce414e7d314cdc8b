using Sockeye.Server.Sockets;
using Xunit;

namespace Sockeye.Server.Tests;

public class DisconnectTests : ServerTest
{
    [Fact]
    public void A_server_that_stops_sends_what_is_queued_and_closes_with_its_reason()
    {
        List<string> ends = [];
        var app = Start(server =>
        {
            server.OnDisconnect((socket, why) => ends.Add(why.Text));
            server.Of("/chat").OnDisconnect((socket, why) => ends.Add("chat: " + why.Text));
        });
        var client = app.Connect();
        var other = app.Connect("/chat");
        client.Socket!.Emit("last words", new string('x', 200_000));
        var stop = app.Server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal("last words", Assert.Single(client.Events).Name);
        Assert.True(client.IsClosed && other.IsClosed);
        Assert.Equal(["chat: server shutting down", "server shutting down"], ends.Order(StringComparer.Ordinal));
        Assert.Same(stop, app.Server.StopAsync());
    }

    [Fact]
    public void Each_end_has_its_reason_and_OnDisconnect_is_called_once_and_sees_the_rooms()
    {
        List<string> ends = [];
        var app = Start(server =>
        {
            server.OnConnection(socket => socket.Join("room"));
            server.OnDisconnect((socket, why) =>
            {
                Assert.False(socket.IsConnected);
                Assert.Contains("room", socket.Rooms);
                ends.Add(why.Text);
            });
        });

        app.Connect().Disconnect();
        app.RunUntilIdle();
        app.Connect().Socket!.Disconnect();
        app.RunUntilIdle();
        var closed = app.Connect();
        closed.Socket!.Disconnect(close: true);
        app.RunUntilIdle();
        Assert.True(closed.WasToldToLeave);
        Assert.True(closed.IsClosed);
        app.Connect().Close();
        app.RunUntilIdle();
        var dropped = app.Connect();
        dropped.Socket!.Connection.Close();
        app.RunUntilIdle();
        Assert.False(dropped.WasToldToLeave);
        Assert.True(dropped.IsClosed);
        app.Connect().SendRaw("9");
        app.RunUntilIdle();
        app.Connect().Cut();
        app.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal(
            [
                "client namespace disconnect", "server namespace disconnect", "server namespace disconnect", "transport close", "forced server close", "parse error", "ping timeout",
            ],
            ends);
    }

    [Fact]
    public void A_server_that_stops_gives_its_port_back_before_it_waits_for_anybody()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.PauseReading();
        client.Socket!.Emit("x", new string('x', 500_000));
        var stop = app.Server.StopAsync();
        app.RunUntilIdle();
        Assert.False(stop.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => app.Transport.Connect());
        client.ResumeReading();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
    }

    [Fact]
    public void OnDisconnect_may_await_and_what_fails_then_is_an_error_of_the_application()
    {
        List<string> ends = [];
        TaskCompletionSource saved = new();
        var app = Start(server =>
        {
            server.OnDisconnect(async (socket, why) =>
            {
                await saved.Task;
                ends.Add(why.Text);
                throw new InvalidOperationException("not saved");
            });
            server.OnConnection(socket => socket.OnDisconnect(async why =>
            {
                await saved.Task;
                throw new InvalidOperationException("not saved either");
            }));
        });
        app.Connect().Close();
        app.RunUntilIdle();
        Assert.Empty(ends);
        saved.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["transport close"], ends);
        Assert.Equal(["not saved", "not saved either"], app.HandlerErrors.Select(error => error.Exception.Message).Order(StringComparer.Ordinal));
        Assert.All(app.HandlerErrors, error => Assert.Equal(HandlerKind.Disconnect, error.Kind));
    }

    [Fact]
    public void A_client_that_is_cut_off_lives_until_ping_interval_and_timeout_are_over()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.Cut();
        app.Advance(TimeSpan.FromSeconds(44.999));
        Assert.True(client.IsConnected);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(DisconnectReason.PingTimeout, client.Disconnected);
    }

    [Fact]
    public void A_client_that_answers_pings_stays()
    {
        var app = Start(server => { });
        var client = app.Connect();
        app.Advance(TimeSpan.FromMinutes(5));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void Disconnecting_with_close_ends_the_sockets_of_all_namespaces()
    {
        List<string> ends = [];
        var app = Start(server =>
        {
            server.OnDisconnect((socket, why) => ends.Add(socket.Namespace.Name + " " + why.Text));
            server.Of("/b").OnDisconnect((socket, why) => ends.Add(socket.Namespace.Name + " " + why.Text));
        });
        var client = app.Connect();
        client.SendRaw("0/b,");
        app.RunUntilIdle();
        client.Socket!.Disconnect(close: true);
        app.RunUntilIdle();
        Assert.Equal(["/ server namespace disconnect", "/b server namespace disconnect"], ends);
        Assert.True(client.IsClosed);
    }

    [Fact]
    public void A_handler_may_disconnect_its_own_socket_and_what_it_emitted_before_arrives()
    {
        var app = Start(server => server.On("bye", (SockeyeSocket socket) =>
        {
            socket.Emit("last");
            socket.Disconnect();
            Assert.Equal(EmitResult.Closed, socket.Emit("never"));
        }));
        var client = app.Connect();
        client.Emit("bye");
        app.RunUntilIdle();
        Assert.Equal(["last"], client.Events.Select(e => e.Name));
        Assert.True(client.WasToldToLeave);
        Assert.False(client.IsClosed);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public void OnDisconnect_may_broadcast_to_the_rooms_and_the_socket_itself_gets_nothing()
    {
        var app = Start(server => server.OnDisconnect((socket, why) => socket.Broadcast.Emit("left", socket.Id, why.Text)));
        var ann = app.Connect();
        var bob = app.Connect();
        ann.Socket!.Disconnect();
        var left = bob.Next("left");
        Assert.Equal(ann.Id, left.Get<string>());
        Assert.Equal("server namespace disconnect", left.Get<string>(1));
        Assert.Equal(0, ann.Pending);
    }

    [Fact]
    public void The_token_of_a_socket_fires_when_it_goes_and_is_cancelled_if_it_is_asked_for_later()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var before = client.Socket!.Aborted;
        Assert.False(before.IsCancellationRequested);
        var other = app.Connect();
        client.Reset();
        other.Reset();
        app.RunUntilIdle();
        Assert.True(before.IsCancellationRequested);
        Assert.True(other.Socket!.Aborted.IsCancellationRequested);
    }

    [Fact]
    public void A_handler_that_is_cancelled_because_its_client_went_is_no_failure()
    {
        var app = Start(server => server.On("wait", async (CancellationToken ct) => await new TaskCompletionSource().Task.WaitAsync(ct)));
        var client = app.Connect();
        client.Emit("wait");
        app.RunUntilIdle();
        client.Reset();
        app.RunUntilIdle();
        Assert.True(app.RunUntil(() => !((ServerSocket)client.Socket!).IsHandling));
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public void A_failing_OnDisconnect_keeps_nobody_from_leaving()
    {
        var app = Start(server =>
        {
            server.OnConnection(socket => socket.Join("room"));
            server.OnDisconnect((socket, why) => throw new InvalidOperationException("broken"));
        });
        app.Connect().Reset();
        app.RunUntilIdle();
        Assert.Equal(0, app.Server.Of("/").LocalCount);
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
        Assert.Equal(HandlerKind.Disconnect, Assert.Single(app.HandlerErrors).Kind);
    }

    [Fact]
    public async Task A_server_that_stops_closes_all_with_its_reason_and_without_a_disconnect_packet()
    {
        List<string> ends = [];
        var app = Start(server => server.OnDisconnect((socket, why) => ends.Add(why.Text)));
        var client = app.Connect();
        client.Socket!.Emit("last");
        await app.DisposeAsync();
        Assert.Equal(["server shutting down"], ends);
        Assert.Equal(["last"], client.Events.Select(e => e.Name));
        Assert.False(client.WasToldToLeave);
        Assert.True(client.IsClosed);
    }
}
