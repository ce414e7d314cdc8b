using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Tests;

/// <summary>What is valid is answered before the close that a violation behind it brings, however the bytes are cut.</summary>
public sealed class WebSocketViolationTests
{
    private static readonly byte[] s_hello = WebSocketTestClient.Text("hello");

    public static TheoryData<string, byte[]> Violations => new()
    {
        { "1002", Reserved(0x91, "second"u8) },                                                     // a reserved bit
        { "1002", Reserved(0xC1, "second"u8) },
        { "1002", WebSocketTestClient.Frame(3, default) },                                          // reserved opcodes
        { "1002", WebSocketTestClient.Frame(7, "second"u8) },
        { "1002", WebSocketTestClient.Frame(11, default) },
        { "1002", WebSocketTestClient.Frame(15, "second"u8) },
        { "1002", WebSocketTestClient.Frame(WebSocketFrames.Continuation, "second"u8, fin: false) },
        { "1002", WebSocketTestClient.Frame(WebSocketFrames.Continuation, "second"u8) },
        { "1002", [.. WebSocketTestClient.Text("se", fin: false), .. WebSocketTestClient.Text("cond")] },
        { "1002", WebSocketTestClient.Frame(WebSocketFrames.Ping, "second"u8, fin: false) },
        { "1002", WebSocketTestClient.Frame(WebSocketFrames.Text, "second"u8, mask: null) },
        { "1007", WebSocketTestClient.Frame(WebSocketFrames.Text, [0xFF]) },
        { "1000", WebSocketTestClient.Close(1000) },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void The_answer_to_a_valid_message_leaves_before_the_close(string code, byte[] violation)
    {
        using var server = Echo();
        byte[] all = [.. s_hello, .. violation, .. WebSocketTestClient.Text("never")];
        for (var split = 0; split < all.Length; split++)
        {
            var client = new WebSocketTestClient(server);
            client.Peer.Send(all.AsSpan(0, split));
            if (split % 2 == 0)
            {
                server.Run();
            }

            client.Peer.Send(all.AsSpan(split));
            Assert.StartsWith($"t:hello close:{code}:", client.Receive());
            Assert.True(client.Peer.IsClosed);
            client.Peer.Close();
        }
    }

    [Fact]
    public void Answers_of_several_batches_leave_before_the_close()
    {
        using var server = Echo();
        var client = new WebSocketTestClient(server);
        var large = WebSocketTestClient.Text(new string('x', 100_000));
        client.Peer.Send([.. large, .. large, .. s_hello, .. WebSocketTestClient.Frame(3, default)]);
        var received = client.Receive().Split(' ', 4);
        Assert.Equal([100_002, 100_002, "t:hello".Length], received[..3].Select(text => text.Length));
        Assert.StartsWith("close:1002:", received[3]);
    }

    [Fact]
    public void A_peer_that_takes_nothing_and_breaks_a_rule_is_not_waited_for()
    {
        var handler = new RecordingHandler((session, _) => session.Send(new byte[100_000], true));
        using var server = new HttpTestServer(s => s.MapWebSocket("/ws", handler));
        var client = new WebSocketTestClient(server);
        client.Peer.StopReading = true;
        client.Peer.Send([.. s_hello, .. s_hello, .. WebSocketTestClient.Frame(3, default)]);
        server.Run();
        Assert.Equal(WebSocketCloseCause.ProtocolError, Assert.Single(handler.Closes).Cause);
        Assert.InRange(handler.Session!.OutboxBytes, 0, WebSocketChannelHandler.MaxBatchBytes);        // what was given to the channel
        server.Advance(10);
        Assert.True(client.Peer.IsReset);
    }

    [Theory]
    [InlineData("1002")]
    [InlineData("1000")]
    public void What_is_sent_on_when_there_is_room_again_does_not_keep_the_close_back(string code)
    {
        var handler = new EndlessHandler();
        using var server = new HttpTestServer(s => s.MapWebSocket("/ws", handler, new WebSocketEndpointOptions { PausesWhenFull = false }));
        var client = new WebSocketTestClient(server);
        client.Peer.Send([.. s_hello, .. code == "1000" ? WebSocketTestClient.Close(1000) : WebSocketTestClient.Frame(3, default)]);
        var received = client.Receive();
        Assert.Contains($" close:{code}:", received, StringComparison.Ordinal);
        Assert.InRange(received.Split(" b:").Length, 1, 10);
    }

    private static HttpTestServer Echo() => new(s => s.MapWebSocket("/ws", new RecordingHandler()));

    private static byte[] Reserved(byte first, ReadOnlySpan<byte> payload)
    {
        var frame = WebSocketTestClient.Frame(WebSocketFrames.Text, payload);
        frame[0] = first;
        return frame;
    }

    /// <summary>Streams: sends on whenever there is room, here 100 times at most.</summary>
    private sealed class EndlessHandler : IWebSocketHandler
    {
        private int _left = 100;

        public void OnOpen(WebSocketSession session)
        {
        }

        public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary) => OnWritable(session);

        public void OnWritable(WebSocketSession session)
        {
            if (_left-- > 0)
            {
                _ = session.Send(new byte[300_000], isBinary: true);
            }
        }

        public void OnClose(WebSocketSession session, in WebSocketClose close)
        {
        }
    }
}
