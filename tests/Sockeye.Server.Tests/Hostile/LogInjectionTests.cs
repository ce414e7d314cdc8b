using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>Control characters, line separators and direction marks, sent through every place whose text can reach a log line, a counter or the text of an exception.</summary>
public class LogInjectionTests : HostileTest
{
    private const string Forged = "\nFORGED\r\nFORGED\u001b[2J\u0085FORGED\u2028FORGED\u2029FORGED\u202eDEGROF\u2066\u200b\u0000\u007f";

    /// <summary>What is left of it where control characters of ASCII are refused.</summary>
    private const string Marks = "\u2028FORGED\u2029FORGED\u202eDEGROF\u2066\u200b";

    private static readonly string Json = JsonSerializer.Serialize(Forged);

    [Fact]
    public void Nothing_that_a_client_sends_over_Socket_IO_starts_a_line_or_hides_one()
    {
        var app = StartHostile(server =>
        {
            server.OnAny(e => throw new InvalidOperationException("any " + e.Context.Name));
            server.OnAnyOutgoing(e => throw new InvalidOperationException("outgoing " + e.Context.Name));
            server.UseEvent(e => e.Is("filtered"u8) ? EventVerdict.Reject("no " + e.Read<string>()) : EventVerdict.Continue);
            server.On("throws", (string text) => throw new FormatException(text));
            server.On("throws behind an await", async (string text) =>
            {
                await Task.Yield();
                throw new InvalidOperationException(text, new AggregateException(new FormatException(text)));
            });
            server.On("number", (int value) => { });
            server.On("record", (Dictionary<string, int> values) => { });
            server.On("room", (SockeyeSocket socket, string room) =>
            {
                socket.Join(room);
                throw new InvalidOperationException(string.Join(',', socket.Rooms));
            });
            server.On("emits", (SockeyeSocket socket, string text) => { socket.Emit(text.Replace("\0", ""), double.NaN); });
            server.On("data", (SockeyeSocket socket, string text) =>
            {
                socket.Data.Set(text, text);
                socket.Data.Get<int>(text);
            });
            server.On("closes", (SockeyeSocket socket, string text) => socket.Disconnect());
            server.OnDisconnect((socket, why) => throw new InvalidOperationException(why + socket.Handshake.Header("user-agent") + socket.Handshake.Url + socket.Handshake.Query("q")));
            server.Of("/auth").Use(socket => throw new InvalidOperationException(socket.Handshake.Auth.GetString("token")));
            server.Of("/refuse").Use(socket => ConnectResult.Reject(socket.Handshake.Auth.GetString("token")!, double.NaN));
            server.Of((name, auth) => throw new InvalidOperationException(name + auth.Root));
        });
        List<Exception> told = [];
        app.Server.OnHandlerError(error => told.Add(error.Exception));
        var client = app.Connect();
        foreach (var packet in (string[])[
            $"2[{Json.Replace("\\u0000", "")},1]", $"2[\"filtered\",{Json}]", $"2[\"throws\",{Json}]", $"2[\"throws behind an await\",{Json}]", $"2[\"number\",{Json}]",
            $"2[\"record\",{{{Json}:{{{Json}:{Json}}}}}]", $"2[\"room\",{Json}]", $"2[\"emits\",{Json}]", $"2[\"data\",{Json}]",
            $"0/auth,{{\"token\":{Json}}}", $"0/refuse,{{\"token\":{Json}}}", $"0/made{Marks},{{\"token\":{Json}}}", $"3999[{Json}]", $"2[\"closes\",{Json}]"])
        {
            client.SendRaw(packet);
            app.RunUntilIdle();
            Assert.False(client.IsClosed, packet);
        }

        foreach (var packet in (string[])[$"2[{Json}]", "0/a\n,", $"0/open,{Json}", "9" + Forged, $"2[\"x\",{Json}", $"1/{Marks},", $"2/{Marks},[\"x\"]", $"4{{\"message\":{Json}}}"])
        {
            var stranger = app.Connect();
            stranger.SendRaw(packet);
            app.RunUntilIdle();
            Assert.True(stranger.IsClosed, packet);
        }

        Assert.True(Log.Lines.Count(line => line.Id.Id is 2010 or 2020 or 2021) > 20, string.Join('\n', Log.Lines.Select(line => line.Text)));
        AssertClean();
        Assert.All(told.OfType<EventFormatException>(), error => AssertClean(error.ToString()));
        Assert.All(told.OfType<EventRefusedException>(), error => AssertClean(error.ToString()));
        Assert.NotEmpty(told.OfType<EventFormatException>());
    }

    [Fact]
    public void Nothing_that_a_client_sends_over_HTTP_starts_a_line_or_hides_one()
    {
        var app = StartHostile(build: builder =>
        {
            builder.MapGet("/throws", exchange => throw new InvalidOperationException(
                Uri.UnescapeDataString(exchange.Head.Url) + exchange.Head.Header("User-Agent")));
            builder.MapHttp("/prefix", new Throwing(), prefix: true);
            builder.MapWebSocket("/ws", new Listening());
            builder.Options.Engine.Cors = new EngineIO.Http.CorsOptions { Origins = ["http://good"] };
            builder.Options.Engine.AllowRequest = request => throw new InvalidOperationException(request.Url + request.Query("q") + request.Header("user-agent"));
        });
        var escaped = Uri.EscapeDataString(Forged);
        foreach (var head in (string[])[
            $"GET /throws?q={escaped} HTTP/1.1\r\nHost: x\r\nUser-Agent: {Marks}\u0085FORGED\r\n",
            $"GET /prefix/{escaped} HTTP/1.1\r\nHost: x\r\n",
            $"GET /prefix/a\u001b[2J HTTP/1.1\r\nHost: x\r\n",
            $"GET /socket.io/?EIO=4&transport={escaped} HTTP/1.1\r\nHost: x\r\n",
            $"GET /socket.io/?EIO={escaped}&transport=polling HTTP/1.1\r\nHost: x\r\n",
            $"GET /socket.io/?EIO=4&transport=polling&sid={escaped} HTTP/1.1\r\nHost: x\r\n",
            $"GET /socket.io/?EIO=4&transport=polling&q={escaped} HTTP/1.1\r\nHost: x\r\nUser-Agent: {Marks}\r\n",
            $"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nOrigin: http://{Marks}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
            $"GET / HTTP/1.1\r\nHost: {Marks}\r\n",
            $"G\u001bT / HTTP/1.1\r\nHost: x\r\n",
            $"GET / HTTP/1.1\r\nHost: x\r\nA{Marks}: b\r\n",
            $"GET / HTTP/1.1\r\nHost: x\r\nCookie: a\u001b[2J\u0000\r\n"])
        {
            var peer = app.Transport.Connect();
            peer.Send(Encoding.UTF8.GetBytes(head + "\r\n"));
            app.RunUntilIdle();
            peer.Reset();
            app.RunUntilIdle();
        }

        var socket = app.Transport.Connect();
        socket.Send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"u8.ToArray());
        app.RunUntilIdle();
        byte[] reason = [0x03, 0xe8, .. Encoding.UTF8.GetBytes(Forged)];
        socket.Send([0x88, (byte)(0x80 | reason.Length), 0, 0, 0, 0, .. reason]);
        app.RunUntilIdle();
        Assert.Contains(Log.Lines, static line => line.Text.Contains("closed with 1000", StringComparison.Ordinal));
        Assert.True(Log.Lines.Count(static line => line.Level >= LogLevel.Error) >= 4, string.Join('\n', Log.Lines.Select(static line => line.Text)));
        AssertClean();
    }

    [Theory]
    [InlineData(TransportKind.Native)]
    [InlineData(TransportKind.Portable)]
    public async Task The_name_of_an_event_does_not_break_the_line_of_a_stall(TransportKind kind)
    {
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls = ["http://127.0.0.1:0"];
            builder.Options.Transport = kind;
            builder.LoggerFactory = Log;
            builder.MakeTransport = options =>
            {
                options.StallThreshold = TimeSpan.Zero;
                return SocketTransport.Create(options);
            };
        });
        server.OnAny(e => e.Socket.Emit("seen"));
        server.On(Forged.Replace("\0", ""), () => { });
        await server.StartAsync(TestContext.Current.CancellationToken);
        await using (var client = await RealClient.ConnectAsync(server))
        {
            await client.EmitAsync($"[{Json.Replace("\\u0000", "")}]");
            await client.NextAsync();
            await client.EmitAsync($"[\"\\u001b[2J{Marks}\"]");
            await client.NextAsync();
        }

        await server.StopAsync(CancellationToken.None);
        Assert.Contains(Log.Lines, static line => line.Text.Contains("FORGED", StringComparison.Ordinal));
        AssertClean();
    }

    private void AssertClean()
    {
        Assert.NotEmpty(Log.Lines);
        Assert.All(Log.Lines, static line => AssertClean(line.Text));
        AssertClean(Meters.ToString());
    }

    /// <summary>A line break is only the recorder's and the stack's own.</summary>
    private static void AssertClean(string text)
    {
        foreach (var line in text.Split(Environment.NewLine))
        {
            Assert.False(line.TrimStart().StartsWith("FORGED", StringComparison.Ordinal), text);
            Assert.DoesNotContain(line, static c => char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
        }
    }

    private sealed class Throwing : EngineIO.Http.IHttpHandler
    {
        public void OnRequest(EngineIO.Http.HttpExchange exchange) => throw new InvalidOperationException(Uri.UnescapeDataString(exchange.Head.Url));
    }

    private sealed class Listening : IWebSocketHandler
    {
        public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
        {
        }

        public void OnClose(WebSocketSession session, in WebSocketClose close) => throw new InvalidOperationException($"closed with {close.Code} {close.Reason}");
    }
}
