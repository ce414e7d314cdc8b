using System.Text;
using Sockeye.Protocol.Http;
using static Sockeye.Protocol.Tests.Http.HttpReading;
using HttpMethod = Sockeye.Protocol.Http.HttpMethod;

namespace Sockeye.Protocol.Tests.Http;

public sealed class HttpHeadReaderTests
{
    private const string Simple = "GET /chat?x=1 HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public void A_request_is_read_with_all_its_parts()
    {
        var head = Head(Request("POST /engine.io/?EIO=4&sid=abc HTTP/1.1", "Host: example.org:8080", "Content-Length:  12\t", "X-Empty:", "Cookie: a=1", "cookie: b=2"));

        Assert.Equal(HttpMethod.Post, head.Method);
        Assert.Equal("POST", head.MethodText);
        Assert.Equal("/engine.io/?EIO=4&sid=abc", head.Url);
        Assert.Equal("/engine.io/"u8, head.Path);
        Assert.Equal("EIO=4&sid=abc"u8, head.Query);
        Assert.Equal(1, head.MinorVersion);
        Assert.True(head.KeepAlive);
        Assert.Equal(12, head.ContentLength);
        Assert.True(head.HasBody);
        Assert.False(head.IsChunked);
        Assert.False(head.IsUpgrade);
        Assert.Equal(5, head.HeaderCount);
        Assert.Equal("Host"u8, head.HeaderName(0));
        Assert.Equal("example.org:8080"u8, head.HeaderValue(0));
        Assert.True(head.TryGetHeader("content-length"u8, out var length));
        Assert.Equal("12"u8, length);
        Assert.Equal("", head.Header("x-empty"));
        Assert.Equal("a=1; b=2", head.Header("Cookie"));
        Assert.Null(head.Header("origin"));
        Assert.False(head.TryGetHeader("origin"u8, out _));
        Assert.True(head.TryGetHeader("COOKIE"u8, out var first));
        Assert.Equal("a=1"u8, first);
        Assert.False(head.TryGetSingleHeader("cookie"u8, out _));
        Assert.True(head.TryGetSingleHeader("host"u8, out _));
    }

    [Theory]
    [InlineData("GET", HttpMethod.Get)]
    [InlineData("POST", HttpMethod.Post)]
    [InlineData("OPTIONS", HttpMethod.Options)]
    [InlineData("HEAD", HttpMethod.Head)]
    [InlineData("PUT", HttpMethod.Put)]
    [InlineData("DELETE", HttpMethod.Delete)]
    [InlineData("PATCH", HttpMethod.Patch)]
    [InlineData("get", HttpMethod.Other)]
    [InlineData("GETS", HttpMethod.Other)]
    [InlineData("TRACE", HttpMethod.Other)]
    [InlineData("A234567890123456", HttpMethod.Other)]
    public void Methods_are_known_by_their_exact_spelling(string text, HttpMethod expected)
    {
        var head = Head(Request(text + " / HTTP/1.1", "Host: a"));
        Assert.Equal(expected, head.Method);
        Assert.Equal(text, head.MethodText);
    }

    [Fact]
    public void Every_split_of_the_bytes_gives_the_same_head()
    {
        var result = ReadHead("\r\n" + Request("GET http://a:80/x%20y?z=%zz HTTP/1.1", "Host: a:80", "Upgrade: WebSocket", "Connection: keep-alive, Upgrade") + "rest");
        Assert.Equal(HttpReadStatus.Complete, result.Status);
        Assert.Contains("/x y?z=%zz", result.Head);
    }

    [Fact]
    public void Bytes_behind_the_head_are_not_consumed()
    {
        HttpHeadReader reader = new(HttpLimits.Default);
        var bytes = Bytes(Simple + "body and more");
        Assert.Equal(HttpReadStatus.Complete, reader.Read(bytes, out var consumed));
        Assert.Equal(Simple.Length, consumed);
    }

    [Fact]
    public void A_reader_serves_one_request_after_another()
    {
        HttpHeadReader reader = new(HttpLimits.Default);
        var bytes = Bytes(Simple + Request("POST /b HTTP/1.0"));
        Assert.Equal(HttpReadStatus.Complete, reader.Read(bytes, out var first));
        var kept = reader.Head;
        Assert.Equal(HttpReadStatus.Complete, reader.Read(bytes.AsSpan(first), out var none));
        Assert.Equal(0, none);

        reader.Reset();
        Assert.Equal(HttpReadStatus.Complete, reader.Read(bytes.AsSpan(first), out var second));
        Assert.Equal(bytes.Length, first + second);
        Assert.Equal("/b", reader.Head.Url);
        Assert.Equal("/chat?x=1", kept.Url);
    }

    [Fact]
    public void A_failed_reader_reads_nothing_until_it_is_reset()
    {
        HttpHeadReader reader = new(HttpLimits.Default);
        Assert.Equal(HttpReadStatus.Failed, reader.Read("\n"u8, out _));
        Assert.Equal(HttpReadStatus.Failed, reader.Read(Bytes(Simple), out var consumed));
        Assert.Equal(0, consumed);
        Assert.False(reader.HasPartial);

        reader.Reset();
        Assert.Equal(ProtocolError.None, reader.Error);
        Assert.Equal(HttpReadStatus.Complete, reader.Read(Bytes(Simple), out _));
    }

    [Fact]
    public void A_head_outlives_the_bytes_it_was_read_from()
    {
        HttpHeadReader reader = new(HttpLimits.Default);
        var bytes = Bytes(Simple);
        reader.Read(bytes, out _);
        var head = reader.Head;
        bytes.AsSpan().Fill(0xFF);
        reader.Reset();
        Assert.Equal("/chat"u8, head.Path);
        Assert.Equal("a", head.Header("host"));
    }

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "close", false)]
    [InlineData("HTTP/1.1", "Close", false)]
    [InlineData("HTTP/1.1", "keep-alive, close", false)]
    [InlineData("HTTP/1.1", "closer", true)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "keep-alive", true)]
    [InlineData("HTTP/1.0", "x ,\tKeep-Alive", true)]
    [InlineData("HTTP/1.0", "keep-alive,close", false)]
    public void A_connection_is_kept_as_the_version_and_the_field_say(string version, string connection, bool expected) =>
        Assert.Equal(expected, Head(Request("GET / " + version, "Host: a", "Connection: " + connection)).KeepAlive);

    [Theory]
    [InlineData("HTTP/1.1", "websocket", "Upgrade", true)]
    [InlineData("HTTP/1.1", "WebSocket", "keep-alive, UPGRADE", true)]
    [InlineData("HTTP/1.1", "h2c, websocket", "upgrade", true)]
    [InlineData("HTTP/1.1", "h2c", "upgrade", false)]
    [InlineData("HTTP/1.1", "websocket", "keep-alive", false)]
    [InlineData("HTTP/1.1", "websockets", "upgrade", false)]
    [InlineData("HTTP/1.0", "websocket", "upgrade", false)]
    public void An_upgrade_needs_both_fields_and_version_1_1(string version, string upgrade, string connection, bool expected) =>
        Assert.Equal(expected, Head(Request("GET / " + version, "Host: a", "Upgrade: " + upgrade, "Connection: " + connection)).IsUpgrade);

    [Theory]
    [InlineData("HTTP/1.1", "100-continue", true)]
    [InlineData("HTTP/1.1", "100-Continue", true)]
    [InlineData("HTTP/1.0", "100-continue", false)]
    public void An_expectation_counts_for_version_1_1(string version, string expect, bool expected) =>
        Assert.Equal(expected, Head(Request("POST / " + version, "Host: a", "Content-Length: 1", "Expect: " + expect)).ExpectContinue);

    [Theory]
    [InlineData("/", "/", "")]
    [InlineData("/a/b", "/a/b", "")]
    [InlineData("/a?b?c", "/a", "b?c")]
    [InlineData("/?", "/", "")]
    [InlineData("//a/../b", "//a/../b", "")]
    [InlineData("/%41%c3%bc", "/Aü", "")]
    [InlineData("/%2561", "/%61", "")]
    [InlineData("/a?%", "/a", "%")]
    [InlineData("/a?b=%zz&c=%00", "/a", "b=%zz&c=%00")]
    [InlineData("/[x]|\"{}^`<>", "/[x]|\"{}^`<>", "")]
    [InlineData("http://a", "/", "")]
    [InlineData("http://a/", "/", "")]
    [InlineData("HTTPS://A/b?c", "/b", "c")]
    [InlineData("http://a?c=/d", "/", "c=/d")]
    public void A_target_gives_path_and_query(string target, string path, string query)
    {
        var head = Head(Request($"GET {target} HTTP/1.1", "Host: a"));
        Assert.Equal(path, Encoding.UTF8.GetString(head.Path));
        Assert.Equal(query, Encoding.UTF8.GetString(head.Query));
        Assert.Equal(target, head.Url);
    }

    [Fact]
    public void A_long_encoded_path_is_decoded()
    {
        var encoded = string.Concat(Enumerable.Repeat("%41", 2000));
        var head = Head(Request($"GET /{encoded} HTTP/1.1", "Host: a"));
        Assert.Equal("/" + new string('A', 2000), Encoding.UTF8.GetString(head.Path));
        Assert.Equal("a", head.Header("host"));
    }

    [Fact]
    public void The_asterisk_is_the_path_of_OPTIONS() => Assert.Equal("*"u8, Head(Request("OPTIONS * HTTP/1.1", "Host: a")).Path);

    [Theory]
    [InlineData("a")]
    [InlineData("example.org")]
    [InlineData("example.org:443")]
    [InlineData("a_b-c.d~e:0")]
    [InlineData("127.0.0.1:65535")]
    [InlineData("[::1]")]
    [InlineData("[2001:db8::1.2.3.4]:80")]
    [InlineData("a:")]
    public void A_host_with_an_optional_port_is_accepted(string host) =>
        Assert.Equal(HttpReadStatus.Complete, ReadHead(Request("GET / HTTP/1.1", "Host: " + host)).Status);

    [Fact]
    public void Version_1_0_needs_no_host() => Assert.Equal(HttpReadStatus.Complete, ReadHead(Request("GET / HTTP/1.0")).Status);

    [Theory]
    [InlineData("", -1)]
    [InlineData("Content-Length: 0", 0)]
    [InlineData("content-length: 007", 7)]
    [InlineData("Content-Length: 999999999999999999", 999999999999999999)]
    public void A_content_length_is_read(string field, long expected)
    {
        string[] lines = field.Length == 0 ? ["GET / HTTP/1.1", "Host: a"] : ["GET / HTTP/1.1", "Host: a", field];
        var head = Head(Request(lines));
        Assert.Equal(expected, head.ContentLength);
        Assert.Equal(expected > 0, head.HasBody);
    }

    [Theory]
    [InlineData("chunked")]
    [InlineData("Chunked")]
    [InlineData(" \tCHUNKED \t")]
    public void Chunked_is_the_one_transfer_coding(string value)
    {
        var head = Head(Request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding:" + value));
        Assert.True(head.IsChunked);
        Assert.True(head.HasBody);
        Assert.Equal(-1, head.ContentLength);
    }

    [Fact]
    public void High_bytes_in_a_value_that_is_not_interpreted_are_kept_as_Latin_1() =>
        Assert.Equal("ü\u0085 \u00A0", Head(Request("GET / HTTP/1.1", "Host: a", "X: ü\u0085 \u00A0")).Header("x"));

    [Fact]
    public void CVE_2023_43669_a_long_head_in_tiny_pieces_is_never_read_again_from_its_start()
    {
        var bytes = Bytes(Request("GET / HTTP/1.1", "Host: a", "X: " + new string('x', 15_000)));
        HttpHeadReader reader = new(HttpLimits.Default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var status = HttpReadStatus.NeedMore;
        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.True(status == HttpReadStatus.NeedMore);
            status = reader.Read(bytes.AsSpan(i, 1), out _);
        }

        Assert.Equal(HttpReadStatus.Complete, status);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5 * bytes.Length);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "/", 0)]
    [InlineData("GET /a%20b?x=%0A HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nCookie:  a=b \r\n\r\n", "/a b", 3)]
    [InlineData("OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n", "*", 1)]
    [InlineData("GET /Host:%20 HTTP/1.1\r\nHost: Host: \r\nCookie: \r\nUpgrade: websocket \r\nAccept-Language:de\tHost: \r\n\r\n", "/Host: ", 4)]
    [InlineData("GET /socket.io/?EIO=4&transport=polling&t=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (X11)\r\nOrigin: https://a\r\nPragma: no-cache\r\n\r\n", "/socket.io/", 4)]
    public void A_head_is_read_again_from_what_was_kept_of_it(string request, string path, int headers)
    {
        var head = Head(request);
        var again = HttpRequestHead.FromKept(head.Keep());
        Assert.Equal(path, Encoding.ASCII.GetString(again.Path));
        Assert.Equal(headers, again.HeaderCount);
        Assert.Equal((head.MethodText, head.Url, head.MinorVersion, head.KeepAlive, head.HasBody), (again.MethodText, again.Url, again.MinorVersion, again.KeepAlive, again.HasBody));
        Assert.Equal(Encoding.ASCII.GetString(head.Query), Encoding.ASCII.GetString(again.Query));
        for (var i = 0; i < headers; i++)
        {
            Assert.Equal(Encoding.ASCII.GetString(head.HeaderName(i)), Encoding.ASCII.GetString(again.HeaderName(i)));
            Assert.Equal(Encoding.ASCII.GetString(head.HeaderValue(i)), Encoding.ASCII.GetString(again.HeaderValue(i)));
        }
    }
}
