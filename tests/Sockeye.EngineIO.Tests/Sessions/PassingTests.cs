using System.Text;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>Messages that go past the outbox into what leaves next.</summary>
public sealed class PassingTests
{
    private static EngineHarness Harness(int highWatermark = 1 << 20)
        => new(new EngineOptions { Outbox = new OutboxOptions { HighWatermarkBytes = highWatermark, LowWatermarkBytes = highWatermark / 2 } });

    private static bool Pass(EngineSession session, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!session.TryReserve(bytes.Length, out var body))
        {
            return false;
        }

        bytes.CopyTo(body);
        return true;
    }

    [Fact]
    public void They_keep_their_order_with_queued_messages_and_leave_in_one_send()
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        var passed = new List<bool>();
        harness.Handler.Received = (session, text) =>
        {
            passed.Add(Pass(session, text + "1"));
            passed.Add(Pass(session, text + "2"));
            _ = session.SendText(Encoding.UTF8.GetBytes(text + "3"));
            passed.Add(Pass(session, text + "4"));
            _ = session.SendText(Encoding.UTF8.GetBytes(text + "5"));
        };
        var sends = harness.Transport.Loops[0].Counters.Sends;
        Assert.Equal(["4a1", "4a2", "4a3", "4a5"], peer.Send("4a").Take());
        Assert.Equal([true, true, false], passed);
        Assert.Equal(sends + 1, harness.Transport.Loops[0].Counters.Sends);
    }

    [Fact]
    public void A_pong_does_not_come_after_the_answer_to_what_was_sent_behind_the_ping()
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        harness.Handler.Received = (session, text) => Assert.True(Pass(session, text));
        peer.Peer.Send([.. WebSocketPeer.Frame(WebSocketFrames.Ping, []), .. WebSocketPeer.Frame(WebSocketFrames.Text, "4a"u8.ToArray())]);
        harness.Run();
        const byte Final = 0x80;
        Assert.Equal([Final | WebSocketFrames.Pong, 0, Final | WebSocketFrames.Text, 2, (byte)'4', (byte)'a'], peer.Peer.Receive());
    }

    [Fact]
    public void Of_many_pings_in_one_read_those_that_fit_are_answered_and_the_newest()
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        var large = new byte[WebSocketFrames.MaxControlBytes];
        peer.Peer.Send([.. Enumerable.Repeat(WebSocketPeer.Frame(WebSocketFrames.Ping, large), 100).SelectMany(frame => frame), .. WebSocketPeer.Frame(WebSocketFrames.Ping, "newest"u8.ToArray())]);
        harness.Run();
        var pongs = peer.Peer.Receive();
        Assert.InRange(pongs.Length, 2000, 4096 + large.Length);
        Assert.Equal("newest"u8, pongs.AsSpan()[^6..]);
    }

    [Fact]
    public void They_count_as_outgoing_bytes_until_they_have_left_and_stop_below_the_high_mark()
    {
        using var harness = Harness(highWatermark: 100);
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        harness.OnLoop(harness.Session, () =>
        {
            Assert.True(Pass(harness.Session, new string('a', 60)));
            Assert.Equal(60, harness.Session.OutboxBytes);
            Assert.False(Pass(harness.Session, new string('b', 40)));
            Assert.True(Pass(harness.Session, new string('c', 39)));
            Assert.True(harness.Session.IsWritable);
        });
        Assert.Equal(0, harness.Session.OutboxBytes);
        Assert.Equal(["4" + new string('a', 60), "4" + new string('c', 39)], peer.Take());
    }

    [Fact]
    public void A_batch_of_them_is_bounded_and_what_no_longer_fits_queues_behind_it()
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        var sent = new List<string>();
        harness.OnLoop(harness.Session, () =>
        {
            string text;
            while (Pass(harness.Session, text = sent.Count + new string('x', 1000)))
            {
                sent.Add("4" + text);
            }

            Assert.InRange(sent.Count, 30, WebSocketChannelHandler.MaxPassedBytes / 1000);
            _ = harness.Session.SendText(Encoding.UTF8.GetBytes(text));
            sent.Add("4" + text);
            peer.Queue(WebSocketFrames.Ping, "p"u8.ToArray());
        });
        Assert.Equal(sent, peer.Take());
    }

    [Fact]
    public void Nothing_passes_while_the_client_does_not_read_and_the_queue_follows_when_it_does()
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        peer.Peer.StopReading = true;
        harness.OnLoop(harness.Session, () => Assert.True(Pass(harness.Session, "first")));
        harness.OnLoop(harness.Session, () =>
        {
            Assert.False(Pass(harness.Session, "second"));
            _ = harness.Session.SendText("second"u8);
        });
        peer.Peer.StopReading = false;
        harness.Run();
        Assert.Equal(["4first", "4second"], peer.Take());
        harness.OnLoop(harness.Session, () => Assert.True(Pass(harness.Session, "third")));
        Assert.Equal("4third", peer.Next());
    }

    [Fact]
    public void A_client_that_polls_gets_nothing_past_the_outbox()
    {
        using var harness = Harness();
        _ = harness.Open();
        harness.OnLoop(harness.Session, () => Assert.False(Pass(harness.Session, "x")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_close_sends_them_first_unless_it_discards(bool discard)
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        _ = peer.Take();
        harness.OnLoop(harness.Session, () =>
        {
            Assert.True(Pass(harness.Session, "last"));
            harness.Session.Close(discard: discard);
            Assert.False(Pass(harness.Session, "too late"));
        });
        Assert.Equal(discard ? [] : ["4last"], peer.Take());
        Assert.NotNull(peer.ReadClose());
    }

    [Fact]
    public void A_reset_connection_gives_their_buffer_back()
    {
        using var harness = Harness();
        var peer = harness.ConnectWebSocket();
        harness.OnLoop(harness.Session, () =>
        {
            Assert.True(Pass(harness.Session, "lost"));
            peer.Reset();
        });
        Assert.Equal(EngineState.Closed, harness.Session.State);
    }
}
