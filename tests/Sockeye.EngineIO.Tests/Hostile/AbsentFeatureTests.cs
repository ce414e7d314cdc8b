using System.Text;
using Sockeye.EngineIO.Tests.Sessions;

namespace Sockeye.EngineIO.Tests.Hostile;

/// <summary>What is not offered cannot be attacked: each feature that others have had trouble with is refused.</summary>
public class AbsentFeatureTests
{
    private static Response Raw(EngineHarness harness, string request)
    {
        var peer = harness.Connect();
        peer.Peer.Send(Encoding.Latin1.GetBytes(request));
        harness.Run();
        return peer.Receive();
    }

    [Fact]
    public void The_preface_of_HTTP_2_gets_505_and_the_connection_ends()
    {
        using var harness = new EngineHarness();
        var peer = harness.Connect();
        peer.Peer.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0"u8);
        harness.Run();
        Assert.Equal(505, peer.Receive().Status);
        Assert.True(peer.IsClosed);
        Assert.Empty(peer.TakeRest());
    }

    [Fact]
    public void An_upgrade_to_h2c_is_not_followed()
    {
        using var harness = new EngineHarness();
        var response = harness.Get(EngineHarness.Polling, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__");
        Assert.Equal(200, response.Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void A_compressed_body_gets_415(string coding)
    {
        using var harness = new EngineHarness();
        var target = harness.Open();
        Assert.Equal(415, Raw(harness, $"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n4x").Status);
        Assert.Equal(1, harness.Engine.SessionCount);
    }

    [Fact]
    public void WebTransport_is_an_unknown_transport()
    {
        using var harness = new EngineHarness();
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", harness.Get(EngineHarness.Root + "?EIO=4&transport=webtransport").Text);
        Assert.Equal(400, Raw(harness, "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\nProtocol: webtransport\r\n\r\n").Status);
    }

    [Fact]
    public void A_script_callback_is_not_wrapped_around_an_answer()
    {
        using var harness = new EngineHarness();
        var response = harness.Get(EngineHarness.Polling + "&j=0");
        Assert.StartsWith("0{", response.Text, StringComparison.Ordinal);
        Assert.StartsWith("text/plain", response.Header("Content-Type"), StringComparison.Ordinal);
    }

    [Fact]
    public void Revision_3_is_refused_with_code_5()
    {
        using var harness = new EngineHarness();
        Assert.Equal("""{"code":5,"message":"Unsupported protocol version"}""", harness.Get(EngineHarness.Root + "?EIO=3&transport=polling").Text);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("get")]
    [InlineData("PROPFIND")]
    public void Other_methods_open_nothing(string method)
    {
        using var harness = new EngineHarness();
        Assert.InRange(Raw(harness, $"{method} {EngineHarness.Polling} HTTP/1.1\r\nHost: x\r\n\r\n").Status, 400, 501);
        Assert.Equal(0, harness.Engine.HeldSessions);
    }

    [Fact]
    public void The_answer_tells_nothing_about_the_server()
    {
        using var harness = new EngineHarness();
        var response = harness.Get(EngineHarness.Polling);
        Assert.Null(response.Header("Server"));
        Assert.Null(response.Header("X-Powered-By"));
        Assert.Equal("", harness.Get("/nothing/here").Text);
    }

    [Fact]
    public void A_request_hidden_behind_a_refused_one_is_never_answered()
    {
        using var harness = new EngineHarness();
        var peer = harness.Connect();
        peer.Peer.Send(Encoding.ASCII.GetBytes($"POST {EngineHarness.Polling} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET {EngineHarness.Polling} HTTP/1.1\r\nHost: x\r\n\r\n"));
        harness.Run();
        Assert.Equal(400, peer.Receive().Status);
        Assert.Empty(peer.TakeRest());
        Assert.True(peer.IsClosed);
        Assert.Equal(0, harness.Engine.HeldSessions);
    }

    [Fact]
    public void A_request_hidden_behind_a_refused_upgrade_is_never_answered()
    {
        using var harness = new EngineHarness();
        var peer = harness.Connect();
        peer.Peer.Send(
        [
            .. HttpPeer.Request("GET", EngineHarness.WebSocket + "&sid=AAAAAAAAAAAAAAAAAAAA", null, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
            .. HttpPeer.Request("GET", EngineHarness.Polling),
        ]);
        harness.Run();
        Assert.Equal(400, peer.Receive().Status);
        Assert.Empty(peer.TakeRest());
        Assert.Equal(0, harness.Engine.HeldSessions);
    }
}
