using System.Text;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class WebSocketChannelHandlerTests
{
    private static HttpTestServer Server(RecordingHandler handler, WebSocketEndpointOptions? endpoint = null, HttpOptions? options = null)
        => new(server => server.MapWebSocket("/ws", handler, endpoint), options);

    [Fact]
    public void Text_comes_back_as_text_and_binary_as_binary()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        Assert.Equal("t:hällo", client.Exchange(WebSocketTestClient.Text("hällo")));
        Assert.Equal("b:0001FF", client.Exchange(WebSocketTestClient.Frame(WebSocketFrames.Binary, [0, 1, 255])));
        Assert.Equal("t: b:", client.Exchange(WebSocketTestClient.Text(""), WebSocketTestClient.Frame(WebSocketFrames.Binary, [])));
    }

    [Theory]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(300_000)]
    public void Every_length_of_a_header_comes_back(int length)
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        string text = new('x', length);
        Assert.Equal("t:" + text, client.Exchange(WebSocketTestClient.Text(text)));
    }

    [Fact]
    public void Messages_may_be_split_at_every_byte()
    {
        byte[] bytes = [.. WebSocketTestClient.Text("ab"), .. WebSocketTestClient.Frame(WebSocketFrames.Ping, "p"u8), .. WebSocketTestClient.Text(new string('y', 130))];
        string[] expected = ["pong:p", "t:ab", "t:" + new string('y', 130)];
        using var server = Server(new RecordingHandler());
        for (var split = 1; split < bytes.Length; split++)
        {
            var client = new WebSocketTestClient(server);
            var answer = client.Exchange(bytes[..split]) + " " + client.Exchange(bytes[split..]);
            Assert.Equal(expected, answer.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));       // a pong may pass a message
            client.Peer.Close();
        }
    }

    [Fact]
    public void Fragments_are_put_together_and_a_ping_in_the_middle_is_answered()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        Assert.Equal("pong:hi t:abc", client.Exchange(
            WebSocketTestClient.Text("a", fin: false),
            WebSocketTestClient.Frame(WebSocketFrames.Continuation, "b"u8, fin: false),
            WebSocketTestClient.Frame(WebSocketFrames.Ping, "hi"u8),
            WebSocketTestClient.Frame(WebSocketFrames.Continuation, "c"u8)));
    }

    [Fact]
    public void A_message_whose_listener_aborts_the_connection_is_counted_no_more()
    {
        using var server = Server(new RecordingHandler((session, _) => session.Abort()));
        var client = new WebSocketTestClient(server);
        var held = BufferCounters.HeldBytes;
        client.Exchange(WebSocketTestClient.Text(new string('a', 1000), fin: false));
        Assert.InRange(BufferCounters.HeldBytes - held, 1000, 4000);
        client.Peer.Send([.. WebSocketTestClient.Frame(WebSocketFrames.Continuation, "b"u8), .. WebSocketTestClient.Text("c")]);
        server.Transport.RunUntilIdle();
        Assert.True(client.Peer.IsClosed);
        Assert.InRange(BufferCounters.HeldBytes - held, long.MinValue, 0);
    }

    [Fact]
    public void All_answers_to_one_read_leave_in_one_send()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        var sends = server.Transport.Loops[0].Counters.Sends;
        byte[] many = [.. Enumerable.Repeat(WebSocketTestClient.Text("x"), 100).SelectMany(f => f)];
        Assert.Equal(100, client.Exchange(many).Split(' ').Length);
        Assert.Equal(sends + 1, server.Transport.Loops[0].Counters.Sends);
    }

    [Fact]
    public void An_answer_leaves_before_the_next_connection_is_read()
    {
        WebSocketTestClient? first = null;
        var available = new List<int>();
        using var server = Server(new RecordingHandler((session, text) =>
        {
            available.Add(first!.Peer.Available);
            _ = session.Send("answer"u8, false);
        }));
        first = new WebSocketTestClient(server);
        var second = new WebSocketTestClient(server);
        first.Peer.Send(WebSocketTestClient.Text("1"));
        second.Peer.Send(WebSocketTestClient.Text("2"));
        Assert.Equal("t:answer", second.Receive());
        Assert.Equal([0, 8], available);
        Assert.Equal("t:answer", first.Receive());
    }

    [Fact]
    public void A_text_is_sent_as_UTF_8_and_half_of_a_pair_as_the_replacement_character()
    {
        using var server = Server(new RecordingHandler(static (session, text) => Assert.Equal(EmitResult.Accepted, session.SendText(text + " \u00e9\U0001F41F" + new string('x', 70_000) + '\ud83d'))));
        var client = new WebSocketTestClient(server);
        Assert.Equal("t:fish \u00e9\U0001F41F" + new string('x', 70_000) + '\ufffd', client.Exchange(WebSocketTestClient.Text("fish")));
    }

    [Fact]
    public void What_reads_queue_for_others_too_leaves_in_one_send_for_each_of_them()
    {
        var sessions = new List<WebSocketSession>();
        using var server = Server(new RecordingHandler((_, text) => sessions.ForEach(s => s.Send(Encoding.UTF8.GetBytes(text), false))) { Opened = sessions.Add });
        var first = new WebSocketTestClient(server);
        var second = new WebSocketTestClient(server);
        var sends = server.Transport.Loops[0].Counters.Sends;
        first.Peer.Send(WebSocketTestClient.Text("1"));
        second.Peer.Send(WebSocketTestClient.Text("2"));
        Assert.Equal("t:1 t:2", first.Receive());
        Assert.Equal("t:1 t:2", second.Receive());
        Assert.Equal(sends + 2, server.Transport.Loops[0].Counters.Sends);
    }

    [Fact]
    public void A_handler_between_the_connection_and_the_socket_sees_what_leaves()
    {
        var front = new CountingHandler();
        using HttpTestServer server = new(s =>
        {
            s.ConfigurePipeline(pipeline => pipeline.AddLast("front", front));
            s.MapWebSocket("/ws", new RecordingHandler());
        });
        var client = new WebSocketTestClient(server);
        var before = front.Bytes;
        Assert.Equal("t:hello", client.Exchange(WebSocketTestClient.Text("hello")));
        Assert.Equal(before + 7, front.Bytes);
    }

    [Fact]
    public void A_handler_that_is_added_after_the_upgrade_sees_what_arrives()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        var front = new CountingHandler();
        client.Peer.Channel.Loop().Post(_ => client.Peer.Channel.Pipeline.AddFirst(front), null);
        Assert.Equal("t:one", client.Exchange(WebSocketTestClient.Text("one")));
        Assert.Equal("t:two", client.Exchange(WebSocketTestClient.Text("two")));
        Assert.Equal(2 * WebSocketTestClient.Text("one").Length, front.BytesIn);
    }

    private sealed class CountingHandler : ChannelHandlerAdapter
    {
        public int BytesIn { get; private set; }

        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            BytesIn += ((IByteBuffer)message).ReadableBytes;
            base.ChannelRead(context, message);
        }

        public int Bytes { get; private set; }

        public override Task WriteAsync(IChannelHandlerContext context, object message)
        {
            Bytes += ((IByteBuffer)message).ReadableBytes;
            return base.WriteAsync(context, message);
        }
    }

    [Fact]
    public void The_response_to_the_upgrade_and_the_first_messages_leave_in_one_send()
    {
        using var server = Server(new RecordingHandler { Opened = static s => _ = s.Send("welcome"u8, false) });
        var peer = server.Connect();
        var sends = server.Transport.Loops[0].Counters.Sends;
        Assert.Equal(WebSocketTestClient.Response + "\u0081\u0007welcome", server.Exchange(peer, WebSocketTestClient.Request));
        Assert.Equal(sends + 1, server.Transport.Loops[0].Counters.Sends);
    }

    [Fact]
    public void Frames_that_follow_the_upgrade_request_at_once_are_delivered()
    {
        using var server = Server(new RecordingHandler());
        var peer = server.Connect();
        var request = Encoding.ASCII.GetBytes(WebSocketTestClient.Request);
        peer.Send([.. request, .. WebSocketTestClient.Text("early"), .. WebSocketTestClient.Text("later")[..3]]);
        Assert.Equal(WebSocketTestClient.Response + "\u0081\u0005early", server.Receive(peer));
        peer.Send(WebSocketTestClient.Text("later").AsSpan(3));
        Assert.Equal("\u0081\u0005later", server.Receive(peer));
    }

    [Fact]
    public void A_wrong_frame_glued_to_the_upgrade_request_closes_with_1002()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var peer = server.Connect();
        var frame = WebSocketTestClient.Text("x");
        frame[0] |= 0x20;
        peer.Send([.. Encoding.ASCII.GetBytes(WebSocketTestClient.Request), .. frame]);
        Assert.StartsWith(WebSocketTestClient.Response + "\u0088", server.Receive(peer));
        Assert.True(peer.IsClosed);
        Assert.Equal(1002, Assert.Single(handler.Closes).Code);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "HTTP/1.1 426 Upgrade Required\r\n", "Sec-WebSocket-Version: 13\r\n")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short", "HTTP/1.1 400 Bad Request\r\n", "")]
    [InlineData("Upgrade: websocket\r\n", "", "HTTP/1.1 4", "")]
    public void A_bad_handshake_is_answered_and_what_follows_is_never_parsed(string part, string replacement, string status, string header)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var peer = server.Connect();
        var answer = server.Exchange(peer, WebSocketTestClient.Request.Replace(part, replacement) + "GET /ws HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.StartsWith(status, answer);
        Assert.Contains(header, answer);
        Assert.Contains("Connection: close\r\n", answer);
        Assert.Equal(1, answer.Split("HTTP/1.1").Length - 1);
        Assert.True(peer.IsClosed);
        Assert.Null(handler.Session);
    }

    [Theory]
    [InlineData("v1", "v1")]
    [InlineData("v1, v2", "v2")]
    [InlineData("x,\tv1 ,y", "v1")]
    [InlineData("V2", null)]
    [InlineData("v22", null)]
    [InlineData(",,", null)]
    [InlineData(null, null)]
    public void A_subprotocol_is_chosen_by_our_preference_and_left_out_when_none_matches(string? offered, string? chosen)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler, new WebSocketEndpointOptions { Subprotocols = ["v2", "v1"] });
        var peer = server.Connect();
        var answer = server.Exchange(peer, WebSocketTestClient.Request.Replace("\r\n\r\n", offered is null ? "\r\n\r\n" : $"\r\nSec-WebSocket-Protocol: {offered}\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 101 ", answer);
        Assert.Equal(chosen is not null, answer.Contains($"Sec-WebSocket-Protocol: {chosen}\r\n"));
        Assert.Equal(chosen, handler.Session!.Subprotocol);
    }

    [Theory]
    [InlineData("a, b", "a")]
    [InlineData("b,a", "b")]
    [InlineData(" ,\tx", "x")]
    [InlineData("a b, c", "c")]
    [InlineData("\"a\", (c), d", "d")]
    [InlineData("a b", null)]
    [InlineData("c\r\nSec-WebSocket-Protocol: d", "c")]
    public void Without_a_preference_the_first_subprotocol_that_is_offered_is_answered(string offered, string? chosen)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var answer = server.Exchange(server.Connect(), WebSocketTestClient.Request.Replace("\r\n\r\n", $"\r\nSec-WebSocket-Protocol: {offered}\r\n\r\n"));
        Assert.Equal(chosen is null ? WebSocketTestClient.Response : WebSocketTestClient.Response.Replace("\r\n\r\n", $"\r\nSec-WebSocket-Protocol: {chosen}\r\n\r\n"), answer);
        Assert.Equal(chosen, handler.Session!.Subprotocol);
    }

    [Theory]
    [InlineData("b", "101 Switching Protocols\r\n", "b")]
    [InlineData(null, "101 Switching Protocols\r\n", null)]
    [InlineData("c", "400 Bad Request\r\n", null)]
    [InlineData("throw", "400 Bad Request\r\n", null)]
    public void The_application_may_choose_the_subprotocol_of_those_that_are_offered(string? choice, string status, string? chosen)
    {
        IReadOnlyList<string>? asked = null;
        using var server = Server(new RecordingHandler(), new WebSocketEndpointOptions
        {
            Subprotocols = ["a"],
            SelectSubprotocol = (head, offered) =>
            {
                asked = offered;
                Assert.True(head.IsUpgrade);
                return choice == "throw" ? throw new InvalidOperationException("no") : choice;
            },
        });
        var answer = server.Exchange(server.Connect(), WebSocketTestClient.Request.Replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"));
        Assert.Equal(["a", "b"], asked);
        Assert.StartsWith("HTTP/1.1 " + status, answer);
        Assert.Equal(chosen is not null, answer.Contains($"\r\nSec-WebSocket-Protocol: {chosen}\r\n"));
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 13")]
    [InlineData("Sec-WebSocket-Version: 7")]
    public void A_reset_at_every_byte_of_an_upgrade_leaves_nothing_behind(string version)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        byte[] bytes = [.. Encoding.ASCII.GetBytes(WebSocketTestClient.Request.Replace("Sec-WebSocket-Version: 13", version)), .. WebSocketTestClient.Text("hello")];
        for (var length = 0; length <= bytes.Length; length++)
        {
            foreach (var run in new[] { true, false })
            {
                var peer = server.Connect();
                peer.Send(bytes.AsSpan(0, length));
                if (run)
                {
                    server.Run();
                }

                peer.Reset();
                server.Run();
                Assert.Equal(0, server.Server.ConnectionCount);
            }
        }
    }

    [Theory]
    [InlineData("0x20")]     // RSV2
    [InlineData("0x03")]     // reserved opcode, 1 | 3
    public void A_reserved_bit_or_opcode_closes_with_1002(string bits)
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        var frame = WebSocketTestClient.Text("x");
        frame[0] |= Convert.ToByte(bits, 16);
        Assert.StartsWith("close:1002:", client.Exchange(frame));
        Assert.True(client.Peer.IsClosed);
        var close = Assert.Single(handler.Closes);
        Assert.Equal((1002, false, WebSocketCloseCause.ProtocolError), (close.Code, close.ByPeer, close.Cause));
        Assert.NotEqual(ProtocolError.None, close.Error);
    }

    [Fact]
    public void An_unmasked_frame_closes_with_1002()
    {
        using var server = Server(new RecordingHandler());
        Assert.StartsWith("close:1002:", new WebSocketTestClient(server).Exchange(WebSocketTestClient.Frame(WebSocketFrames.Text, "x"u8, mask: null)));
    }

    [Fact]
    public void Text_that_is_not_UTF8_closes_with_1007()
    {
        using var server = Server(new RecordingHandler());
        Assert.StartsWith("close:1007:", new WebSocketTestClient(server).Exchange(WebSocketTestClient.Frame(WebSocketFrames.Text, [0xc3, 0x28])));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_message_over_the_limit_closes_with_1009_at_its_header(int length, bool fits)
    {
        using var server = Server(new RecordingHandler(), new WebSocketEndpointOptions { Limits = new WebSocketLimits { MaxMessageBytes = 100 } });
        var client = new WebSocketTestClient(server);
        var frame = WebSocketTestClient.Text(new string('x', length));
        Assert.StartsWith(fits ? "t:" : "close:1009:", client.Exchange(fits ? frame : frame[..8]));
    }

    [Theory]
    [InlineData(4, "t:")]
    [InlineData(5, "close:1008:")]
    public void A_message_of_too_many_fragments_closes_with_1008(int fragments, string expected)
    {
        using var server = Server(new RecordingHandler(), new WebSocketEndpointOptions { Limits = new WebSocketLimits { MaxFragments = 4 } });
        var client = new WebSocketTestClient(server);
        byte[][] frames = [.. Enumerable.Range(1, fragments).Select(i => WebSocketTestClient.Frame(i == 1 ? WebSocketFrames.Text : WebSocketFrames.Continuation, [], fin: i == fragments))];
        Assert.StartsWith(expected, client.Exchange(frames));
    }

    [Fact]
    public void An_open_message_has_thirty_seconds_however_alive_it_is()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler, new WebSocketEndpointOptions { Limits = new WebSocketLimits { MaxFragments = 100 } });
        var client = new WebSocketTestClient(server);
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text("a", fin: false)));
        for (var i = 0; i < 29; i++)
        {
            server.Advance(1);
            Assert.Equal("pong:", client.Exchange(WebSocketTestClient.Frame(WebSocketFrames.Continuation, "b"u8, fin: false), WebSocketTestClient.Frame(WebSocketFrames.Ping, [])));
        }

        server.Advance(0.999);
        Assert.Equal("", client.Receive());
        server.Advance(0.001);
        Assert.StartsWith("close:1008:", client.Receive());
        Assert.Equal(WebSocketCloseCause.MessageTimeout, Assert.Single(handler.Closes).Cause);
    }

    [Fact]
    public void The_deadline_of_a_message_starts_again_with_the_next_one()
    {
        using var server = Server(new RecordingHandler(), WebSocketTestClient.WithoutHeartbeat);
        var client = new WebSocketTestClient(server);
        _ = client.Exchange(WebSocketTestClient.Text("a", fin: false));
        server.Advance(20);
        Assert.Equal("t:ab", client.Exchange([.. WebSocketTestClient.Frame(WebSocketFrames.Continuation, "b"u8), .. WebSocketTestClient.Text("c", fin: false)]));
        server.Advance(29.999);
        Assert.Equal("t:cd", client.Exchange(WebSocketTestClient.Frame(WebSocketFrames.Continuation, "d"u8)));
        server.Advance(1000);
        Assert.False(client.Peer.IsClosed);
    }

    [Fact]
    public void An_idle_WebSocket_has_no_timer_and_no_buffer()
    {
        using var server = Server(new RecordingHandler(), WebSocketTestClient.WithoutHeartbeat);
        var outstanding = BufferCounters.Rented - BufferCounters.Returned;
        var client = new WebSocketTestClient(server);
        _ = client.Exchange(WebSocketTestClient.Text("x"));
        Assert.InRange(BufferCounters.Rented - BufferCounters.Returned - outstanding, 0, 1);     // the loop's own read buffer
        var turns = server.Transport.Loops[0].Counters.Turns;
        server.Advance(100_000);
        Assert.Equal(turns, server.Transport.Loops[0].Counters.Turns);
    }

    [Fact]
    public void A_flood_of_small_frames_in_one_read_is_handled_over_several_turns_in_order()
    {
        var handler = new RecordingHandler((session, text) => _ = session.Send(Encoding.UTF8.GetBytes(text), false));
        using var server = Server(handler, options: new HttpOptions { FramesPerTurn = 10 });
        var client = new WebSocketTestClient(server);
        byte[] flood = [.. Enumerable.Range(0, 1000).SelectMany(i => WebSocketTestClient.Text(i.ToString()))];
        var expected = string.Join(' ', Enumerable.Range(0, 1000).Select(i => "t:" + i));
        var turns = server.Transport.Loops[0].Counters.Turns;
        Assert.Equal(expected, client.Exchange(flood));
        Assert.InRange(server.Transport.Loops[0].Counters.Turns - turns, 100, 110);
        Assert.Equal(expected, client.Exchange(flood));
    }

    [Fact]
    public void A_flood_of_pings_is_answered_within_bounds_while_the_peer_does_not_read()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        client.Peer.StopReading = true;
        var outstanding = BufferCounters.Rented - BufferCounters.Returned;
        for (var i = 0; i < 200; i++)
        {
            client.Peer.Send([.. Enumerable.Range(0, 50).SelectMany(j => WebSocketTestClient.Frame(WebSocketFrames.Ping, Encoding.ASCII.GetBytes($"{i}-{j}")))]);
            server.Run();
        }

        Assert.InRange(BufferCounters.Rented - BufferCounters.Returned - outstanding, 0, 2);
        client.Peer.StopReading = false;
        var pongs = client.Receive().Split(' ');
        Assert.Equal("pong:0-0", pongs[0]);
        Assert.Equal("pong:199-49", pongs[^1]);
        Assert.InRange(pongs.Length, 2, 1100);
    }

    [Fact]
    public void Random_frames_never_throw_stall_or_leak()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var random = new Random(4712);
        for (var i = 0; i < 1000; i++)
        {
            var client = new WebSocketTestClient(server);
            for (var j = 0; j < 5; j++)
            {
                var frame = WebSocketTestClient.Frame((byte)random.Next(16), new byte[random.Next(140)], random.Next(3) > 0);
                frame[random.Next(Math.Min(8, frame.Length))] ^= (byte)(1 << random.Next(8));
                client.Peer.Send(frame);
                server.Run();
            }

            if (!client.Peer.IsClosed)
            {
                client.Peer.Reset();
            }

            server.Run();
        }

        Assert.Equal(1000, handler.Closes.Count);
    }
}
