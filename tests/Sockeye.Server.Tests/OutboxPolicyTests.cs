using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public class OutboxPolicyTests : ServerTest
{
    private static readonly string Text = new('x', 4000);

    [Fact]
    public void A_namespace_says_what_happens_when_there_is_no_room_unless_the_emit_does()
    {
        var app = StartSmall(server => server.Of("/feed").OutboxPolicy = OutboxPolicy.DropNewest);
        var client = Fill(app, "/feed");
        OnLoop(app, () =>
        {
            Assert.Equal(EmitResult.Dropped, client.Socket!.Emit("e", Text));
            Assert.Equal(EmitResult.Dropped, app.Server.Of("/feed").Emit("e", Text));
            Assert.Equal(EmitResult.Closed, client.Socket!.WhenFull(OutboxPolicy.Disconnect).Emit("e", Text));
        });
        Assert.Equal(DisconnectReason.SlowConsumer, client.Disconnected);
    }

    [Fact]
    public void Other_namespaces_do_as_the_server_says()
    {
        var app = StartSmall(server => server.Of("/feed").OutboxPolicy = OutboxPolicy.DropNewest);
        var client = Fill(app, "/");
        OnLoop(app, () => Assert.Equal(EmitResult.Closed, client.Socket!.Emit("e", Text)));
    }

    [Fact]
    public void A_namespace_of_a_pattern_does_as_the_pattern_says_unless_it_says_otherwise_itself()
    {
        var app = StartSmall(server =>
        {
            server.Of("/feed-{id}").OutboxPolicy = OutboxPolicy.DropNewest;
            server.Of("/feed-2").OutboxPolicy = OutboxPolicy.Disconnect;
        });
        var first = Fill(app, "/feed-1");
        var second = Fill(app, "/feed-2");
        OnLoop(app, () =>
        {
            Assert.Equal(EmitResult.Dropped, first.Socket!.Emit("e", Text));
            Assert.Equal(EmitResult.Closed, second.Socket!.Emit("e", Text));
        });
    }

    [Fact]
    public void A_policy_may_change_while_clients_are_connected()
    {
        var app = StartSmall(server => server.Of("/").OutboxPolicy = OutboxPolicy.DropNewest);
        var client = Fill(app, "/");
        OnLoop(app, () => Assert.Equal(EmitResult.Dropped, client.Socket!.Emit("e", Text)));
        app.Server.Of("/").OutboxPolicy = OutboxPolicy.Inherit;
        OnLoop(app, () => Assert.Equal(EmitResult.Closed, client.Socket!.Emit("e", Text)));
    }

    [Fact]
    public void The_narrowest_policy_wins_emit_room_namespace_server()
    {
        var app = StartSmall(server =>
        {
            server.Of("/feed").OutboxPolicy = OutboxPolicy.Disconnect;
            server.Of("/feed").RoomOutbox("board").WhenFull = OutboxPolicy.DropNewest;
        });
        var client = Fill(app, "/feed");
        client.Socket!.Join("board");
        client.Socket.Join("plain");
        OnLoop(app, () =>
        {
            var feed = app.Server.Of("/feed");
            Assert.Equal(EmitResult.Dropped, feed.To("board").Emit("e", Text));
            Assert.Equal(EmitResult.Dropped, feed.To("plain").To("board").Emit("e", Text));
            Assert.True(feed.To("board").WhenFull(OutboxPolicy.DropOldest).Emit("e", Text) != EmitResult.Closed);
            Assert.Equal(EmitResult.Closed, feed.To("plain").Emit("e", Text));
        });
    }

    [Fact]
    public void Of_several_rooms_the_first_named_that_has_a_policy_decides()
    {
        var app = StartSmall(server =>
        {
            server.Of("/feed").RoomOutbox("keeps").WhenFull = OutboxPolicy.DropNewest;
            server.Of("/feed").RoomOutbox("closes").WhenFull = OutboxPolicy.Disconnect;
        });
        var client = Fill(app, "/feed");
        client.Socket!.Join("keeps");
        client.Socket.Join("closes");
        OnLoop(app, () =>
        {
            var feed = app.Server.Of("/feed");
            Assert.Equal(EmitResult.Dropped, feed.To("none", "keeps", "closes").Emit("e", Text));
            Assert.Equal(EmitResult.Closed, feed.To("closes", "keeps").Emit("e", Text));
        });
    }

    [Fact]
    public void The_rooms_of_a_pattern_have_the_policies_of_its_namespaces_unless_they_say_otherwise()
    {
        var app = StartSmall(server =>
        {
            server.Of("/feed-{id}").RoomOutbox("board").WhenFull = OutboxPolicy.DropNewest;
            server.Of("/feed-2").RoomOutbox("board").WhenFull = OutboxPolicy.Disconnect;
        });
        var first = Fill(app, "/feed-1");
        var second = Fill(app, "/feed-2");
        first.Socket!.Join("board");
        second.Socket!.Join("board");
        OnLoop(app, () =>
        {
            Assert.Equal(EmitResult.Dropped, app.Server.Of("/feed-1").To("board").Emit("e", Text));
            Assert.Equal(EmitResult.Closed, app.Server.Of("/feed-2").To("board").Emit("e", Text));
        });
    }

    private SockeyeTestServer StartSmall(Action<SockeyeServer> configure) => Start(
        server =>
        {
            server.Of("/feed");
            configure(server);
        },
        builder =>
        {
            builder.Options.Outbox.LowWatermarkBytes = 1024;
            builder.Options.Outbox.HighWatermarkBytes = 4096;
            builder.Options.Outbox.MaxBytes = 12_700;
        });

    /// <summary>A client that does not read and for which there is no room any more.</summary>
    private static SockeyeTestClient Fill(SockeyeTestServer app, string nsp)
    {
        var client = app.Connect(nsp);
        client.PauseReading();
        OnLoop(app, () =>
        {
            while (client.Socket!.WhenFull(OutboxPolicy.Wait).Emit("e", Text) != EmitResult.Dropped)
            {
            }
        });
        return client;
    }
}
