using Sockeye.Plugins;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks that call back into the server about the very socket that they are asked about.</summary>
public sealed class HookCallbackTests : HookTest
{
    [Theory, InlineData(true), InlineData(false)]
    public void A_connect_hook_that_puts_its_client_out_does_not_let_it_in_whatever_it_answers(bool closes)
    {
        var entered = 0;
        var app = Start(server => server.OnConnection(_ => entered++));
        Use(app, Set(app, "p", new ConnectOf((socket, _) =>
        {
            socket.Identity = new SocketIdentity("ada");
            socket.Join("room");
            socket.Emit("early", 1);
            socket.Disconnect(closes);
            return ValueTask.FromResult(ConnectResult.Accept);
        })));
        var client = app.Connect();
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, false, 0), (entered, client.IsConnected, app.Server.LocalCount));
        Assert.True(client.Refusal is not null || client.IsClosed);
        Assert.Empty(client.Events);
        Assert.Equal(EmitResult.Accepted, app.Server.To("room").Emit("x"));
    }

    [Theory, MemberData(nameof(Places))]
    public void A_disconnect_hook_may_do_anything_with_the_socket_that_has_gone(Place place)
    {
        List<object?> told = [];
        var app = StartAt(place, server => server.OnConnection(socket => socket.Join("x")));
        Use(app, Set(app, "p", new DisconnectOf((socket, _) =>
        {
            told.Add(socket.Emit("late", 1));
            told.Add(socket.Join("y"));
            socket.Identity = new SocketIdentity("ada");
            told.Add(socket.Leave("x"));
            socket.Disconnect(true);
            told.Add(app.Server.Emit("gone", socket.Id));
            told.Add(app.Server.ToUser("ada").Emit("gone", 1));
        })));
        var (client, other) = (app.Connect(), app.Connect());
        client.Disconnect();
        Assert.True(app.RunUntil(() => told.Count == 5));
        Assert.Equal([EmitResult.Closed, false, false, EmitResult.Accepted, EmitResult.Accepted], told);
        Assert.True(app.RunUntil(() => other.Pending == 1));
        Assert.Equal(1, app.Server.LocalCount);
    }

    [Theory, MemberData(nameof(Places))]
    public void A_hook_of_what_is_sent_may_put_the_receiver_out(Place place)
    {
        var calls = 0;
        var app = StartAt(place, server => server.OnConnection(socket => socket.On("ask", () => socket.Emit("answer", 1))));
        Use(app, Set(app, "p", new OutgoingOf((in OutgoingEvent e) =>
        {
            calls++;
            app.Server.DisconnectSockets();
            return OutgoingVerdict.Continue;
        })));
        var (client, other) = (app.Connect(), app.Connect());
        client.Emit("ask");
        Assert.True(app.RunUntil(() => !client.IsConnected && !other.IsConnected));
        Assert.True(app.RunUntil(() => app.Server.LocalCount == 0));
        Assert.Equal(1, calls);
    }

    [Theory, MemberData(nameof(Places))]
    public void A_hook_that_is_shown_a_socket_may_put_it_out(Place place)
    {
        var handled = 0;
        var app = StartAt(place, server => server.On("e", () => handled++));
        var client = app.Connect();
        Use(app, Set(app, "p", new ExistingOf(socket => socket.Disconnect(true))));
        client.Emit("e");
        Assert.True(app.RunUntil(() => client.IsClosed));
        Assert.Equal(0, app.Server.LocalCount);
    }

    [Fact]
    public void A_handshake_hook_may_reach_everybody()
    {
        var app = Start(static _ => { });
        var there = app.Connect();
        Use(app, Set(app, "p", new HandshakeOf((_, _) =>
        {
            app.Server.Emit("news", 1);
            app.Server.DisconnectSockets();
            return ValueTask.FromResult(HandshakeVerdict.Continue);
        })));
        var client = app.Connect();
        app.RunUntilIdle();
        Assert.Equal((true, false, 1), (client.IsConnected, there.IsConnected, there.Pending));
    }
}
