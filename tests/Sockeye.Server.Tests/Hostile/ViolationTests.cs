using System.Text;
using Sockeye.Protocol.WebSockets;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>A valid event and a violation in one read, on a connection played by hand.</summary>
public class ViolationTests : HostileTest
{
    private const string Upgrade = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: a=1\r\ncookie: b=2\r\nX-A: 1\r\nX-A: 2\r\n\r\n";

    public static TheoryData<string, byte[], string> Violations => new()
    {
        { "a reserved opcode", Frame(3, ""), "\u0003\u00EA" },
        { "a continuation of nothing", Frame(WebSocketFrames.Continuation, "42[\"ping\"]"), "\u0003\u00EA" },
        { "no packet of Engine.IO", Frame(WebSocketFrames.Text, "x"), "\u0003\u00EA" },
        { "no packet of Socket.IO", Frame(WebSocketFrames.Text, "49"), "\u0088\0" },
        { "no JSON", Frame(WebSocketFrames.Text, "42[\"ping\""), "\u0088\0" },
        { "a close", Frame(WebSocketFrames.Close, ""), "\u0088\0" },
    };

    [Theory, MemberData(nameof(Violations))]
    public void The_answer_of_a_handler_leaves_before_the_close(string what, byte[] violation, string close)
    {
        var app = StartHostile(server =>
        {
            server.On("one", (SockeyeSocket socket) => { socket.Emit("answer"); });
            server.On("all", () => { server.Emit("answer"); });
        });
        foreach (var name in new[] { "one", "all" })
        {
            var peer = app.Transport.Connect();
            peer.Send(Encoding.ASCII.GetBytes(Upgrade));
            peer.Send(Frame(WebSocketFrames.Text, "40"));
            app.RunUntilIdle();
            _ = peer.Receive();
            peer.Send([.. Frame(WebSocketFrames.Text, $"42[\"{name}\"]"), .. Frame(WebSocketFrames.Text, "421[\"ping\"]"), .. violation]);
            app.RunUntilIdle();
            var received = Encoding.Latin1.GetString(peer.Receive());
            var answer = received.IndexOf("42[\"answer\"]", StringComparison.Ordinal);
            var end = received.LastIndexOf(close, StringComparison.Ordinal);
            Assert.True(answer >= 0 && received.Contains("431[\"pong\"]", StringComparison.Ordinal) && end > answer, $"{name} and {what}: {received}");
            peer.Close();
        }

        AssertServes(app);
    }

    [Fact]
    public void Several_cookie_fields_are_shown_as_one_and_other_fields_as_a_list()
    {
        Handshake? seen = null;
        var app = StartHostile(server => server.OnConnection(socket => { seen = socket.Handshake; }));
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes(Upgrade));
        peer.Send(Frame(WebSocketFrames.Text, "40"));
        app.RunUntilIdle();
        Assert.Equal(("a=1; b=2", "1, 2"), (seen!.Headers["cookie"], seen.Headers["x-a"]));
        Assert.Equal(("a=1; b=2", "1, 2"), (seen.Header("Cookie"), seen.Header("X-A")));
    }

    private static byte[] Frame(byte opcode, string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var frame = new byte[WebSocketFrames.MaxHeaderBytes + payload.Length];
        var header = WebSocketFrames.WriteHeader(frame, opcode, payload.Length, fin: true, mask: 0x01020304);
        payload.CopyTo(frame, header);
        WebSocketFrames.Mask(frame.AsSpan(header, payload.Length), 0x01020304);
        return frame[..(header + payload.Length)];
    }
}
