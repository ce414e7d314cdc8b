using System.Globalization;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What becomes of a socket when its identity expires.</summary>
public class ExpiryTests : ServerTest
{
    private readonly List<string> _gone = [];

    [Fact]
    public void A_socket_goes_when_its_identity_expires_and_its_connection_with_it()
    {
        var app = StartWithTokens();
        var client = Connect(app, minutes: 10);
        app.Advance(TimeSpan.FromMinutes(9));
        Assert.True(client.IsConnected);
        app.Advance(TimeSpan.FromMinutes(1));
        Assert.False(client.IsConnected);
        Assert.Equal(["alice: identity expired"], _gone);
        Assert.Equal(0, app.Context.Metrics.Total.Connections);
        Assert.Equal(0, app.Server.LocalCount);
    }

    [Fact]
    public void Without_the_option_and_without_an_expiry_nothing_happens()
    {
        var app = StartWithTokens(closes: false);
        var lax = Connect(app, minutes: 10);
        app.Advance(TimeSpan.FromMinutes(30));
        Assert.True(lax.IsConnected);
        app = StartWithTokens();
        var (forEver, nobody) = (Connect(app, minutes: 0), app.Connect());
        app.Advance(TimeSpan.FromMinutes(30));
        Assert.True(forEver.IsConnected && nobody.IsConnected);
        Assert.Empty(_gone);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_new_identity_with_a_later_expiry_keeps_the_socket_from_whichever_thread_it_comes(bool isOnLoop)
    {
        var app = StartWithTokens(loops: 2);
        var client = Connect(app, minutes: 10, loop: 1);
        app.Advance(TimeSpan.FromMinutes(9));

        Set(app, client, Token(app, 20), isOnLoop);
        app.Advance(TimeSpan.FromMinutes(19));
        Assert.True(client.IsConnected);
        app.Advance(TimeSpan.FromMinutes(1));
        Assert.False(client.IsConnected);
        Assert.Equal(["alice: identity expired"], _gone);
    }

    [Fact]
    public void A_new_identity_without_an_expiry_and_none_keep_the_socket_for_ever()
    {
        var app = StartWithTokens();
        SockeyeTestClient[] clients = [Connect(app, minutes: 10), Connect(app, minutes: 10)];
        clients[0].Socket!.Identity = new SocketIdentity("alice");
        clients[1].Socket!.Identity = null;
        app.Advance(TimeSpan.FromMinutes(20));
        Assert.All(clients, client => Assert.True(client.IsConnected));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_earlier_expiry_counts_and_so_does_the_first_one_after_the_admission(bool isOnLoop)
    {
        var app = StartWithTokens();
        SockeyeTestClient[] clients = [Connect(app, minutes: 60), app.Connect()];
        foreach (var client in clients)
        {
            Set(app, client, Token(app, 5), isOnLoop);
        }

        app.Advance(TimeSpan.FromMinutes(4));
        Assert.All(clients, client => Assert.True(client.IsConnected));
        app.Advance(TimeSpan.FromMinutes(1));
        Assert.All(clients, client => Assert.False(client.IsConnected));
    }

    [Fact]
    public void An_expiry_days_ahead_comes_to_the_moment()
    {
        var app = StartWithTokens();
        var client = Connect(app, minutes: 3 * 24 * 60);
        app.Advance(TimeSpan.FromDays(3) - TimeSpan.FromMinutes(1));
        Assert.True(client.IsConnected);
        app.Advance(TimeSpan.FromMinutes(1));
        Assert.False(client.IsConnected);
    }

    [Fact]
    public void Somebody_whose_identity_has_expired_already_goes_behind_OnConnection()
    {
        var app = StartWithTokens();
        var client = Connect(app, minutes: -10);
        app.RunUntilIdle();
        Assert.False(client.IsConnected);
        Assert.Equal(["hello"], client.Events.Select(e => e.Name));
        Assert.Equal(["alice: identity expired"], _gone);
    }

    [Fact]
    public void The_other_sockets_of_the_connection_stay()
    {
        var app = StartWithTokens();
        app.Server.Of("/news");
        var client = app.Connect(joins: false);
        client.SendRaw("0{\"minutes\":\"10\"}");
        client.SendRaw("0/news,");
        app.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["alice: identity expired"], _gone);
        Assert.Equal(1, app.Server.Of("/news").LocalCount);
        Assert.Equal(1, app.Context.Metrics.Total.Connections);
    }

    [Fact]
    public void A_socket_that_has_gone_leaves_nothing_that_waits()
    {
        var app = StartWithTokens();
        var client = Connect(app, minutes: 10);
        var socket = client.Socket!;
        client.Disconnect();
        app.RunUntilIdle();
        socket.Identity = Token(app, 20);
        app.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["alice: client namespace disconnect"], _gone);
    }

    [Fact]
    public void What_was_sent_before_arrives_and_handlers_on_a_game_loop_hear_of_the_end()
    {
        var app = StartWithTokens(configure: server => server.RunHandlersOn(server.CreateLoop("arena", 20)));
        var client = Connect(app, minutes: 10);
        app.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        app.Server.Emit("last");
        app.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["hello", "last"], client.Events.Select(e => e.Name));
        Assert.Equal(["alice: identity expired"], _gone);
    }

    private static SocketIdentity Token(SockeyeTestServer app, double minutes) => new("alice") { ExpiresAt = app.Time.GetUtcNow().AddMinutes(minutes) };

    private static SockeyeTestClient Connect(SockeyeTestServer app, int minutes, int loop = 0) => app.Connect(auth: new { minutes = minutes.ToString(CultureInfo.InvariantCulture) }, loop: loop);

    private static void Set(SockeyeTestServer app, SockeyeTestClient client, SocketIdentity identity, bool isOnLoop)
    {
        if (isOnLoop)
        {
            client.Emit("token", identity.ExpiresAt!.Value.ToUnixTimeMilliseconds());
        }
        else
        {
            client.Socket!.Identity = identity;
        }

        app.RunUntilIdle();
    }

    private SockeyeTestServer StartWithTokens(bool closes = true, int loops = 1, Action<SockeyeServer>? configure = null)
    {
        SockeyeTestServer? app = null;
        app = Start(
            server =>
            {
                server.Use(socket =>
                {
                    if (socket.Handshake.Auth.GetString("minutes") is { } text)
                    {
                        socket.Identity = text == "0" ? new SocketIdentity("alice") : Token(app!, int.Parse(text, CultureInfo.InvariantCulture));
                    }

                    return ConnectResult.Accept;
                });
                server.OnConnection(socket => socket.Emit("hello"));
                server.On("token", (SockeyeSocket socket, long expiry) => socket.Identity = new SocketIdentity("alice") { ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(expiry) });
                server.OnDisconnect((socket, why) => _gone.Add($"{socket.Identity?.Subject}: {why.Text}"));
                configure?.Invoke(server);
            },
            builder => builder.Options.CloseExpired = closes,
            loops: loops);
        return app;
    }
}
