using System.Text;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>What an attack leaves in the log and in the counters.</summary>
public class LogAndCounterTests : HostileTest
{
    private const string Ugly = "a\\nb\\r\\u001b[31m\\u0085\\u2028\\u202e";

    [Fact]
    public void Text_of_a_client_cannot_start_a_line_or_hide_one()
    {
        var app = StartHostile(server =>
        {
            server.OnAny(e => throw new InvalidOperationException("on purpose"));
            server.On("n", (SockeyeSocket socket, int value) => { });
        });
        var client = app.Connect();
        client.SendRaw($"2[\"{Ugly}\",1]");
        client.SendRaw("2[\"" + string.Concat(Enumerable.Repeat("\\u202e", 60)) + "\",1]");
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        var lines = Log.Lines.Where(static line => line.Id.Id == 2020).Select(static line => line.Text.Split('\n')[0]).ToArray();
        Assert.Contains(lines, static line => line.Contains(@"a\u000ab\u000d\u001b[31m\u0085\u2028\u202e", StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 300));
        Assert.All(lines, static line => Assert.DoesNotContain(line, static c => char.IsControl(c) || c is '\u2028' or '\u202e'));
        Assert.All(lines, static line => Assert.Contains("127.0.0.1:", line, StringComparison.Ordinal));
    }

    [Fact]
    public void An_event_that_does_not_fit_is_a_warning_with_peer_event_and_reason()
    {
        var app = StartHostile(server => server.On("n", (SockeyeSocket socket, int value) => { }));
        var client = app.Connect();
        client.SendRaw("2[\"n\",\"a\\nb\"]");
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        var line = Assert.Single(Log.Lines, static line => line.Id.Id == 2021);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains("127.0.0.1:", line.Text, StringComparison.Ordinal);
        Assert.Contains("The first argument of", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line.Text);
    }

    [Fact]
    public void The_name_of_a_namespace_cannot_break_a_line()
    {
        var app = StartHostile(server => server.Of((name, auth) => throw new InvalidOperationException("on purpose")));
        var client = app.Connect();
        client.SendRaw("0/a\u2028\u202e" + new string('n', 200) + ",");
        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        var line = Assert.Single(Log.Lines, static line => line.Id.Id == 2025).Text.Split('\n')[0];
        Assert.Contains(@"/a\u2028\u202enn", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 1, 260);
    }

    [Fact]
    public void No_line_has_the_id_of_a_session()
    {
        var app = StartHostile();
        var client = app.Connect();
        var id = client.Socket!.Connection.Id;
        client.SendRaw("x");
        app.RunUntilIdle();
        Assert.NotEmpty(Log.Lines);
        Assert.All(Log.Lines, line => Assert.DoesNotContain(id, line.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\n\n", "http_bare_lf")]
    [InlineData("GET / HTTP/3.0\r\n\r\n", "http_version")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "http_host_missing")]
    [InlineData("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", "websocket_handshake_version")]
    public void A_broken_rule_of_HTTP_is_counted_by_its_name(string request, string rule)
    {
        var app = StartHostile();
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes(request));
        app.RunUntilIdle();
        Assert.True(peer.IsClosed);
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", rule));
        Assert.Contains(Log.Lines, static line => line.Id.Id == 1201 && line.Text.Contains("127.0.0.1:", StringComparison.Ordinal));
        AssertServes(app);
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x01, 0x34 }, "websocket_unmasked")]
    [InlineData(new byte[] { 0xc1, 0x80, 0, 0, 0, 0 }, "websocket_reserved_bit")]
    [InlineData(new byte[] { 0x81, 0x81, 0, 0, 0, 0, 0xff }, "websocket_utf8")]
    [InlineData(new byte[] { 0x81, 0x81, 0, 0, 0, 0, 0x39 }, "engineio_packet_type")]
    [InlineData(new byte[] { 0x81, 0x80, 0, 0, 0, 0 }, "engineio_empty_packet")]
    public void A_broken_rule_of_WebSocket_and_EngineIO_is_counted_by_its_name(byte[] frame, string rule)
    {
        var app = StartHostile();
        var client = app.Connect();
        client.Peer.Send(frame);
        AssertClosedAlone(app, client);
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", rule));
    }

    [Fact]
    public void A_refused_request_is_counted_by_its_code()
    {
        var app = StartHostile();
        var peer = app.Transport.Connect();
        peer.Send("GET /socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        app.RunUntilIdle();
        Assert.Equal(1, Meters.Count("sockeye.requests.refused", "SessionIdUnknown"));
        peer.Close();
        AssertServes(app);
    }

    [Fact]
    public void Times_that_run_out_are_counted_by_their_names()
    {
        var app = StartHostile();
        var head = app.Transport.Connect();
        head.Send("GET "u8);
        var body = app.Transport.Connect();
        body.Send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1"u8);
        var message = app.Connect();
        message.Peer.Send([0x01, 0x81, 0, 0, 0, 0, 0x34]);
        message.Cut();          // or its pong would break the fragmented message
        app.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "http_header_timeout"));
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "http_body_rate"));
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "websocket_message_timeout"));
        AssertClosedAlone(app, message);
    }

    [Fact]
    public void Two_readers_of_one_query_see_the_same_value()
    {
        var seen = "";
        var app = StartHostile(
            server => server.OnConnection(socket => { seen = $"{socket.Handshake.Query("token")} {socket.Handshake.QueryValues["token"]}"; }),
            builder => builder.Options.Engine.AllowRequest = request => request.Query("token") is null or "good" ? EngineIO.AllowRequestResult.Allow : EngineIO.AllowRequestResult.Deny());
        Assert.True(app.Connect(query: "token=good&token=evil").IsConnected);
        Assert.Equal("good good", seen);
        Assert.False(app.Connect(query: "token=evil&token=good").IsConnected);
    }
}
