using System.Text.Json;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class HandshakeTests
{
    [Fact]
    public void Polling_opens_with_the_open_packet_alone()
    {
        using var engine = new EngineHarness(new EngineOptions { PingInterval = TimeSpan.FromMilliseconds(300), PingTimeout = TimeSpan.FromMilliseconds(200) });
        engine.Handler.Opened = session => session.SendText("hi"u8);
        var peer = engine.Connect();
        var response = peer.Get(Polling);
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain; charset=UTF-8", response.Header("Content-Type"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        Assert.Null(response.Header("Set-Cookie"));
        Assert.Null(response.Header("Access-Control-Allow-Origin"));
        var sid = Sid(response.Text);
        Assert.Equal($$"""0{"sid":"{{sid}}","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}""", response.Text);
        Assert.Equal(20, sid.Length);
        Assert.Equal(sid, engine.Session.Id);
        Assert.Equal("4hi", peer.Get(Polling + "&sid=" + sid).Text);
    }

    [Fact]
    public void WebSocket_opens_with_the_open_packet_and_what_was_sent_at_once()
    {
        using var engine = new EngineHarness();
        engine.Handler.Opened = session => session.SendText("hi"u8);
        var peer = engine.ConnectWebSocket();
        Assert.Equal(101, peer.Handshake.Status);
        var messages = peer.Take();
        Assert.Equal(2, messages.Length);
        var open = JsonDocument.Parse(messages[0][1..]).RootElement;
        Assert.Equal(0, open.GetProperty("upgrades").GetArrayLength());
        Assert.Equal("4hi", messages[1]);
        Assert.Equal("websocket", engine.Session.Transport);
        Assert.False(engine.Session.IsUpgraded);
    }

    [Fact]
    public void The_initial_message_follows_the_open_packet_on_both_transports()
    {
        using var engine = new EngineHarness(new EngineOptions { InitialMessage = "welcome" });
        Assert.EndsWith("}\u001e4welcome", engine.Get(Polling).Text, StringComparison.Ordinal);
        Assert.Equal("4welcome", engine.ConnectWebSocket().Take()[1]);
    }

    [Theory]
    [InlineData("GET", "?EIO=4", 400, 0, "Transport unknown", "transport=")]
    [InlineData("GET", "?EIO=4&transport=abc", 400, 0, "Transport unknown", "transport=abc")]
    [InlineData("GET", "?EIO=4&transport=webtransport", 400, 0, "Transport unknown", "transport=webtransport")]
    [InlineData("GET", "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 400, 1, "Session ID unknown", "sid=AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("GET", "?EIO=4&transport=polling&sid=short", 400, 1, "Session ID unknown", "sid=short")]
    [InlineData("GET", "?EIO=4&transport=polling&sid=", 400, 1, "Session ID unknown", "sid=")]
    [InlineData("GET", "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAA%20", 400, 1, "Session ID unknown", "sid=AAAAAAAAAAAAAAAAAAA ")]
    [InlineData("POST", "?EIO=4&transport=polling", 400, 2, "Bad handshake method", "method=POST")]
    [InlineData("PUT", "?EIO=4&transport=polling", 400, 2, "Bad handshake method", "method=PUT")]
    [InlineData("OPTIONS", "?EIO=4&transport=polling", 400, 2, "Bad handshake method", "method=OPTIONS")]
    [InlineData("GET", "?EIO=4&transport=websocket", 400, 3, "Bad request", "name=TRANSPORT_HANDSHAKE_ERROR")]
    [InlineData("GET", "?transport=polling", 400, 5, "Unsupported protocol version", "protocol=3")]
    [InlineData("GET", "?EIO=3&transport=polling", 400, 5, "Unsupported protocol version", "protocol=3")]
    [InlineData("GET", "?EIO=abc&transport=polling", 400, 5, "Unsupported protocol version", "protocol=3")]
    public void A_bad_request_gets_the_answer_of_the_reference(string method, string query, int status, int code, string message, string context)
    {
        using var engine = new EngineHarness();
        var response = engine.Connect().Send(method, Root + query, method == "POST" ? "4x" : null).Receive();
        Assert.Equal(status, response.Status);
        Assert.Equal("application/json", response.Header("Content-Type"));
        Assert.Equal($$"""{"code":{{code}},"message":"{{message}}"}""", response.Text);
        var error = Assert.Single(engine.Errors);
        Assert.Equal(code, (int)error.Code);
        Assert.Equal(message, error.Message);
        var expected = context.Split('=', 2);
        Assert.Equal(expected[1], error.Context[expected[0]]);
        Assert.Equal(Root + query, error.Request.Url);
    }

    [Theory]
    [InlineData("null", "file://", true)]       // Cordova and other web views
    [InlineData("file://", "null", true)]
    [InlineData("null", "https://a.example", true)]
    [InlineData("https://a.example", "null", true)]
    [InlineData("", "https://a.example", true)]
    [InlineData("capacitor://localhost", "capacitor://localhost", true)]
    [InlineData("https://a.example", "https://A.example", true)]
    [InlineData("https://a.example", "https://b.example", false)]
    [InlineData("https://a.example", "http://a.example", false)]
    public void Only_two_origins_with_a_host_that_differ_keep_a_request_from_its_session(string first, string second, bool belongs)
    {
        using var engine = new EngineHarness();
        var target = Polling + "&sid=" + Sid(engine.Get(Polling, "Origin: " + first).Text);
        Assert.Equal(belongs ? 101 : 400, engine.ConnectWebSocket(ToWebSocket(target), headers: "Origin: " + second).Handshake.Status);
    }

    [Fact]
    public void A_control_character_in_the_origin_is_a_bad_request()
    {
        using var engine = new EngineHarness();
        var response = engine.Get(Polling, "Origin: http://a\tb");
        Assert.Equal("""{"code":3,"message":"Bad request"}""", response.Text);
        Assert.Equal("INVALID_ORIGIN", Assert.Single(engine.Errors).Context["name"]);
    }

    [Fact]
    public void The_transport_is_checked_before_the_session_and_the_method_before_the_revision()
    {
        using var engine = new EngineHarness();
        Assert.Contains("\"code\":0", engine.Get(Root + "?sid=AAAAAAAAAAAAAAAAAAAA").Text, StringComparison.Ordinal);
        Assert.Contains("\"code\":2", engine.Connect().Post(Root + "?transport=polling", "").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?EIO=4", "Transport unknown")]
    [InlineData("?EIO=4&transport=abc", "Transport unknown")]
    [InlineData("?EIO=4&transport=polling", "Bad request")]
    [InlineData("?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA", "Session ID unknown")]
    [InlineData("?transport=websocket", "Unsupported protocol version")]
    [InlineData("?EIO=3&transport=websocket", "Unsupported protocol version")]
    public void A_bad_upgrade_is_refused_with_400_and_words_before_any_101(string query, string message)
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket(Root + query);
        Assert.Equal(400, peer.Handshake.Status);
        Assert.Equal("close", peer.Handshake.Header("Connection"));
        Assert.Equal("text/html", peer.Handshake.Header("Content-Type"));
        Assert.Equal(message, peer.Handshake.Text);
        Assert.Single(engine.Errors);
    }

    [Fact]
    public void A_disabled_transport_is_unknown()
    {
        using var polling = new EngineHarness(new EngineOptions { Transports = EngineTransports.Polling });
        Assert.Equal(400, polling.ConnectWebSocket().Handshake.Status);
        Assert.Contains("\"upgrades\":[]", polling.Get(Polling).Text, StringComparison.Ordinal);
        using var webSocket = new EngineHarness(new EngineOptions { Transports = EngineTransports.WebSocket });
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", webSocket.Get(Polling).Text);
        Assert.Equal(101, webSocket.ConnectWebSocket().Handshake.Status);
    }

    [Fact]
    public void A_request_that_contradicts_its_session_is_refused_and_the_session_lives_on()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        Assert.Contains("\"code\":3", engine.Get(ToWebSocket(target)).Text, StringComparison.Ordinal);
        Assert.Equal("TRANSPORT_MISMATCH", engine.Errors[^1].Context["name"]);
        Assert.Equal("websocket", engine.Errors[^1].Context["transport"]);
        Assert.Equal("polling", engine.Errors[^1].Context["previousTransport"]);
        Assert.Contains("\"code\":3", engine.Get(target.Replace("EIO=4", "EIO=3", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        Assert.Equal("PROTOCOL_MISMATCH", engine.Errors[^1].Context["name"]);
        Assert.Equal("Bad request", engine.ConnectWebSocket(target).Handshake.Text);
        Assert.Equal("ok", engine.Connect().Post(target, "4alive").Text);
        Assert.Equal(["alive"], engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("HEAD")]
    public void Another_method_with_a_session_is_answered_with_an_empty_500(string method)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var response = engine.Connect().Send(method, target).Receive();
        Assert.Equal(500, response.Status);
        Assert.Empty(response.Body);
        Assert.Equal(1, engine.Engine.SessionCount);
    }

    [Theory]
    [InlineData("/engine.io", true, "/engine.io/", 200)]
    [InlineData("/engine.io/", true, "/engine.io/", 200)]
    [InlineData("/engine.io", true, "/engine.io/xyz", 200)]
    [InlineData("/engine.io", true, "/engine.io", 404)]
    [InlineData("/engine.io/", false, "/engine.io", 200)]
    [InlineData("/rt", true, "/rt/", 200)]
    [InlineData("/rt", true, "/engine.io/", 404)]
    public void The_path_matches_as_a_prefix(string path, bool slash, string requested, int status)
    {
        using var engine = new EngineHarness(new EngineOptions { Path = path, AddTrailingSlash = slash });
        Assert.Equal(status, engine.Get(requested + "?EIO=4&transport=polling").Status);
    }

    [Fact]
    public void The_cookie_is_set_by_the_polling_handshake_alone()
    {
        using var engine = new EngineHarness(new EngineOptions { Cookie = new CookieOptions() });
        var response = engine.Get(Polling);
        var sid = Sid(response.Text);
        Assert.Equal($"io={sid}; Path=/; HttpOnly; SameSite=Lax", response.Header("Set-Cookie"));
        engine.OnLoop(engine.Session, () => engine.Session.SendText("x"u8));
        Assert.Null(engine.Get(Polling + "&sid=" + sid).Header("Set-Cookie"));
        Assert.Null(engine.ConnectWebSocket().Handshake.Header("Set-Cookie"));
    }

    [Fact]
    public void Header_hooks_add_to_the_first_and_to_every_response_also_of_one_name()
    {
        using var engine = new EngineHarness(new EngineOptions
        {
            InitialHeaders = (_, headers) =>
            {
                headers.Add("Set-Cookie", "1=1");
                headers.Add("Set-Cookie", "2=2");
            },
            Headers = (request, headers) => headers.Add("X-Url", request.Url),
        });
        var first = engine.Get(Polling);
        Assert.Equal(["1=1", "2=2"], first.All("Set-Cookie"));
        Assert.Equal(Polling, first.Header("X-Url"));
        var target = Polling + "&sid=" + Sid(first.Text);
        var post = engine.Connect().Post(target, "4x");
        Assert.Empty(post.All("Set-Cookie"));
        Assert.Equal(target, post.Header("X-Url"));
        var upgrade = engine.ConnectWebSocket(ToWebSocket(target));
        Assert.Empty(upgrade.Handshake.All("Set-Cookie"));
        Assert.NotNull(upgrade.Handshake.Header("X-Url"));
        var webSocket = engine.ConnectWebSocket().Handshake;
        Assert.Equal(["1=1", "2=2"], webSocket.All("Set-Cookie"));
        Assert.Equal(WebSocket, webSocket.Header("X-Url"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(4_000)]
    [InlineData(100_000)]
    public void A_websocket_gets_its_open_packet_however_long_the_headers_before_it_are(int length)
    {
        using var engine = new EngineHarness(new EngineOptions { Headers = (_, headers) => headers.Add("X-Long", new string('x', length)) });
        var client = engine.ConnectWebSocket();
        Assert.Equal(length, client.Handshake.Header("X-Long")!.Length);
        Assert.StartsWith("0{", client.Next(), StringComparison.Ordinal);
        var upgrade = engine.ConnectWebSocket(ToWebSocket(engine.Open()));
        Assert.Equal("3probe", upgrade.Send("2probe").Next());
    }

    [Fact]
    public void Cors_headers_stand_on_every_answer_and_a_preflight_is_204()
    {
        using var engine = new EngineHarness(new EngineOptions { Cors = new CorsOptions { Origins = ["*"] } });
        Assert.Equal("*", engine.Get(Polling, "Origin: http://a").Header("Access-Control-Allow-Origin"));
        Assert.Equal("*", engine.Get(Root + "?EIO=4", "Origin: http://a").Header("Access-Control-Allow-Origin"));
        Assert.Equal("*", engine.ConnectWebSocket(WebSocket, 0, "Origin: http://a").Handshake.Header("Access-Control-Allow-Origin"));
        var preflight = engine.Connect().Send("OPTIONS", Polling, null, "Origin: http://a", "Access-Control-Request-Method: POST").Receive();
        Assert.Equal(204, preflight.Status);
        Assert.Equal("*", preflight.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void Session_ids_carry_node_and_loop_and_do_not_repeat()
    {
        using var engine = new EngineHarness(new EngineOptions { NodeId = 0xabcdef }, loops: 4);
        var ids = new HashSet<string>();
        for (var i = 0; i < 100; i++)
        {
            var sid = Sid(engine.Connect(i % 4).Get(Polling).Text);
            var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(sid);
            Assert.Equal(15, bytes.Length);
            Assert.Equal([0xab, 0xcd, 0xef, (byte)(i % 4)], bytes[..4]);
            Assert.True(ids.Add(sid));
        }
    }

    [Fact]
    public void A_server_has_the_node_that_was_asked_for_or_a_random_one_and_a_new_incarnation_each_time()
    {
        EngineServer[] same = [.. Enumerable.Range(0, 100).Select(_ => new EngineServer(new EngineOptions { NodeId = 0xffffff }, new RecordingHandler()))];
        Assert.All(same, server => Assert.Equal(0xffffff, server.NodeId));
        Assert.Equal(100, same.Select(server => server.Incarnation).Distinct().Count());
        int[] drawn = [.. Enumerable.Range(0, 100).Select(_ => new EngineServer(new EngineOptions(), new RecordingHandler()).NodeId)];
        Assert.All(drawn, node => Assert.InRange(node, 0, (1 << 24) - 1));
        Assert.InRange(drawn.Distinct().Count(), 95, 100);
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0xffffff, 0xff, true)]
    [InlineData(1, 0xfe, true)]
    [InlineData(-1, 0, false)]
    [InlineData(1 << 24, 0, false)]
    [InlineData(0, -1, false)]
    [InlineData(0, 256, false)]
    public void An_id_holds_a_node_of_24_bits_and_a_loop_of_8(int node, int loop, bool fits)
    {
        if (!fits)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => RandomId.Create(node, loop));
            return;
        }

        var id = RandomId.Create(node, loop);
        Assert.True(RandomId.TryParse(id.ToString(), out var read));
        Assert.Equal((id, node, loop), (read, read.Node, read.Loop));
    }

    [Fact]
    public void A_session_says_its_node_also_with_an_id_of_the_application()
    {
        using var engine = new EngineHarness(new EngineOptions { NodeId = 0xabcdef });
        engine.Open();
        Assert.Equal(0xabcdef, engine.Session.NodeId);
        using var custom = new EngineHarness(new EngineOptions { NodeId = 5, GenerateId = _ => "an-id-of-the-application" });
        custom.Get(Polling);
        Assert.Equal(("an-id-of-the-application", 5), (custom.Session.Id, custom.Session.NodeId));
    }

    [Fact]
    public void An_id_of_another_node_is_unknown()
    {
        using var engine = new EngineHarness(new EngineOptions { NodeId = 1 });
        var sid = engine.Open()[^20..];
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(sid);
        bytes[2] = 2;
        Assert.Contains("\"code\":1", engine.Get(Polling + "&sid=" + System.Buffers.Text.Base64Url.EncodeToString(bytes)).Text, StringComparison.Ordinal);
        bytes[2] = 1;
        bytes[3] = 200;
        Assert.Contains("\"code\":1", engine.Get(Polling + "&sid=" + System.Buffers.Text.Base64Url.EncodeToString(bytes)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_refused_together_by_name()
    {
        var options = new EngineOptions { Path = "x", PingInterval = TimeSpan.Zero, MaxPayloadBytes = 0, Transports = EngineTransports.None, NodeId = 1 << 24 };
        var fault = Assert.Throws<ArgumentException>(() => new EngineServer(options, new RecordingHandler()));
        Assert.All(["Path", "PingInterval", "MaxPayloadBytes", "Transports", "NodeId"], name => Assert.Matches(name + "(:| is )", fault.Message));
        Assert.Equal(5, options.Validate().Count);
        Assert.Empty(new EngineOptions().Validate());
    }
}
