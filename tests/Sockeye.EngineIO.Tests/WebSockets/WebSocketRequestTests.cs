namespace Sockeye.EngineIO.Tests;

public sealed class WebSocketRequestTests
{
    [Fact]
    public void A_session_reads_the_query_that_it_was_opened_with_as_text()
    {
        string?[] read = [];
        var handler = new RecordingHandler { Opened = session => read = [session.Query("name"), session.Query("of"), session.Query("no")] };
        using var server = new HttpTestServer(s => s.MapWebSocket("/ws", handler));
        var request = WebSocketTestClient.Request.Replace("/ws", "/ws?name=Kessel%20%C3%A4&of=&name=second", StringComparison.Ordinal);
        Assert.Equal(WebSocketTestClient.Response, server.Exchange(server.Connect(0), request));
        Assert.Equal(["Kessel \u00e4", "", null], read);
    }

    [Fact]
    public void A_session_reads_the_headers_that_it_was_opened_with()
    {
        string?[] read = [];
        var handler = new RecordingHandler { Opened = session => read = [session.Header("authorization"), session.Header("Cookie"), session.Header("no")] };
        using var server = new HttpTestServer(s => s.MapWebSocket("/ws", handler));
        var request = WebSocketTestClient.Request.Replace("\r\n\r\n", "\r\nAuthorization: Bearer abc\r\ncookie: a=1\r\ncookie: b=2\r\n\r\n", StringComparison.Ordinal);
        Assert.Equal(WebSocketTestClient.Response, server.Exchange(server.Connect(0), request));
        Assert.Equal(["Bearer abc", "a=1; b=2", null], read);
    }
}
