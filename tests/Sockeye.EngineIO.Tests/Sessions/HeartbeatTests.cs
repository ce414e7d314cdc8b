using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class HeartbeatTests
{
    private static EngineOptions Fast => new() { PingInterval = TimeSpan.FromMilliseconds(300), PingTimeout = TimeSpan.FromMilliseconds(200) };

    [Fact]
    public void A_ping_comes_one_interval_after_the_handshake_and_after_each_pong()
    {
        using var engine = new EngineHarness(Fast);
        var target = engine.Open();
        for (var i = 0; i < 3; i++)
        {
            var poll = engine.Connect().Send("GET", target);
            engine.Advance(299);
            Assert.Null(poll.TryReceive());
            engine.Advance(1);
            Assert.Equal("2", poll.Receive().Text);
            engine.Advance(150);
            Assert.Equal("ok", engine.Connect().Post(target, "3").Text);
        }

        Assert.Empty(engine.Handler.Closes);
    }

    [Fact]
    public void WebSocket_is_pinged_as_well()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Take();
        for (var i = 0; i < 3; i++)
        {
            engine.Advance(299);
            Assert.Empty(peer.Take());
            engine.Advance(1);
            Assert.Equal("2", peer.Next());
            peer.Send("3");
        }
    }

    [Fact]
    public void The_time_from_each_ping_to_its_pong_is_told_over_both_transports_and_a_pong_that_nobody_asked_for_is_not()
    {
        using var engine = new EngineHarness(Fast);
        var target = engine.Open();
        engine.Connect().Post(target, "3");
        var poll = engine.Connect().Send("GET", target);
        engine.Advance(300);
        Assert.Equal("2", poll.Receive().Text);
        engine.Advance(150);
        engine.Connect().Post(target, "3");
        Assert.Equal([150.0], engine.Observer.RoundTrips);

        var peer = engine.ConnectWebSocket();
        peer.Take();
        peer.Send("3");
        engine.Advance(300);
        Assert.Equal("2", peer.Next());
        engine.Advance(20);
        peer.Send("3");
        peer.Send("3");
        Assert.Equal([150.0, 20.0], engine.Observer.RoundTrips);
    }

    [Theory]
    [InlineData(499, 200)]
    [InlineData(500, 400)]
    public void A_silent_session_is_gone_exactly_interval_plus_timeout_after_the_handshake(double moment, int status)
    {
        using var engine = new EngineHarness(Fast);
        var target = engine.Open();
        engine.Advance(moment);
        var response = engine.Get(target);
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 200 ? "2" : """{"code":1,"message":"Session ID unknown"}""", response.Text);
        Assert.Equal(status == 200 ? [] : ["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void A_silent_WebSocket_is_closed_at_its_nominal_moment()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        engine.Advance(499);
        Assert.Null(peer.ReadClose());
        engine.Advance(1);
        Assert.Equal(1005, peer.ReadClose());
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void A_loop_that_is_late_reads_first_but_a_poll_finds_the_dead_session_gone()
    {
        using var engine = new EngineHarness(Fast);
        var target = engine.Open();
        engine.Advance(300);
        // The answer arrived in time, but the loop was held up beyond the deadline before it could read it.
        var post = engine.Connect();
        post.Peer.Send(HttpPeer.Request("POST", target, "3"));
        engine.Skip(260);
        Assert.Equal("ok", post.Receive().Text);
        Assert.Empty(engine.Handler.Closes);

        engine.Advance(300);
        var poll = engine.Connect();
        poll.Peer.Send(HttpPeer.Request("GET", target));
        engine.Skip(230);
        Assert.Equal(400, poll.Receive().Status);
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void Any_message_counts_as_life_and_the_next_ping_follows_at_the_deadline()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Take();
        engine.Advance(300);
        Assert.Equal("2", peer.Next());
        engine.Advance(199);
        peer.Send("4busy");
        engine.Advance(1);
        Assert.Empty(engine.Handler.Closes);
        Assert.Equal("2", peer.Next());
        engine.Advance(199);
        Assert.Empty(engine.Handler.Closes);
        engine.Advance(1);
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void A_message_before_the_ping_does_not_count_as_its_answer()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        engine.Advance(299);
        peer.Send("4early");
        engine.Advance(201);
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void Polling_without_packets_is_no_sign_of_life()
    {
        using var engine = new EngineHarness(Fast);
        var target = engine.Open();
        engine.Advance(300);
        Assert.Equal("2", engine.Get(target).Text);
        var poll = engine.Connect().Send("GET", target);
        engine.Advance(199);
        Assert.Null(poll.TryReceive());
        engine.Advance(1);
        Assert.Equal("1", poll.Receive().Text);
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void A_pong_that_nobody_asked_for_is_ignored()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Take();
        engine.Advance(150);
        peer.Send("3");
        engine.Advance(150);
        Assert.Equal("2", peer.Next());
    }

    [Theory]
    [InlineData("2")]
    [InlineData("2probe")]
    public void A_ping_of_the_client_ends_the_session(string packet)
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Send(packet);
        Assert.Equal(1002, peer.ReadClose());
        var target = engine.Open();
        engine.Connect().Post(target, packet);
        Assert.Equal(["transport error|invalid heartbeat direction", "transport error|invalid heartbeat direction"], engine.Handler.Closes);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("6")]
    public void A_stray_packet_is_ignored(string packet)
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Send(packet).Send("4still here");
        var target = engine.Open();
        Assert.Equal("ok", engine.Connect().Post(target, packet).Text);
        Assert.Equal(["still here"], engine.Handler.Messages(engine.Handler.Sessions[0]));
        Assert.Empty(engine.Handler.Closes);
    }

    [Fact]
    public void A_session_that_we_do_not_read_does_not_expire()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Take();
        engine.OnLoop(engine.Session, engine.Session.PauseReading);
        engine.Advance(300);
        Assert.Equal("2", peer.Next());
        peer.Send("3").Send("4held");
        engine.Advance(2000);
        Assert.Empty(engine.Handler.Closes);
        Assert.Empty(engine.Handler.Messages(engine.Session));
        engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        Assert.Equal(["held"], engine.Handler.Messages(engine.Session));
        engine.Advance(300);
        Assert.Equal("2", peer.Next());
        engine.Advance(200);
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void A_ping_that_found_no_poll_goes_with_the_next_one()
    {
        using var engine = new EngineHarness(Fast);
        var target = engine.Open();
        engine.OnLoop(engine.Session, () => engine.Session.SendText("x"u8));
        engine.Advance(350);
        Assert.Equal("2\u001e4x", engine.Get(target).Text);
    }

    [Fact]
    public void A_half_open_peer_expires_and_its_connection_ends()
    {
        using var engine = new EngineHarness(Fast);
        var peer = engine.ConnectWebSocket();
        peer.Peer.StopReading = true;
        engine.Advance(500);
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
        engine.Advance(60_000);
        Assert.Equal(0, engine.Engine.HeldSessions);
        Assert.Equal(0, engine.Transport.ConnectionCount);
    }
}
