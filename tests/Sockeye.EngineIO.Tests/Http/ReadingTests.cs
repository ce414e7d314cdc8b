using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

/// <summary>Reading that was turned off is turned on again, whatever took the connection over meanwhile.</summary>
public sealed class ReadingTests
{
    private const string Get = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_upgrade_behind_a_request_that_is_not_answered_yet_is_read_when_its_turn_comes(bool isFollowed)
    {
        var slow = new TestHandler();
        var webSocket = new RecordingHandler();
        using var server = new HttpTestServer(s =>
        {
            s.Router.Default = slow;
            s.MapWebSocket("/ws", webSocket);
        });
        var peer = server.Connect();
        var first = WebSocketTestClient.Text("first");
        Assert.Equal("", server.Exchange(peer, Get + WebSocketTestClient.Request + (isFollowed ? Encoding.Latin1.GetString(first) : "")));
        server.Transport.Loops[0].Post(_ => slow.Last!.Respond(204, null, default), null);
        Assert.StartsWith(NoContent + WebSocketTestClient.Response, server.Receive(peer));
        Assert.True(peer.Channel.Configuration.AutoRead);
        peer.Send(WebSocketTestClient.Text("hello"));
        Assert.EndsWith("hello", server.Receive(peer));
        peer.Close();
        server.Run();
        Assert.Equal(WebSocketCloseCause.ConnectionLost, Assert.Single(webSocket.Closes).Cause);
        Assert.Equal(0, server.Transport.ConnectionCount);
    }

    [Fact]
    public void An_upgrade_behind_an_answer_that_its_peer_takes_slowly_is_read_when_it_has_left()
    {
        var webSocket = new RecordingHandler();
        using var server = new HttpTestServer(s =>
        {
            s.Router.Default = new TestHandler(e => e.Respond(200, null, new byte[1000]));
            s.MapWebSocket("/ws", webSocket);
        });
        var peer = server.Connect();
        peer.WindowBytes = 100;
        peer.Send(Encoding.ASCII.GetBytes(Get + WebSocketTestClient.Request));
        server.Run();
        peer.WindowBytes = int.MaxValue;
        Assert.EndsWith(WebSocketTestClient.Response, server.Receive(peer));
        peer.Close();
        server.Run();
        Assert.Single(webSocket.Closes);
        Assert.Equal(0, server.Transport.ConnectionCount);
    }

    [Fact]
    public void An_upgrade_that_waited_its_turn_and_then_changed_its_loop_is_read()
    {
        HttpTestServer server = null!;
        var slow = new TestHandler();
        var listener = new Listener();
        server = new HttpTestServer(
            s =>
            {
                s.Router.Default = slow;
                s.Router.Map("/ws", new TestHandler(e => e.MoveTo(server.Transport.Loops[1], arrived => arrived.Upgrade(listener, WebSocketLimits.Default))));
            },
            loops: 2);
        using var ended = server;
        var peer = server.Connect();
        Assert.Equal("", server.Exchange(peer, Get + WebSocketTestClient.Request));
        server.Transport.Loops[0].Post(_ => slow.Last!.Respond(204, null, default), null);
        Assert.Equal(NoContent + WebSocketTestClient.Response, server.Receive(peer));
        peer.Send(WebSocketTestClient.Text("hello"));
        server.Run();
        Assert.Equal(["hello"], listener.Messages);
        peer.Close();
        server.Run();
        Assert.Equal(0, server.Transport.ConnectionCount);
    }

    [Fact]
    public void A_body_that_is_read_while_its_connection_changes_its_loop_has_its_time_there()
    {
        HttpTestServer server = null!;
        server = new HttpTestServer(
            s => s.Router.Default = new TestHandler(e =>
            {
                e.ReadBody(100);
                e.MoveTo(server.Transport.Loops[1], static _ => { });
            }),
            loops: 2);
        using var ended = server;
        var peer = server.Connect();
        Assert.Equal("", server.Exchange(peer, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"));
        server.Advance(4.999);
        Assert.Equal("", server.Receive(peer));
        server.Advance(0.001);
        Assert.StartsWith("HTTP/1.1 408 ", server.Receive(peer));
    }

    [Fact]
    public void A_message_that_was_open_while_reading_was_paused_has_its_time_from_the_moment_at_which_reading_goes_on()
    {
        var handler = new RecordingHandler((session, _) => session.WebSocket.PauseReading());
        using var server = new HttpTestServer(s => s.MapWebSocket("/ws", handler, WebSocketTestClient.WithoutHeartbeat));
        var client = new WebSocketTestClient(server);
        _ = client.Exchange(WebSocketTestClient.Text("part", fin: false));
        server.Transport.Loops[0].Post(_ => handler.Session!.WebSocket.PauseReading(), null);
        server.Advance(1000);
        server.Transport.Loops[0].Post(_ => handler.Session!.WebSocket.ResumeReading(), null);
        server.Run();
        server.Advance(29.999);
        Assert.Equal("", client.Receive());
        server.Advance(0.001);
        Assert.StartsWith("close:1008:", client.Receive());
    }

    private sealed class Listener : IWebSocketListener
    {
        public List<string> Messages { get; } = [];

        public void OnMessage(WebSocketChannelHandler webSocket, ReadOnlySpan<byte> payload, bool isBinary) => Messages.Add(Encoding.UTF8.GetString(payload));

        public void OnClosed(WebSocketChannelHandler webSocket, in WebSocketClose close)
        {
        }
    }
}
