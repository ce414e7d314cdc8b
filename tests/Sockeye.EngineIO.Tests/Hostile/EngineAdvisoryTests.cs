using System.Reflection;
using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Tests.Sessions;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Hostile;

/// <summary>The published faults of Engine.IO servers in other languages, each by its id. Each harness checks at its end that no session, connection or buffer is left.</summary>
public class EngineAdvisoryTests
{
    private static readonly string[] s_upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];

    [Fact]
    public void CVE_2017_16031_a_million_session_ids_are_distinct_and_differ_in_88_bits_beside_the_node()
    {
        HashSet<RandomId> ids = [];
        byte[] ones = new byte[15], zeros = new byte[15];
        Array.Fill(zeros, (byte)0xff);
        for (var i = 0; i < 1_000_000; i++)
        {
            var id = RandomId.Create(0xabcdef, 7);
            Assert.True(ids.Add(id));
            if (i < 1000)
            {
                var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(id.ToString());
                for (var b = 0; b < bytes.Length; b++)
                {
                    ones[b] |= bytes[b];
                    zeros[b] &= bytes[b];
                }
            }
        }

        Assert.All(ones[4..], b => Assert.Equal(0xff, b));
        Assert.All(zeros[4..], b => Assert.Equal(0, b));
    }

    [Fact]
    public void CVE_2020_28481_no_origin_is_allowed_unless_it_was_configured()
    {
        using var open = new EngineHarness();
        var response = open.Get(EngineHarness.Polling, "Origin: https://evil.example");
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));

        using var strict = new EngineHarness(new EngineOptions { Cors = new CorsOptions { Origins = ["https://good.example"], Credentials = true } });
        var foreign = strict.Get(EngineHarness.Polling, "Origin: https://evil.example");
        Assert.Null(foreign.Header("Access-Control-Allow-Origin"));
        Assert.Null(foreign.Header("Access-Control-Allow-Credentials"));
        Assert.DoesNotContain("evil", string.Join('\n', foreign.Headers), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new CorsPolicy(new CorsOptions { Origins = ["*"], Credentials = true }));
    }

    [Fact]
    public void CVE_2019_13611_a_page_of_a_foreign_origin_opens_no_WebSocket()
    {
        using var harness = new EngineHarness(new EngineOptions { Cors = new CorsOptions { Origins = ["https://good.example"], Credentials = true } });
        Assert.Equal(403, harness.ConnectWebSocket(headers: "Origin: https://evil.example").Handshake.Status);
        Assert.Equal(403, harness.ConnectWebSocket(headers: "Origin: null").Handshake.Status);
        Assert.Equal(403, harness.ConnectWebSocket(headers: "Origin: https://good.example.evil.example").Handshake.Status);
        Assert.Equal(0, harness.Engine.SessionCount);
        Assert.Equal(101, harness.ConnectWebSocket(headers: "Origin: https://good.example").Handshake.Status);
    }

    [Fact]
    public void CVE_2020_36048_a_thousand_large_bodies_that_never_come_cost_only_what_came()
    {
        using var harness = new EngineHarness();
        string[] targets = [.. Enumerable.Range(0, 1000).Select(_ => harness.Open())];
        byte[][] requests = [.. targets.Select(target => Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n4abc"))];
        HttpPeer[] peers = [.. targets.Select(_ => harness.Connect())];
        for (var i = 0; i < requests.Length; i++)
        {
            peers[i].Peer.Send(requests[i]);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        harness.Run();
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / requests.Length;
        Assert.InRange(each, 1, 16_000);
        harness.Advance(31_000);
        Assert.All(peers, peer => Assert.True(peer.IsClosed));
        Assert.Equal(0, harness.Engine.SessionCount);
    }

    [Fact]
    public void CVE_2020_36048_a_body_over_the_limit_is_refused_before_it_is_read_and_the_session_ends()
    {
        using var harness = new EngineHarness();
        var target = harness.Open();
        var peer = harness.Connect();
        peer.Peer.Send(Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n"));
        harness.Run();
        Assert.Equal(413, peer.Receive().Status);
        Assert.True(peer.IsClosed);
        Assert.Equal(0, harness.Engine.SessionCount);

        var second = harness.Open();
        var chunked = harness.Connect();
        chunked.Peer.Send(Encoding.ASCII.GetBytes($"POST {second} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (var i = 0; i < 20 && !chunked.IsClosed; i++)
        {
            chunked.Peer.Send([.. "c350\r\n"u8, .. new byte[50_000].Select(_ => (byte)'4'), .. "\r\n"u8]);
            harness.Run();
        }

        Assert.False(chunked.IsClosed);
        chunked.Peer.Send("1\r\n4\r\n"u8);
        harness.Run();
        Assert.Equal(413, chunked.Receive().Status);
        Assert.Equal(0, harness.Engine.SessionCount);
    }

    [Theory]
    [InlineData(0xC1 | 0x20)]
    [InlineData(0xC1 | 0x10)]
    [InlineData(0xC1)]
    [InlineData(0x83)]
    public void CVE_2022_21676_an_illegal_frame_glued_to_the_upgrade_request_closes_with_1002_and_leaves_no_session(int first)
    {
        using var harness = new EngineHarness();
        var peer = harness.Connect();
        peer.Peer.Send([.. HttpPeer.Request("GET", EngineHarness.WebSocket, null, s_upgrade), (byte)first, 0x81, 1, 2, 3, 4, 0x31]);
        harness.Run();
        Assert.Equal(101, peer.Receive().Status);
        var rest = peer.TakeRest();
        var close = Array.LastIndexOf(rest, (byte)0x88);
        Assert.Equal([0x03, 0xea], rest[(close + 2)..(close + 4)]);
        Assert.Equal(0, harness.Engine.SessionCount);
    }

    [Fact]
    public void CVE_2022_41940_a_reset_at_any_byte_of_a_refused_or_accepted_upgrade_harms_nobody()
    {
        using var harness = new EngineHarness();
        var refused = HttpPeer.Request("GET", EngineHarness.WebSocket + "&sid=AAAAAAAAAAAAAAAAAAAA", null, s_upgrade);
        var accepted = HttpPeer.Request("GET", EngineHarness.WebSocket, null, s_upgrade);
        foreach (var request in (byte[][])[refused, accepted])
        {
            for (var i = 0; i <= request.Length; i++)
            {
                var before = harness.Connect();
                before.Peer.Send(request.AsSpan(0, i));
                before.Reset();                 // in the same turn
                var after = harness.Connect();
                after.Peer.Send(request.AsSpan(0, i));
                harness.Run();
                after.Reset();                  // in the next turn
                var ended = harness.Connect();
                ended.Peer.Send(request.AsSpan(0, i));
                ended.Close();
            }
        }

        harness.Run();
        Assert.Equal(0, harness.Engine.SessionCount);
        Assert.Equal(200, harness.Get(EngineHarness.Polling).Status);
    }

    [Theory]
    [InlineData("transport=garbage")]
    [InlineData("transport=constructor")]
    [InlineData("transport=__proto__")]
    [InlineData("transport=webtransport")]
    [InlineData("transport=")]
    [InlineData("transport=Polling")]
    [InlineData("transport=polling%00")]
    [InlineData("x=1")]
    public void CVE_2023_31125_an_unknown_transport_is_refused_with_code_0_on_both_ways(string parameter)
    {
        using var harness = new EngineHarness();
        var target = $"{EngineHarness.Root}?EIO=4&{parameter}";
        var response = harness.Get(target);
        Assert.Equal(400, response.Status);
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", response.Text);
        Assert.Equal(400, harness.ConnectWebSocket(target).Handshake.Status);
        Assert.Equal(2, harness.Errors.Count);
        Assert.All(harness.Errors, error => Assert.Equal(EngineErrorCode.TransportUnknown, error.Code));
        Assert.Equal(0, harness.Engine.HeldSessions);
    }

    [Theory]
    [InlineData("EIO=4&transport=polling&transport=polling")]
    [InlineData("EIO=4&transport=polling&transport=websocket")]
    [InlineData("EIO=4&transport=polling&%74ransport=polling")]
    [InlineData("EIO=4&EIO=3&transport=polling")]
    [InlineData("EIO=4&EIO=4&transport=polling")]
    [InlineData("EIO=4&transport=polling&sid=&sid=x")]
    public void CVE_2023_31125_a_repeated_parameter_is_refused_with_code_3(string query)
    {
        using var harness = new EngineHarness();
        var response = harness.Get(EngineHarness.Root + "?" + query);
        Assert.Equal(400, response.Status);
        Assert.Equal("""{"code":3,"message":"Bad request"}""", response.Text);
        Assert.Equal("REPEATED_PARAMETER", Assert.Single(harness.Errors).Context["name"]);
        Assert.Equal(400, harness.ConnectWebSocket(EngineHarness.Root + "?" + query).Handshake.Status);
        Assert.Equal(0, harness.Engine.HeldSessions);
    }

    [Fact]
    public void A_repeated_sid_does_not_reach_its_session()
    {
        using var harness = new EngineHarness();
        var target = harness.Open();
        var sid = target[(target.IndexOf("sid=", StringComparison.Ordinal) + 4)..];
        Assert.Equal(400, harness.Get($"{target}&sid={sid}").Status);
        Assert.Equal(400, harness.Connect().Post($"{target}&sid={sid}", "4x").Status);
        Assert.Empty(harness.Handler.Messages(harness.Session));
        Assert.Equal("ok", harness.Connect().Post(target, "4x").Text);
    }

    [Theory]
    [InlineData("__proto__")]
    [InlineData("constructor")]
    [InlineData("hasOwnProperty")]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAA+")]
    [InlineData("AAAAAAAAAAAAAAAAAAA%00")]
    [InlineData("AAAAAAAAAAAAAAAAAA%C3%A4")]
    [InlineData("AAAAAAAAAAAAAAAAAAA%20")]
    [InlineData("../../../../etc/pass")]
    public void CVE_2026_59724_and_CVE_2026_102600_an_id_that_no_session_can_have_is_unknown(string sid)
    {
        using var harness = new EngineHarness();
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", harness.Get($"{EngineHarness.Polling}&sid={sid}").Text);
        Assert.Equal(400, harness.ConnectWebSocket($"{EngineHarness.WebSocket}&sid={sid}").Handshake.Status);
        Assert.Equal(400, harness.Connect().Post($"{EngineHarness.Polling}&sid={sid}", "4x").Status);
    }

    [Fact]
    public void CVE_2026_102600_an_id_with_a_forged_node_or_loop_is_unknown()
    {
        using var harness = new EngineHarness(new EngineOptions { NodeId = 77 }, loops: 2);
        for (var i = 0; i < 100; i++)
        {
            var otherNode = RandomId.Create(76, 0).ToString();
            var noLoop = RandomId.Create(77, 2).ToString();
            var guessed = RandomId.Create(77, i % 2).ToString();
            foreach (var sid in (string[])[otherNode, noLoop, guessed])
            {
                Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", harness.Get($"{EngineHarness.Polling}&sid={sid}").Text);
            }
        }
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("application/json")]
    [InlineData("text/html")]
    [InlineData("text/plainx")]
    [InlineData(",")]
    public void CVE_2026_59725_an_invalid_content_type_ends_its_response_and_its_session(string type)
    {
        using var harness = new EngineHarness();
        for (var i = 0; i < 50; i++)
        {
            var target = harness.Open();
            var poll = harness.Connect().Send("GET", target);
            var post = harness.Connect();
            Assert.Equal(400, post.Post(target, "4x", "Content-Type: " + type).Status);
            Assert.Equal("1", poll.Receive().Text);
            poll.Close();
            post.Close();
        }

        Assert.Equal(0, harness.Engine.HeldSessions);
    }

    [Theory]
    [InlineData("EIO=3&")]
    [InlineData("")]
    [InlineData("EIO=5&")]
    [InlineData("EIO=&")]
    public void CVE_2026_102599_a_request_cannot_choose_another_revision_than_its_session(string revision)
    {
        using var harness = new EngineHarness();
        var target = harness.Open();
        var other = target.Replace("EIO=4&", revision, StringComparison.Ordinal);
        Assert.Equal(400, harness.Get(other).Status);
        Assert.Equal(400, harness.Connect().Post(other, "4x").Status);
        Assert.Equal(400, harness.ConnectWebSocket(EngineHarness.ToWebSocket(other)).Handshake.Status);
        Assert.Equal(1, harness.Engine.SessionCount);
        Assert.Equal("ok", harness.Connect().Post(target, "4x").Text);
        Assert.Equal(["x"], harness.Handler.Messages(harness.Session));
    }

    [Fact]
    public void EngineIO_6_6_7_the_application_is_asked_on_every_transport_that_opens_a_session()
    {
        var asked = 0;
        using var harness = new EngineHarness(new EngineOptions
        {
            AllowRequest = _ =>
            {
                asked++;
                return AllowRequestResult.Deny("no");
            },
        });
        Assert.Equal(403, harness.Get(EngineHarness.Polling).Status);
        Assert.Equal(403, harness.ConnectWebSocket().Handshake.Status);
        Assert.Equal(400, harness.Get(EngineHarness.Root + "?EIO=4&transport=webtransport").Status);
        Assert.Equal(2, asked);
        Assert.Equal(0, harness.Engine.HeldSessions);
    }

    [Fact]
    public void CVE_2026_48802_a_flood_of_pongs_starts_no_timer_and_a_refused_request_is_not_read()
    {
        using var harness = new EngineHarness(new EngineOptions { AllowRequest = r => r.Query("t") == "1" ? AllowRequestResult.Deny() : AllowRequestResult.Allow });
        var peer = harness.ConnectWebSocket();
        peer.Take();
        var pong = WebSocketPeer.Frame(0x1, "3"u8.ToArray());
        peer.Peer.Send([.. Enumerable.Repeat(pong, 10_000).SelectMany(p => p)]);
        harness.Run();
        harness.Advance(24_999);
        Assert.Empty(peer.Take());
        harness.Advance(1);
        Assert.Equal(["2"], peer.Take());
        peer.Peer.Send([.. Enumerable.Repeat(pong, 10_000).SelectMany(p => p)]);
        harness.Run();
        harness.Advance(25_000);
        Assert.Equal(["2"], peer.Take());

        var stranger = harness.Connect();
        stranger.Peer.Send(Encoding.ASCII.GetBytes($"POST {EngineHarness.Polling}&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"));
        harness.Run();
        Assert.Equal(400, stranger.Receive().Status);
        Assert.True(stranger.IsClosed);
    }

    [Fact]
    public void CVE_2026_114146_a_page_of_another_origin_that_knows_the_id_is_refused_and_the_session_lives_on()
    {
        using var harness = new EngineHarness();
        var open = harness.Connect().Get(EngineHarness.Polling, "Origin: https://good.example");
        var target = EngineHarness.Polling + "&sid=" + EngineHarness.Sid(open.Text);
        Assert.Equal(400, harness.Connect().Post(target, "4stolen", "Origin: https://evil.example").Status);
        Assert.Equal(400, harness.Get(target, "Origin: https://evil.example").Status);
        Assert.Equal(400, harness.ConnectWebSocket(EngineHarness.ToWebSocket(target), headers: "Origin: https://evil.example").Handshake.Status);
        Assert.Equal("ok", harness.Connect().Post(target, "4mine", "Origin: https://good.example").Text);
        Assert.Equal(["mine"], harness.Handler.Messages(harness.Session));
        Assert.Equal("ORIGIN_MISMATCH", harness.Errors[0].Context["name"]);
    }

    [Fact]
    public void A_client_cannot_propose_its_id_and_a_cookie_is_none()
    {
        using var harness = new EngineHarness(new EngineOptions { Cookie = new CookieOptions() });
        var proposed = RandomId.Create(1, 0).ToString();
        Assert.Equal(400, harness.Get($"{EngineHarness.Polling}&sid={proposed}").Status);
        var response = harness.Get(EngineHarness.Polling, $"Cookie: io={proposed}");
        Assert.NotEqual(proposed, EngineHarness.Sid(response.Text));
        Assert.Contains("HttpOnly", response.Header("Set-Cookie"), StringComparison.Ordinal);
        Assert.Contains("SameSite", response.Header("Set-Cookie"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 200)]
    [InlineData(3, 503)]
    public void There_are_at_most_as_many_sessions_as_the_limit_says(int handshakes, int last)
    {
        using var harness = new EngineHarness(new EngineOptions { MaxSessions = 2 });
        for (var i = 1; i < handshakes; i++)
        {
            harness.Open();
        }

        var response = harness.Get(EngineHarness.Polling);
        Assert.Equal(last, response.Status);
        if (last == 503)
        {
            Assert.Equal("5", response.Header("Retry-After"));
            Assert.Equal(503, harness.ConnectWebSocket().Handshake.Status);
            harness.Advance(45_000);
            Assert.Equal(0, harness.Engine.HeldSessions);
            Assert.Equal(200, harness.Get(EngineHarness.Polling).Status);
        }
    }
}
