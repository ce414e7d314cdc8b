using System.Diagnostics;
using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Tests.Sessions;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Hostile;

/// <summary>The published faults of WebSocket libraries that need a server to show; what the codec alone shows is tested with it.</summary>
public class WebSocketAdvisoryTests
{
    [Theory]
    [InlineData("constructor")]
    [InlineData("__proto__; a=b")]
    [InlineData("permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits=0")]
    [InlineData("permessage-deflate; server_max_window_bits=999; server_max_window_bits=7")]
    [InlineData("permessage-deflate, permessage-deflate, x-webkit-deflate-frame")]
    [InlineData("permessage-brotli")]
    public void Ws_3_3_1_and_CVE_2026_2229_every_extension_is_declined(string offer)
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket(headers: "Sec-WebSocket-Extensions: " + offer);
        Assert.Equal(101, peer.Handshake.Status);
        Assert.Null(peer.Handshake.Header("Sec-WebSocket-Extensions"));
    }

    [Fact]
    public void CVE_2016_10544_CVE_2018_1000518_CVE_2026_1526_CVE_2026_77528_CVE_2026_85024_there_is_no_compression_to_attack()
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket(headers: "Sec-WebSocket-Extensions: permessage-deflate");
        peer.Take();
        var compressed = WebSocketPeer.Frame(1, [0xca, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        compressed[0] |= 0x40;      // RSV1
        peer.Peer.Send(compressed);
        harness.Run();
        Assert.Equal(1002, peer.ReadClose());
        Assert.Equal(0, harness.Engine.SessionCount);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Protocol: a", ' ', "b")]
    [InlineData("Sec-WebSocket-Extensions: a; b=\"", '\\', "")]
    [InlineData("Sec-WebSocket-Extensions: ", ',', "")]
    public void CVE_2021_32640_and_CVE_2020_7662_a_long_header_value_is_read_in_linear_time(string start, char filling, string end)
    {
        using var harness = new EngineHarness();
        var header = start + new string(filling, 15_000) + end;

        // Linear these take a fraction of a second, quadratic minutes: a machine that is busy does not change which it is.
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 1000; i++)
        {
            var peer = harness.ConnectWebSocket(headers: header);
            Assert.Equal(101, peer.Handshake.Status);
            peer.Peer.Reset();
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1), "It is not linear.");
        }
    }

    [Theory]
    [InlineData(94, 101)]
    [InlineData(95, 431)]
    public void CVE_2024_37890_too_many_headers_are_refused_and_never_cut_off(int more, int status)
    {
        using var harness = new EngineHarness();
        var peer = harness.Connect();
        var head = new StringBuilder($"GET {EngineHarness.WebSocket} HTTP/1.1\r\nHost: x\r\n");
        for (var i = 0; i < more; i++)
        {
            head.Append("a: b\r\n");
        }

        head.Append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nConnection: Upgrade\r\nX: y\r\nUpgrade: websocket\r\n\r\n");
        peer.Peer.Send(Encoding.ASCII.GetBytes(head.ToString()));
        harness.Run();
        Assert.Equal(status, peer.Receive().Status);
        Assert.Equal(status == 101 ? 1 : 0, harness.Engine.SessionCount);
    }

    [Theory]
    [InlineData(1023, null)]
    [InlineData(1024, 1008)]
    public void Ws_a2f4e7c_empty_fragments_count(int continuations, int? code)
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket();
        peer.Take();
        byte[] start = [0x01, 0x80, 0, 0, 0, 0];
        byte[] more = [0x00, 0x80, 0, 0, 0, 0];
        peer.Peer.Send([.. start, .. Enumerable.Repeat(more, continuations).SelectMany(m => m)]);
        harness.Run();
        Assert.Equal(code, peer.ReadClose());
    }

    [Fact]
    public void CVE_2026_62389_and_CVE_2014_0193_an_unfinished_message_has_thirty_seconds_whatever_else_comes()
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket();
        peer.Take();
        peer.Peer.Send([0x01, 0x81, 0, 0, 0, 0, (byte)'4']);
        harness.Run();
        for (var i = 0; i < 29; i++)
        {
            harness.Advance(1000);
            peer.Peer.Send([0x00, 0x81, 0, 0, 0, 0, (byte)'a', 0x89, 0x80, 0, 0, 0, 0]);
            harness.Run();
        }

        harness.Advance(999);
        Assert.Null(peer.ReadClose());
        harness.Advance(1);
        Assert.Equal(1008, peer.ReadClose());
        Assert.Equal(0, harness.Engine.SessionCount);
    }

    [Fact]
    public void CVE_2019_0564_and_CVE_2021_26423_an_end_at_any_byte_of_handshake_and_frames_leaves_nothing()
    {
        using var harness = new EngineHarness();
        byte[] bytes =
        [
            .. HttpPeer.Request("GET", EngineHarness.WebSocket, null, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
            .. WebSocketPeer.Frame(1, "4hello"u8.ToArray()),
            .. WebSocketPeer.Frame(9, "ping"u8.ToArray()),
            .. WebSocketPeer.Frame(2, new byte[200]),
            .. WebSocketPeer.Frame(8, [3, 232]),
        ];
        for (var i = 0; i <= bytes.Length; i++)
        {
            var reset = harness.Connect();
            reset.Peer.Send(bytes.AsSpan(0, i));
            harness.Run();
            reset.Reset();
            var closed = harness.Connect();
            closed.Peer.Send(bytes.AsSpan(0, i));
            closed.Close();
            var half = harness.Connect();
            half.Peer.Send(bytes.AsSpan(0, i));
            half.Peer.HalfClose();
            harness.Run();
        }

        harness.Advance(1000);
        Assert.Equal(0, harness.Engine.SessionCount);
    }

    [Fact]
    public void CVE_2026_15565_and_CVE_2022_35922_what_is_announced_and_does_not_come_costs_nothing()
    {
        using var harness = new EngineHarness();
        WebSocketPeer[] peers = [.. Enumerable.Range(0, 500).Select(_ => harness.ConnectWebSocket())];
        byte[] start = [0x81, 0xff, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 1, 2, 3, 4, 9, 9];       // one million bytes, two of them here
        foreach (var peer in peers)
        {
            peer.Take();
            peer.Peer.Send(start);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        harness.Run();
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / peers.Length;
        Assert.InRange(each, 0, 4096);
        harness.Advance(30_000);
        Assert.All(peers, peer => Assert.Equal(1008, peer.ReadClose()));
    }

    [Fact]
    public void CVE_2026_48779_and_CVE_2023_43669_a_request_and_a_message_in_single_bytes_cost_no_object_for_each_byte()
    {
        using var harness = new EngineHarness();
        var head = harness.Connect();
        var request = HttpPeer.Request("GET", EngineHarness.WebSocket, null, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "X: " + new string('x', 8000));
        var message = WebSocketPeer.Frame(2, new byte[8000]);
        Feed(head, request);
        Assert.Equal(101, head.Receive().Status);
        Feed(head, message);
        Assert.StartsWith("b:0000", Assert.Single(harness.Handler.Messages(harness.Session)), StringComparison.Ordinal);

        void Feed(HttpPeer peer, byte[] bytes)
        {
            foreach (var b in bytes)
            {
                peer.Peer.Send([b]);
                harness.Run();
            }
        }
    }

    [Fact]
    public void CVE_2017_2670_after_a_thousand_resets_in_the_middle_of_a_frame_no_loop_has_anything_to_do()
    {
        using var harness = new EngineHarness();
        for (var i = 0; i < 1000; i++)
        {
            var peer = harness.ConnectWebSocket();
            peer.Peer.Send([0x81, 0xfe, 0x01]);
            harness.Run();
            peer.Reset();
        }

        Assert.Equal(0, harness.Engine.SessionCount);
        Assert.Equal(0, harness.Transport.ConnectionCount);
        var before = GC.GetAllocatedBytesForCurrentThread();
        harness.Run();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void CVE_2021_3690_a_flood_of_pongs_and_pings_gives_all_buffers_back()
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket();
        peer.Take();
        byte[] many = [.. Enumerable.Repeat(new byte[] { 0x8a, 0x80, 0, 0, 0, 0, 0x89, 0x80, 0, 0, 0, 0 }, 5000).SelectMany(f => f)];
        var outstanding = BufferCounters.Rented - BufferCounters.Returned;
        for (var i = 0; i < 100; i++)
        {
            peer.Peer.Send(many);
            harness.Run();
            peer.Peer.Receive();
        }

        Assert.Equal(outstanding, BufferCounters.Rented - BufferCounters.Returned);
        Assert.Equal(1, harness.Engine.SessionCount);
    }

    [Fact]
    public void CVE_2020_35896_a_reader_that_has_stopped_is_closed_when_its_outbox_is_full()
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket();
        peer.Peer.StopReading = true;
        var last = EmitResult.Accepted;
        harness.OnLoop(harness.Session, () =>
        {
            var message = new byte[100_000];
            for (var i = 0; i < 200 && last <= EmitResult.AboveHighWatermark; i++)
            {
                last = harness.Session.SendBinary(message);
            }
        });
        Assert.Equal(EmitResult.Closed, last);
        Assert.Equal(0, harness.Engine.SessionCount);
        Assert.Equal("slow consumer|the outbox is full", Assert.Single(harness.Handler.Closes));
    }

    [Fact]
    public void A_second_close_and_whatever_follows_it_is_ignored()
    {
        using var harness = new EngineHarness();
        var peer = harness.ConnectWebSocket();
        peer.Take();
        var close = WebSocketPeer.Frame(8, [3, 232]);
        peer.Peer.Send([.. close, .. close, .. close, .. WebSocketPeer.Frame(1, "4late"u8.ToArray()), 0xff, 0xff]);
        harness.Run();
        Assert.Equal(1000, peer.ReadClose());
        Assert.Empty(harness.Handler.Messages(harness.Session));
        Assert.Equal(1, harness.Handler.CloseCount(harness.Session));
    }
}
