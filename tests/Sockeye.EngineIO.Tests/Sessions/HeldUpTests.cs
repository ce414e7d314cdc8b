using Sockeye.Protocol.WebSockets;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>The process stood still, or a handler blocked its loop: what has arrived meanwhile is read before anybody is judged.</summary>
public sealed class HeldUpTests
{
    private const double Long = 60_000;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_client_whose_pong_waits_in_its_socket_lives_however_long_the_process_stood_still(int loops)
    {
        using var engine = new EngineHarness(loops: loops);
        var peer = engine.ConnectWebSocket(loop: 1 % loops);
        var target = engine.Open(2 % loops);
        var polling = engine.Session;
        var poll = engine.Connect(3 % loops).Send("GET", target);
        peer.Take();
        engine.Advance(25_000);
        Assert.Equal("2", peer.Next());
        Assert.Equal("2", poll.Receive().Text);
        peer.Queue(WebSocketFrames.Text, "3"u8.ToArray());
        // The next poll of the client may be read before its pong.
        poll.Peer.Send(HttpPeer.Request("GET", target));
        var post = engine.Connect();
        post.Peer.Send(HttpPeer.Request("POST", target, "3"));
        engine.Skip(Long);
        Assert.Equal("ok", post.Receive().Text);
        engine.Advance(20_000);
        Assert.Empty(engine.Handler.Closes);
        Assert.Equal(EngineState.Open, polling.State);
        engine.Advance(5_000);
        Assert.Equal("2", peer.Next());
        Assert.Equal("2", poll.Receive().Text);
    }

    [Fact]
    public void A_ping_that_leaves_late_has_its_deadline_from_when_it_left()
    {
        using var engine = new EngineHarness();
        var alive = engine.ConnectWebSocket();
        var dead = engine.ConnectWebSocket();
        alive.Take();
        dead.Take();
        engine.Skip(Long);
        Assert.Equal("2", alive.Next());
        engine.Advance(19_999);
        alive.Send("3");
        Assert.Null(dead.ReadClose());
        engine.Advance(1);
        Assert.Equal(1005, dead.ReadClose());
        Assert.Null(alive.ReadClose());
        Assert.Equal(["ping timeout"], engine.Handler.Closes);
    }

    [Fact]
    public void Who_has_sent_nothing_is_gone_a_second_later()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket();
        engine.Advance(25_000);
        engine.Skip(Long);
        Assert.Null(peer.ReadClose());
        engine.Advance(999);
        Assert.Null(peer.ReadClose());
        engine.Advance(1);
        Assert.Equal(1005, peer.ReadClose());
    }

    [Theory]
    [InlineData(100, 400)]
    [InlineData(101, 200)]
    public void A_deadline_is_nominal_unless_the_loop_was_later_than_100_ms(double late, int status)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.Advance(25_000);
        Assert.Equal("2", engine.Get(target).Text);
        engine.Advance(19_000);
        var poll = engine.Connect();
        poll.Peer.Send(HttpPeer.Request("GET", target));
        engine.Skip(1_000 + late);
        engine.OnLoop(engine.Session, () => engine.Session.SendText("x"u8));
        Assert.Equal(status, poll.Receive().Status);
        Assert.Equal(status == 400 ? 1 : 0, engine.Handler.Closes.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_upgrade_that_was_under_way_goes_on(bool arrived)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        if (arrived)
        {
            peer.Queue(WebSocketFrames.Text, "5"u8.ToArray());
        }

        engine.Skip(Long);
        engine.Advance(arrived ? 1_000 : 999);
        Assert.Equal(arrived ? "websocket" : "polling", engine.Session.Transport);
        Assert.Null(peer.ReadClose());
        engine.Advance(1);
        Assert.Equal(arrived ? null : 1005, peer.ReadClose());
    }

    [Fact]
    public void A_head_a_body_and_a_message_that_were_under_way_are_taken()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var request = HttpPeer.Request("POST", target, "4body");
        var head = engine.Connect();
        var body = engine.Connect();
        var message = engine.ConnectWebSocket();
        var frame = WebSocketPeer.Frame(WebSocketFrames.Text, "4message"u8.ToArray());
        head.Peer.Send(HttpPeer.Request("GET", "/nothing").AsSpan(..^5));
        body.Peer.Send(request.AsSpan(..^1));
        message.Peer.Send(frame.AsSpan(..^1));
        engine.Run();
        head.Peer.Send(HttpPeer.Request("GET", "/nothing").AsSpan(^5..));
        body.Peer.Send(request.AsSpan(^1..));
        message.Peer.Send(frame.AsSpan(^1..));
        engine.Skip(Long);
        Assert.Equal(404, head.Receive().Status);
        Assert.Equal("ok", body.Receive().Text);
        Assert.Equal(["body"], engine.Handler.Messages(engine.Handler.Sessions[0]));
        Assert.Equal(["message"], engine.Handler.Messages(engine.Handler.Sessions[1]));
    }

    /// <summary>While nobody read, the windows of TCP were full and the peer could not send.</summary>
    [Fact]
    public void A_body_and_a_message_that_were_under_way_have_their_time_again_once()
    {
        using var engine = new EngineHarness(new EngineOptions { PingInterval = TimeSpan.FromHours(1) });
        var target = engine.Open();
        var body = engine.Connect();
        var message = engine.ConnectWebSocket();
        body.Peer.Send(HttpPeer.Request("POST", target, new string('4', 5_000)).AsSpan(..^1));
        message.Peer.Send(WebSocketPeer.Frame(WebSocketFrames.Text, "4message"u8.ToArray()).AsSpan(..^1));
        engine.Run();
        engine.Skip(Long);
        engine.Advance(5_000);
        Assert.Null(body.TryReceive());
        Assert.Null(message.ReadClose());
        engine.Skip(Long);
        engine.Advance(1_000);
        Assert.Equal(408, body.Receive().Status);
        Assert.Equal(1008, message.ReadClose());
    }

    [Fact]
    public void A_request_on_a_connection_whose_time_for_the_next_one_is_over_is_answered()
    {
        using var engine = new EngineHarness();
        var peer = engine.Connect();
        Assert.Equal(404, peer.Get("/nothing").Status);
        peer.Peer.Send(HttpPeer.Request("GET", "/nothing"));
        engine.Skip(100_000);
        Assert.Equal(404, peer.Receive().Status);
    }
}
