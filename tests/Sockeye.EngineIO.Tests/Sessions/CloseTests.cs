using System.Text;
using Sockeye.Protocol.WebSockets;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class CloseTests
{
    [Theory]
    [InlineData(WebSocketFrames.Text, "x", 1002)]           // no packet of Engine.IO
    [InlineData(WebSocketFrames.Text, "2", 1002)]           // a ping of a client
    [InlineData(3, "", 1002)]                               // no frame of WebSocket
    [InlineData(WebSocketFrames.Continuation, "4x", 1002)]
    [InlineData(WebSocketFrames.Close, "", 1005)]
    public void The_answer_to_a_message_leaves_before_the_close_that_what_follows_it_brings(byte opcode, string violation, int code)
    {
        using var engine = new EngineHarness();
        engine.Handler.Echo = true;
        var peer = engine.ConnectWebSocket();
        _ = peer.Take();
        peer.Peer.Send([.. WebSocketPeer.Frame(WebSocketFrames.Text, "4hello"u8.ToArray()), .. WebSocketPeer.Frame(opcode, System.Text.Encoding.UTF8.GetBytes(violation))]);
        engine.Run();
        Assert.Equal(["4hello"], peer.Take());
        Assert.Equal(code, peer.CloseCode);
    }

    [Fact]
    public void A_close_of_ours_flushes_and_then_tells_the_waiting_poll()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var closesInside = -1;
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendText("bye"u8);
            engine.Session.Close();
            closesInside = engine.Handler.Closes.Count;
            Assert.Equal(EmitResult.Closed, engine.Session.SendText("late"u8));
        });
        Assert.Equal(0, closesInside);
        Assert.Equal("4bye", poll.Receive().Text);
        Assert.Equal(["forced server close"], engine.Handler.Closes);
        Assert.Equal("1", engine.Get(target).Text);
        Assert.Equal(400, engine.Get(target).Status);
        Assert.Equal(EngineState.Closed, engine.Session.State);
    }

    [Fact]
    public void A_close_without_a_poll_waits_for_the_next_ones_until_all_is_told()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.OnLoop(engine.Session, () =>
        {
            for (var i = 0; i < 20; i++)
            {
                engine.Session.SendText(Encoding.UTF8.GetBytes($"{i}"));
            }

            engine.Session.Close();
        });
        Assert.Equal(["forced server close"], engine.Handler.Closes);
        Assert.Equal(EngineState.Closing, engine.Session.State);
        Assert.Equal(0, engine.Engine.SessionCount);
        Assert.Equal("ok", engine.Connect().Post(target, "4ignored").Text);
        Assert.Equal(16, engine.Get(target).Text.Split('\u001e').Length);
        Assert.Equal("416\u001e417\u001e418\u001e419", engine.Get(target).Text);
        Assert.Equal("1", engine.Get(target).Text);
        Assert.Equal(400, engine.Get(target).Status);
        Assert.Empty(engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData(29_999, "1")]
    [InlineData(30_000, """{"code":1,"message":"Session ID unknown"}""")]
    public void A_client_that_does_not_come_for_its_close_is_given_up_after_30_seconds(double moment, string answer)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.OnLoop(engine.Session, () => engine.Session.Close());
        engine.Advance(moment);
        Assert.Equal(answer, engine.Get(target).Text);
    }

    /// <summary>With a ping on its way, or the next one still to come: no ping leaves any more, but its time goes on.</summary>
    [Theory]
    [InlineData(0, 499, true)]
    [InlineData(0, 500, false)]
    [InlineData(299, 499, true)]
    [InlineData(299, 500, false)]
    [InlineData(301, 499, true)]
    [InlineData(301, 500, false)]
    public void The_deadline_of_the_ping_goes_on_while_a_session_closes(double closedAt, double moment, bool isTold)
    {
        using var engine = new EngineHarness(new EngineOptions { PingInterval = TimeSpan.FromMilliseconds(300), PingTimeout = TimeSpan.FromMilliseconds(200) });
        var target = engine.Open();
        engine.Advance(closedAt);
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendText("bye"u8);
            engine.Session.Close();
        });
        engine.Advance(moment - closedAt);
        var answer = engine.Get(target);
        Assert.Equal(isTold ? (200, "4bye") : (400, """{"code":1,"message":"Session ID unknown"}"""), (answer.Status, answer.Text));
        engine.Advance(isTold ? 1 : 0);
        Assert.Equal(400, engine.Get(target).Status);
        Assert.Equal(0, engine.Engine.HeldSessions);
        Assert.Equal(["forced server close"], engine.Handler.Closes);
    }

    [Fact]
    public void A_close_that_discards_tells_nothing_but_the_close()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendText("dropped"u8);
            engine.Session.Close(discard: true);
        });
        Assert.Equal("1", engine.Get(target).Text);
        var peer = engine.ConnectWebSocket();
        peer.Take();
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendText("dropped"u8);
            engine.Session.Close(discard: true);
        });
        Assert.Empty(peer.Take());
        Assert.Equal(1005, peer.ReadClose());
    }

    [Fact]
    public void A_close_of_ours_over_WebSocket_flushes_and_sends_a_close_frame_without_code()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket();
        peer.Take();
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendText("bye"u8);
            engine.Session.Close(DisconnectReason.ServerNamespaceDisconnect, "why");
        });
        Assert.Equal("4bye", peer.Next());
        Assert.Equal(1005, peer.ReadClose());
        Assert.Equal(["server namespace disconnect|why"], engine.Handler.Closes);
        peer.Send("4late");
        peer.SendClose();
        Assert.Empty(engine.Handler.Messages(engine.Session));
        Assert.Equal(0, engine.Engine.HeldSessions);
    }

    [Fact]
    public void A_close_packet_over_WebSocket_closes_with_transport_close()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket();
        peer.Send("1");
        Assert.Equal(1005, peer.ReadClose());
        Assert.Equal(["transport close"], engine.Handler.Closes);
    }

    [Fact]
    public void A_close_frame_an_end_and_a_reset_are_transport_close()
    {
        using var engine = new EngineHarness();
        engine.ConnectWebSocket().SendClose(1000);
        engine.ConnectWebSocket().SendClose();
        engine.ConnectWebSocket().Close();
        engine.ConnectWebSocket().Reset();
        Assert.Equal(Enumerable.Repeat("transport close", 4), engine.Handler.Closes);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("7")]
    [InlineData("")]
    [InlineData("bAAA")]
    public void A_bad_packet_over_WebSocket_is_a_parse_error(string packet)
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket();
        peer.Send(packet);
        Assert.Equal(1002, peer.ReadClose());
        Assert.StartsWith("parse error|", Assert.Single(engine.Handler.Closes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_frame_is_a_transport_error()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket();
        peer.Peer.Send([0x81, 0x01, 0x34]);
        engine.Run();
        Assert.Equal(1002, peer.ReadClose());
        peer = engine.ConnectWebSocket();
        peer.Queue(WebSocketFrames.Text, [0x34, 0xff]);
        engine.Run();
        Assert.Equal(1007, peer.ReadClose());
        Assert.All(engine.Handler.Closes, close => Assert.StartsWith("transport error|", close, StringComparison.Ordinal));
        Assert.Equal(2, engine.Handler.Closes.Count);
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void A_WebSocket_message_at_the_limit_is_taken_and_one_byte_above_it_closes_with_1009(int length, bool isClosed)
    {
        using var engine = new EngineHarness(new EngineOptions { MaxPayloadBytes = 1000 });
        var peer = engine.ConnectWebSocket();
        peer.Send("4" + new string('x', length - 1));
        Assert.Equal(isClosed ? 1009 : null, peer.ReadClose());
        Assert.Equal(isClosed ? 0 : 1, engine.Handler.Messages(engine.Session).Count);
        Assert.Equal(isClosed ? "transport error|The message is longer than Engine:MaxPayloadBytes, or MaxMessageBytes of a plain WebSocket." : null, engine.Handler.Closes.SingleOrDefault());
    }

    [Fact]
    public void A_WebSocket_client_that_takes_nothing_is_closed_as_a_slow_consumer()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = new OutboxOptions { HighWatermarkBytes = 20_000, LowWatermarkBytes = 10_000, MaxBytes = 100_000 } });
        var peer = engine.ConnectWebSocket();
        peer.Take();
        peer.Peer.StopReading = true;
        var results = new HashSet<EmitResult>();
        for (var i = 0; i < 120; i++)
        {
            engine.OnLoop(engine.Session, () => results.Add(engine.Session.SendBinary(new byte[1000])));
        }

        Assert.Equal([EmitResult.Accepted, EmitResult.AboveHighWatermark, EmitResult.Closed], results);
        Assert.Equal(["slow consumer|the outbox is full"], engine.Handler.Closes);
        peer.Peer.StopReading = false;
        engine.Run();
        peer.Take();
        Assert.Equal((1013, "slow consumer"), (peer.ReadClose(), peer.CloseReason));
    }

    [Fact]
    public void A_WebSocket_that_stalls_is_reset_as_a_slow_consumer()
    {
        using var engine = new EngineHarness(new EngineOptions { PingInterval = TimeSpan.FromHours(1) });
        var peer = engine.ConnectWebSocket();
        peer.Peer.StopReading = true;
        engine.OnLoop(engine.Session, () => engine.Session.SendBinary(new byte[1000]));
        engine.Advance(20_001);
        Assert.Equal(["slow consumer|nothing was taken for too long"], engine.Handler.Closes);
        Assert.Equal(0, engine.Engine.HeldSessions);
    }

    [Fact]
    public void Volatile_messages_are_dropped_above_the_high_mark_and_writable_is_told()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = new OutboxOptions { HighWatermarkBytes = 2000, LowWatermarkBytes = 100 } });
        var peer = engine.ConnectWebSocket();
        peer.Take();
        peer.Peer.StopReading = true;
        EmitResult first = default, second = default, third = default;
        engine.OnLoop(engine.Session, () =>
        {
            first = engine.Session.SendBinary(new byte[3000], isVolatile: true);
            second = engine.Session.SendBinary(new byte[10], isVolatile: true);
            third = engine.Session.SendBinary([1, 2]);
        });
        Assert.Equal((EmitResult.AboveHighWatermark, EmitResult.Dropped, EmitResult.AboveHighWatermark), (first, second, third));
        Assert.Equal(0, engine.Handler.Writable);
        peer.Peer.StopReading = false;
        engine.Run();
        Assert.Equal(1, engine.Handler.Writable);
        Assert.Equal("b:0102", peer.Take()[^1]);
    }

    [Fact]
    public void When_the_loops_end_before_a_client_has_fetched_its_end_nothing_stays_held()
    {
        using var engine = new EngineHarness();
        engine.Open();
        var closing = engine.Session;
        closing.SendText(new byte[1000]);
        closing.Close();
        engine.Run();
        engine.Open();
        engine.Session.SendText(new byte[1000]);
        engine.Run();
        Assert.Equal(2, engine.Engine.HeldSessions);
        _ = engine.Transport.StopAsync();
        engine.Run();
        Assert.Equal(0, engine.Engine.HeldSessions);
        Assert.Equal(0, engine.Engine.SessionCount);
        Assert.All(engine.Handler.Sessions, session => Assert.Equal(1, engine.Handler.CloseCount(session)));
    }

    [Fact]
    public async Task CloseAsync_tells_who_listens_and_ends_when_all_are_gone()
    {
        using var engine = new EngineHarness(loops: 2);
        var waiting = engine.Open();
        var poll = engine.Connect().Send("GET", waiting);
        engine.Open(1);
        var peer = engine.ConnectWebSocket(loop: 1);
        peer.Take();
        var closed = engine.Engine.CloseAsync();
        Assert.Same(closed, engine.Engine.CloseAsync());
        engine.Run();
        Assert.Equal("1", poll.Receive().Text);
        Assert.Equal(1005, peer.ReadClose());
        Assert.False(closed.IsCompleted);
        peer.SendClose();
        await closed.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Repeat("server shutting down", 3), engine.Handler.Closes);
        Assert.Equal(503, engine.Get(Polling).Status);
    }

    [Fact]
    public void A_close_from_inside_a_message_stops_the_rest_of_the_payload()
    {
        using var engine = new EngineHarness();
        engine.Handler.Received = (session, _) => session.Close();
        var target = engine.Open();
        Assert.Equal("ok", engine.Connect().Post(target, "41\u001e42").Text);
        Assert.Equal(["1"], engine.Handler.Messages(engine.Session));
        var peer = engine.ConnectWebSocket();
        peer.SendTogether("41", "42");
        Assert.Equal(["1"], engine.Handler.Messages(engine.Session));
    }
}
