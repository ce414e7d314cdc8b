using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

/// <summary>A kernel with a buffer of 3 MB that asks for more when a third of it is free, and readers who take a little each second.</summary>
public sealed class SlowReaderTests
{
    private const int KernelBytes = 3_000_000;
    private const int AnswerBytes = 8_000_000;
    private static readonly byte[] s_answer = new byte[AnswerBytes];

    private static readonly Action<HttpServer> s_http = s => s.Router.Default = new TestHandler(e => e.Respond(200, null, s_answer));

    private static Action<HttpServer> WebSockets(RecordingHandler handler) => s => s.MapWebSocket("/ws", handler, new WebSocketEndpointOptions
    {
        Outbox = new OutboxOptions { MaxBytes = 2 * AnswerBytes },
    });

    private static MemoryPeer Ask(HttpTestServer server)
    {
        var peer = server.Connect();
        Narrow(peer);
        peer.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"u8);
        server.Run();
        return peer;
    }

    private static MemoryPeer AskOverWebSocket(HttpTestServer server)
    {
        var client = new WebSocketTestClient(server);
        Narrow(client.Peer);
        client.Peer.Send(WebSocketTestClient.Text("x"));
        server.Run();
        return client.Peer;
    }

    private static void Narrow(MemoryPeer peer)
    {
        peer.WindowBytes = KernelBytes;
        peer.RoomToTell = KernelBytes / 3;
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(50_000)]
    [InlineData(100_000)]
    public void A_slow_and_steady_reader_of_an_answer_lives(int bytesPerSecond)
    {
        using var server = new HttpTestServer(s_http);
        var peer = Ask(server);
        Read(server, peer, bytesPerSecond, 60);
        Assert.False(peer.IsClosed);
        peer.Reset();
        server.Run();
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(50_000)]
    [InlineData(100_000)]
    public void A_slow_and_steady_reader_of_a_WebSocket_lives(int bytesPerSecond)
    {
        var handler = new RecordingHandler((session, _) => session.Send(s_answer, true));
        using var server = new HttpTestServer(WebSockets(handler));
        var peer = AskOverWebSocket(server);
        Read(server, peer, bytesPerSecond, 60);
        Assert.False(peer.IsClosed);
        Assert.Empty(handler.Closes);
        peer.Reset();
        server.Run();
    }

    [Fact]
    public void A_reader_that_takes_nothing_is_reset_at_the_nominal_time()
    {
        var handler = new RecordingHandler((session, _) => session.Send(s_answer, true));
        using var server = new HttpTestServer(s =>
        {
            s_http(s);
            WebSockets(handler)(s);
        });
        MemoryPeer[] peers = [Ask(server), AskOverWebSocket(server)];
        server.Advance(9.999);
        Assert.All(peers, peer => Assert.False(peer.IsClosed));
        server.Advance(0.001);
        Assert.All(peers, peer => Assert.True(peer.IsReset));
        Assert.Equal(WebSocketCloseCause.WriteStalled, Assert.Single(handler.Closes).Cause);
    }

    [Fact]
    public void A_reader_that_stops_is_reset_between_one_and_two_intervals_later()
    {
        using var server = new HttpTestServer(s_http);
        var peer = Ask(server);
        Read(server, peer, 20_000, 15);
        server.Advance(10);
        Assert.False(peer.IsClosed);
        server.Advance(10);
        Assert.True(peer.IsReset);
    }

    [Fact]
    public void A_slow_reader_of_a_WebSocket_gets_what_was_sent_before_the_close_and_then_the_close()
    {
        var message = new byte[400_000];
        var handler = new RecordingHandler((session, text) =>
        {
            session.Send(message, true);
            session.Close(1000, "bye");
        });
        using var server = new HttpTestServer(WebSockets(handler));
        var peer = AskOverWebSocket(server);
        var received = Read(server, peer, 20_000, 21);
        Assert.False(peer.IsClosed);
        Assert.EndsWith("bye", Encoding.Latin1.GetString(received));
        server.Advance(10);
        Assert.True(peer.IsReset);
    }

    [Fact]
    public void A_peer_that_closes_and_then_takes_slowly_what_is_left_of_a_message_gets_it()
    {
        var handler = new RecordingHandler((session, _) => session.Send(s_answer, true));
        using var server = new HttpTestServer(WebSockets(handler));
        var peer = AskOverWebSocket(server);
        peer.Send(WebSocketTestClient.Close(1000));
        server.Run();
        var received = 0;
        while (received < AnswerBytes && !peer.IsReset)
        {
            received += Read(server, peer, 100_000, 1).Length;
        }

        Assert.InRange(received, AnswerBytes, AnswerBytes + 20);
    }

    private static byte[] Read(HttpTestServer server, MemoryPeer peer, int bytesPerSecond, int seconds)
    {
        var received = new List<byte>();
        for (var i = 0; i < seconds; i++)
        {
            received.AddRange(peer.Receive(bytesPerSecond));
            server.Run();
            server.Advance(1);
        }

        return [.. received];
    }
}
