using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class WebSocketCloseTests
{
    private static HttpTestServer Server(RecordingHandler handler) => new(server => server.MapWebSocket("/ws", handler));

    [Theory]
    [InlineData(1000, "bye")]
    [InlineData(3000, "")]
    [InlineData(4999, "x")]
    public void The_peers_close_is_answered_with_its_code_and_reported_once(int code, string reason)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Equal($"close:{code}:", client.Exchange(WebSocketTestClient.Close((ushort)code, reason)));
        Assert.True(client.Peer.IsClosed);
        var close = Assert.Single(handler.Closes);
        Assert.Equal((code, reason, true, WebSocketCloseCause.PeerClosed), (close.Code, close.Reason, close.ByPeer, close.Cause));
    }

    [Fact]
    public void A_close_without_code_is_answered_without_code()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Equal("close", client.Exchange(WebSocketTestClient.Frame(WebSocketFrames.Close, [])));
        Assert.Equal(1005, Assert.Single(handler.Closes).Code);
    }

    [Theory]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(2999)]
    [InlineData(5000)]
    public void A_close_code_that_must_not_be_sent_is_answered_with_1002(int code)
    {
        using var server = Server(new RecordingHandler());
        Assert.StartsWith("close:1002:", new WebSocketTestClient(server).Exchange(WebSocketTestClient.Close((ushort)code)));
    }

    [Fact]
    public void Our_close_sends_what_is_queued_first_and_ends_with_the_peers_answer()
    {
        var handler = new RecordingHandler((session, text) =>
        {
            _ = session.Send("last"u8, false);
            session.Close(4001, "enough");
            Assert.Equal(EmitResult.Closed, session.Send("never"u8, false));
        });
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Equal("t:last close:4001:enough", client.Exchange(WebSocketTestClient.Text("go")));
        Assert.False(client.Peer.IsClosed);
        Assert.Empty(handler.Closes);
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("discarded"), WebSocketTestClient.Close(4001)));
        Assert.True(client.Peer.IsClosed);
        Assert.False(client.Peer.IsReset);
        var close = Assert.Single(handler.Closes);
        Assert.Equal((4001, false, WebSocketCloseCause.LocalClose), (close.Code, close.ByPeer, close.Cause));
        Assert.Equal(["go"], handler.Events);
    }

    [Fact]
    public void A_peer_that_does_not_answer_our_close_is_reset_after_five_seconds()
    {
        var handler = new RecordingHandler((session, text) => session.Close());
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Equal("close:1000:", client.Exchange(WebSocketTestClient.Text("x")));
        server.Advance(4.999);
        Assert.False(client.Peer.IsClosed);
        server.Advance(0.001);
        Assert.True(client.Peer.IsReset);
        Assert.Equal(WebSocketCloseCause.CloseTimeout, Assert.Single(handler.Closes).Cause);
    }

    [Fact]
    public void A_peer_that_ends_the_connection_instead_of_answering_our_close_is_fine()
    {
        var handler = new RecordingHandler((session, text) => session.Close(1001));
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        _ = client.Exchange(WebSocketTestClient.Text("x"));
        client.Peer.Close();
        server.Run();
        var close = Assert.Single(handler.Closes);
        Assert.Equal((1001, WebSocketCloseCause.LocalClose), (close.Code, close.Cause));
    }

    [Theory]
    [InlineData(0)]      // idle
    [InlineData(1)]      // inside a header
    [InlineData(9)]      // inside a payload
    public void A_connection_that_is_lost_is_reported_as_1006(int bytes)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        foreach (var end in new Action<MemoryPeer>[] { p => p.Close(), p => p.Reset(), p => p.HalfClose() })
        {
            handler.Closes.Clear();
            var client = new WebSocketTestClient(server);
            client.Peer.Send(WebSocketTestClient.Text("hello").AsSpan(0, bytes));
            server.Run();
            end(client.Peer);
            server.Run();
            var close = Assert.Single(handler.Closes);
            Assert.Equal((1006, true, WebSocketCloseCause.ConnectionLost), (close.Code, close.ByPeer, close.Cause));
        }
    }

    [Fact]
    public void Abort_resets_and_is_reported_once()
    {
        var handler = new RecordingHandler((session, text) => session.Abort());
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("x"), WebSocketTestClient.Text("y")));
        Assert.True(client.Peer.IsReset);
        Assert.Equal(WebSocketCloseCause.Aborted, Assert.Single(handler.Closes).Cause);
        Assert.Equal(["x"], handler.Events);
    }

    [Fact]
    public void A_handler_that_throws_closes_its_session_with_1011_and_no_other()
    {
        var handler = new RecordingHandler((session, text) =>
        {
            if (text == "boom")
            {
                throw new InvalidOperationException("secret");
            }

            _ = session.Send("ok"u8, false);
        });
        using var server = Server(handler);
        var bad = new WebSocketTestClient(server);
        var good = new WebSocketTestClient(server);
        Assert.Equal("close:1011:internal error", bad.Exchange(WebSocketTestClient.Text("boom")));
        Assert.Equal("t:ok", good.Exchange(WebSocketTestClient.Text("x")));
        Assert.Equal(WebSocketCloseCause.ListenerFailed, Assert.Single(handler.Closes).Cause);
    }

    [Fact]
    public void A_reason_is_cut_at_123_bytes_between_characters()
    {
        var handler = new RecordingHandler((session, text) => session.Close(1000, new string('ä', 100)));
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Equal("close:1000:" + new string('ä', 61), client.Exchange(WebSocketTestClient.Text("x")));
    }

    [Theory]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(999)]
    [InlineData(5000)]
    public void A_code_that_must_not_be_sent_is_refused(int code)
    {
        Exception? thrown = null;
        var handler = new RecordingHandler((session, text) => thrown = Record.Exception(() => session.Close((ushort)code)));
        using var server = Server(handler);
        _ = new WebSocketTestClient(server).Exchange(WebSocketTestClient.Text("x"));
        Assert.IsType<ArgumentOutOfRangeException>(thrown);
    }

    [Fact]
    public void A_handler_that_closes_again_or_sends_when_it_hears_of_the_end_changes_nothing()
    {
        var handler = new RecordingHandler
        {
            Closed = static s =>
        {
            Assert.Equal(EmitResult.Closed, s.Send("late"u8, false));
            s.Close(4000, "late");
            s.Abort();
        }
        };
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.Send(WebSocketTestClient.Close(1000));
        _ = client.Receive();
        Assert.True(client.Peer.IsClosed);
        var resets = new WebSocketTestClient(server);
        resets.Peer.Reset();
        server.Run();
        Assert.Equal(2, handler.Closes.Count);
    }

    [Fact]
    public void A_server_that_stops_says_1001()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        var stop = server.Server.StopAsync();
        Assert.Equal("", client.Exchange());     // with a stop time of zero nobody is waited for
        Assert.True(client.Peer.IsClosed);
        Assert.True(stop.IsCompletedSuccessfully);
        _ = Assert.Single(handler.Closes);
    }
}
