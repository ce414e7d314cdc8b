using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Tests;

public sealed class WebSocketBackpressureTests
{
    private static HttpTestServer Server(RecordingHandler handler, WebSocketEndpointOptions? endpoint = null, HttpOptions? options = null)
        => new(server => server.MapWebSocket("/ws", handler, endpoint), options);

    [Fact]
    public void A_peer_that_stops_reading_keeps_at_most_one_batch_out_of_the_outbox()
    {
        var handler = new RecordingHandler((session, text) =>
        {
            for (var i = 0; i < 200; i++)
            {
                _ = session.Send(new byte[1000], true);
            }
        });
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.StopReading = true;
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("x")));
        Assert.InRange(handler.Session!.OutboxBytes, 200_000, 201_000);
        Assert.Equal(WebSocketChannelHandler.MaxBatchBytes, handler.Session.WebSocket.PendingBytes);
        client.Peer.StopReading = false;
        Assert.Equal(200, client.Receive().Split(' ').Length);
        Assert.Equal(0, handler.Session.OutboxBytes);
    }

    [Fact]
    public void A_message_larger_than_a_batch_leaves_in_slices_with_control_frames_only_around_it()
    {
        string large = new('L', 200_000);
        var handler = new RecordingHandler((session, text) =>
        {
            _ = session.Send(Encoding.ASCII.GetBytes(large), false);
            _ = session.Send("after"u8, false);
        });
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.WindowBytes = 70_000;
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("x")));
        Assert.Equal("", client.Exchange(WebSocketTestClient.Frame(WebSocketFrames.Ping, "p"u8)));
        client.Peer.WindowBytes = int.MaxValue;
        Assert.Equal($"t:{large} pong:p t:after", client.Receive());
    }

    [Fact]
    public void A_close_waits_for_the_end_of_a_message_that_is_partly_written()
    {
        string large = new('L', 200_000);
        var handler = new RecordingHandler((session, text) => _ = text == "x" ? session.Send(Encoding.ASCII.GetBytes(large), false) : CloseIt(session));
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.WindowBytes = 70_000;
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("x")));
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("y")));
        client.Peer.WindowBytes = int.MaxValue;
        Assert.Equal($"t:{large} close:1000:", client.Receive());
        Assert.Equal("", client.Exchange(WebSocketTestClient.Close(1000)));
        Assert.True(client.Peer.IsClosed);

        static EmitResult CloseIt(WebSocketSession session)
        {
            session.Close();
            return EmitResult.Closed;
        }
    }

    [Fact]
    public void The_peers_close_in_the_middle_of_a_large_message_releases_it()
    {
        var handler = new RecordingHandler((session, text) => _ = session.Send(new byte[200_000], true));
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.WindowBytes = 70_000;
        _ = client.Exchange(WebSocketTestClient.Text("x"));
        client.Peer.Send(WebSocketTestClient.Close(1000));
        server.Run();
        Assert.Equal(WebSocketCloseCause.PeerClosed, Assert.Single(handler.Closes).Cause);
        client.Peer.Reset();
        server.Run();
    }

    [Fact]
    public void Writable_is_told_once_when_the_outbox_has_fallen_to_the_low_mark()
    {
        var handler = new RecordingHandler((session, text) =>
        {
            while (session.Send(new byte[1000], true) == EmitResult.Accepted)
            {
            }
        });
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.StopReading = true;
        _ = client.Exchange(WebSocketTestClient.Text("x"));
        Assert.InRange(handler.Session!.OutboxBytes, 262_144, 264_000);
        Assert.False(handler.Session.IsWritable);
        client.Peer.WindowBytes = 190_000;
        client.Peer.StopReading = false;
        server.Run();
        Assert.DoesNotContain("writable", handler.Events);
        client.Peer.WindowBytes = int.MaxValue;
        server.Run();
        Assert.Equal(1, handler.Events.Count(e => e == "writable"));
        Assert.True(handler.Session.IsWritable);
    }

    [Fact]
    public void A_peer_that_sends_and_does_not_read_is_not_read_either_and_goes_on_later()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        client.Peer.StopReading = true;
        var frame = WebSocketTestClient.Frame(WebSocketFrames.Binary, new byte[10_000]);
        for (var i = 0; i < 100; i++)
        {
            client.Peer.Send(frame);
            server.Run();
        }

        Assert.False(client.Peer.Channel.Configuration.AutoRead);
        client.Peer.StopReading = false;
        Assert.Equal(100, client.Receive().Split(' ').Length);
        Assert.True(client.Peer.Channel.Configuration.AutoRead);
    }

    [Fact]
    public void A_peer_that_takes_nothing_for_ten_seconds_is_reset_as_stalled()
    {
        var handler = new RecordingHandler((session, text) => _ = session.Send(new byte[100_000], true));
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.WindowBytes = 1000;
        client.Peer.Send(WebSocketTestClient.Text("x"));
        server.Run();
        server.Advance(9.999);
        Assert.False(client.Peer.IsClosed);
        server.Advance(0.001);
        Assert.True(client.Peer.IsReset);
        Assert.Equal(WebSocketCloseCause.WriteStalled, Assert.Single(handler.Closes).Cause);
    }

    [Fact]
    public void A_peer_that_takes_a_little_within_ten_seconds_lives()
    {
        var handler = new RecordingHandler((session, text) => _ = session.Send(new byte[20_000], true));
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        client.Peer.WindowBytes = 1000;
        client.Peer.Send(WebSocketTestClient.Text("x"));
        for (var i = 0; i < 19; i++)
        {
            server.Run();
            _ = client.Peer.Receive();
            server.Advance(9.9);
        }

        Assert.False(client.Peer.IsClosed);
    }

    [Fact]
    public void An_outbox_over_its_hard_limit_closes_the_session()
    {
        var handler = new RecordingHandler((session, text) =>
        {
            var result = EmitResult.Accepted;
            for (var i = 0; i < 1000 && result != EmitResult.Closed; i++)
            {
                result = session.Send(new byte[1000], true);
            }

            Assert.Equal(EmitResult.Closed, result);
        });
        var outbox = new OutboxOptions { HighWatermarkBytes = 10_000, LowWatermarkBytes = 5000, MaxBytes = 50_000 };
        using var server = Server(handler, new WebSocketEndpointOptions { Outbox = outbox });
        var client = new WebSocketTestClient(server);
        Assert.Equal("close:1013:slow consumer", client.Exchange(WebSocketTestClient.Text("x")));
    }

    [Fact]
    public void What_other_threads_send_is_bounded_while_it_waits_for_the_loop()
    {
        var handler = new RecordingHandler();
        var outbox = new OutboxOptions { HighWatermarkBytes = 10_000, LowWatermarkBytes = 5000, MaxBytes = 50_000 };
        using var server = Server(handler, new WebSocketEndpointOptions { Outbox = outbox });
        var client = new WebSocketTestClient(server);
        EmitResult[] results = [.. Enumerable.Range(0, 60).Select(_ => handler.Session!.Send(new byte[1000], true))];
        // Each takes an array of 1,024 bytes and its objects. What is posted counts towards the high mark: who asks before it sends stops there.
        Assert.All(results[..8], result => Assert.Equal(EmitResult.Accepted, result));
        Assert.All(results[8..44], result => Assert.Equal(EmitResult.AboveHighWatermark, result));
        Assert.All(results[44..], result => Assert.Equal(EmitResult.Dropped, result));
        Assert.Equal(44, client.Receive().Split(' ').Length);
        Assert.Equal(EmitResult.Accepted, handler.Session!.Send("x"u8, false));
        Assert.Equal("t:x", client.Receive());
    }

    [Fact]
    public void What_comes_when_the_loop_has_ended_is_given_back()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        _ = new WebSocketTestClient(server);
        var late = new WebSocketSession(handler.Session!.Request, handler, new WebSocketSessionSettings(new OutboxOptions(), true, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        late.Open(handler.Session.WebSocket, null);
        Assert.True(server.Transport.StopAsync().IsCompletedSuccessfully);
        late.Send("late"u8, false);
        Assert.Equal(0, late.OutboxBytes);
        ((IWebSocketListener)late).OnClosed(handler.Session.WebSocket, default);
    }

    [Fact]
    public void A_close_code_that_may_not_be_sent_is_refused_to_the_caller_and_the_session_goes_on()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        Assert.Throws<ArgumentOutOfRangeException>(() => handler.Session!.Close(1005));
        server.Transport.Loops[0].Post(_ => Assert.Throws<ArgumentOutOfRangeException>(() => handler.Session!.Close(999)), null);
        server.Run();
        Assert.Equal(EmitResult.Accepted, handler.Session!.Send("x"u8, false));
        Assert.Equal("t:x", client.Receive());
    }

    [Fact]
    public void Reading_that_is_paused_inside_a_message_delivers_nothing_more_until_it_resumes()
    {
        var handler = new RecordingHandler((session, text) =>
        {
            if (text == "pause")
            {
                session.WebSocket.PauseReading();
            }
        });
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        _ = client.Exchange([.. WebSocketTestClient.Text("pause"), .. WebSocketTestClient.Text("a"), .. WebSocketTestClient.Text("b")[..4]]);
        _ = client.Exchange([.. WebSocketTestClient.Text("b")[4..], .. WebSocketTestClient.Text("c")]);
        Assert.Equal(["pause"], handler.Events);
        server.Advance(1000);       // a message that we hold back does not expire
        Assert.Equal(["pause"], handler.Events);
        server.Transport.Loops[0].Post(_ => handler.Session!.WebSocket.ResumeReading(), null);
        server.Run();
        Assert.Equal(["pause", "a", "b", "c"], handler.Events);
    }

    [Fact]
    public void A_message_of_64_MiB_in_100_000_fragments_comes_back()
    {
        const int total = 64 << 20;
        const int fragments = 100_000;
        var endpoint = new WebSocketEndpointOptions { Limits = new WebSocketLimits { MaxMessageBytes = total, MaxFragments = fragments } };
        using var server = Server(new RecordingHandler(), endpoint);
        var client = new WebSocketTestClient(server);
        long sent = 0;
        for (var i = 0; i < fragments; i++)
        {
            var length = (int)(((i + 1L) * total / fragments) - sent);
            var payload = new byte[length];
            payload[0] = (byte)i;
            sent += length;
            client.Peer.Send(WebSocketTestClient.Frame(i == 0 ? WebSocketFrames.Binary : WebSocketFrames.Continuation, payload, fin: i == fragments - 1));
            if (i % 1000 == 999)
            {
                server.Run();
            }
        }

        server.Run();
        var answer = client.Peer.Receive();
        Assert.Equal(total + 10, answer.Length);
        Assert.Equal([0x82, 127, 0, 0, 0, 0, 4, 0, 0, 0], answer[..10]);
        Assert.Equal(unchecked((byte)(fragments - 1)), answer[10 + (int)((fragments - 1L) * total / fragments)]);
    }
}
