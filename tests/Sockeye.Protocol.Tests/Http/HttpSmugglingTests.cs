using System.Text;
using Sockeye.Protocol.Http;
using static Sockeye.Protocol.ProtocolError;
using static Sockeye.Protocol.Tests.Http.HttpReading;

namespace Sockeye.Protocol.Tests.Http;

/// <summary>What two servers could read differently is refused: each case in one piece, cut at every byte, and byte by byte.</summary>
public sealed class HttpSmugglingTests
{
    private static void Refused(string text, ProtocolError expected)
    {
        var result = ReadHead(text);
        Assert.Equal(new HeadResult(HttpReadStatus.Failed, expected, 0, ""), result);
    }

    private static void FieldRefused(string field, ProtocolError expected) => Refused($"POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n", expected);

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 0")]
    public void Content_length_next_to_transfer_encoding_is_refused(string fields) => FieldRefused(fields, HttpContentLengthWithTransferEncoding);

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 5")]
    [InlineData("Content-Length: 5\r\nX: y\r\ncontent-length: 6")]
    public void A_repeated_content_length_is_refused(string fields) => FieldRefused(fields, HttpContentLengthRepeated);

    [Theory]
    [InlineData("5, 5")]
    [InlineData("5,5")]
    [InlineData("")]
    [InlineData("+5")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("0x5")]
    [InlineData("5_0")]
    [InlineData("5 5")]
    [InlineData("5.0")]
    [InlineData("5e1")]
    [InlineData("0x")]
    [InlineData("five")]
    [InlineData("\"5\"")]
    [InlineData("5;")]
    [InlineData("\u00A05")]
    [InlineData("5\u0085")]
    [InlineData("\u00B2")]
    [InlineData("0000000000000000005")]
    [InlineData("9999999999999999999")]
    [InlineData("18446744073709551621")]
    public void An_odd_content_length_is_refused(string value) => FieldRefused("Content-Length: " + value, HttpContentLengthMalformed);

    [Theory]
    [InlineData("chunked, chunked")]
    [InlineData("chunked,")]
    [InlineData(",chunked")]
    [InlineData("chunked;q=1")]
    [InlineData("chunked, identity")]
    [InlineData("identity")]
    [InlineData("identity, chunked")]
    [InlineData("gzip,")]
    [InlineData(",gzip, chunked")]
    [InlineData("chunked, gzip")]
    [InlineData("gzip, chunked, chunked")]
    [InlineData("br, chunked")]
    [InlineData("chunked, xchunked")]
    [InlineData("xchunked")]
    [InlineData("chunkedx")]
    [InlineData("chunk")]
    [InlineData("\"chunked\"")]
    [InlineData("\u0085chunked")]
    [InlineData("chunked\u00A0")]
    [InlineData("ch unked")]
    [InlineData("")]
    public void A_transfer_encoding_other_than_chunked_is_refused(string value) => FieldRefused("Transfer-Encoding: " + value, HttpTransferEncodingMalformed);

    [Theory]
    [InlineData("gzip")]
    [InlineData("Deflate")]
    [InlineData("compress")]
    [InlineData("x-gzip")]
    [InlineData("x-compress")]
    [InlineData("gzip, chunked")]
    [InlineData("Deflate ,\tgzip,CHUNKED")]
    public void A_known_transfer_coding_is_not_implemented(string value) => FieldRefused("Transfer-Encoding: " + value, HttpTransferEncodingUnsupported);

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\ntransfer-encoding: x")]
    public void A_repeated_transfer_encoding_is_refused(string fields) => FieldRefused(fields, HttpTransferEncodingRepeated);

    [Fact]
    public void Transfer_encoding_in_version_1_0_is_refused() =>
        Refused("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", HttpTransferEncodingInHttp10);

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n")]
    [InlineData("GET / HTTP/1.1\r\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n")]
    public void A_bare_line_feed_is_refused(string text) => Refused(text, HttpBareLineFeed);

    [Theory]
    [InlineData("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/\r1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX\r: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX:\r y\r\n\r\n")]
    [InlineData("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void A_bare_carriage_return_is_refused(string text) => Refused(text, HttpBareCarriageReturn);

    public static TheoryData<int> ControlBytes() => [.. Enumerable.Range(0, 0x20).Where(b => b is not ('\t' or '\r' or '\n')), 0x7F];

    [Theory]
    [MemberData(nameof(ControlBytes))]
    public void A_control_byte_in_a_value_is_refused(int b)
    {
        FieldRefused($"X: a{(char)b}b", HttpControlCharacter);
        FieldRefused($"X: {(char)b}", HttpControlCharacter);
        FieldRefused($"Content-Length: 5{(char)b}", HttpControlCharacter);
    }

    [Theory]
    [InlineData(" X: y")]
    [InlineData("\tX: y")]
    [InlineData("X: y\r\n more")]
    [InlineData("Transfer-Encoding: chunked\r\n , identity")]
    [InlineData("X: y\r\n ")]
    public void A_folded_line_is_refused(string fields) => FieldRefused(fields, HttpFoldedHeader);

    [Fact]
    public void A_blank_at_the_start_of_the_first_field_line_is_refused() =>
        Refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n", HttpFoldedHeader);

    [Theory]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData("X\t: y")]
    [InlineData(": y")]
    [InlineData("X")]
    [InlineData("X y")]
    [InlineData("Content-Length 5")]
    [InlineData("(X): y")]
    [InlineData("X@: y")]
    [InlineData("X\u00FC: y")]
    [InlineData("Connection: clo\u00FCse")]
    [InlineData("Connection: a b")]
    public void A_malformed_field_line_is_refused(string field) => FieldRefused(field, HttpHeaderMalformed);

    [Fact]
    public void Every_byte_that_is_no_token_character_is_refused_at_every_place_of_a_name()
    {
        const string Token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        for (var b = 0; b < 256; b++)
        {
            foreach (var name in new[] { (char)b + "ame", "n" + (char)b + "me", "nam" + (char)b })
            {
                var bytes = Bytes($"GET / HTTP/1.1\r\nHost: a\r\n{name}: x\r\n\r\n");
                var isName = Token.Contains((char)b, StringComparison.Ordinal) || (b == ':' && name[0] != ':');
                Assert.Equal(isName ? HttpReadStatus.Complete : HttpReadStatus.Failed, ReadHead(bytes, [bytes.Length]).Status);
            }
        }
    }

    [Fact]
    public void Mutations_of_transfer_encoding_never_pass_as_chunked()
    {
        string[] noise = ["\0", "\x01", "\x08", "\x0b", "\x0c", "\x1c", "\x7f", "\u0085", "\u00A0", "\u00FF", "\r", "\n", "x", "\""];
        foreach (var n in noise)
        {
            foreach (var field in new[] { $"{n}Transfer-Encoding: chunked", $"Transfer{n}Encoding: chunked", $"Transfer-Encoding{n}: chunked", $"Transfer-Encoding:{n}chunked", $"Transfer-Encoding: {n}chunked", $"Transfer-Encoding: chu{n}nked", $"Transfer-Encoding: chunked{n}", $"Transfer-Encoding: chunked {n}" })
            {
                var bytes = Bytes($"POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
                HttpHeadReader reader = new(HttpLimits.Default);
                var status = reader.Read(bytes, out _);
                var isOtherName = n == "x" && !field.StartsWith("Transfer-Encoding:", StringComparison.Ordinal);
                Assert.Equal(isOtherName ? HttpReadStatus.Complete : HttpReadStatus.Failed, status);
                Assert.False(isOtherName && reader.Head.IsChunked);
            }
        }
    }

    [Theory]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(" GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\0GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\x0bGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\r\n GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\u00EF\u00BB\u00BFGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\x16\x03\x01\x02\0")]
    public void Anything_but_one_CRLF_before_the_request_line_is_refused(string text) => Refused(text, HttpLeadingBytes);

    [Fact]
    public void One_CRLF_before_the_request_line_is_tolerated()
    {
        var result = ReadHead("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(HttpReadStatus.Complete, result.Status);
        Assert.Equal(29, result.Consumed);
    }

    [Theory]
    [InlineData("GET /")]
    [InlineData("GET")]
    [InlineData("GET  / HTTP/1.1")]
    [InlineData("GET /  HTTP/1.1")]
    [InlineData("GET / HTTP/1.1 ")]
    [InlineData("GET / HTTP/1.1 x")]
    [InlineData("GET /a b HTTP/1.1")]
    [InlineData("GET\t/\tHTTP/1.1")]
    [InlineData("GET / HTTP/1.32")]
    [InlineData("GET / HTTP/1.10")]
    [InlineData("GET / HTTP/1")]
    [InlineData("GET / HTTP/11")]
    [InlineData("GET / HTTP/1.")]
    [InlineData("GET / HTTP/01.1")]
    [InlineData("GET / HTTP/+1.1")]
    [InlineData("GET / HTTP/1,1")]
    [InlineData("GET / http/1.1")]
    [InlineData("GET / Http/1.1")]
    [InlineData("GET / HTTPS/1.1")]
    [InlineData("GET / ICAP/1.0")]
    [InlineData("GET / HTTP/1.1\0")]
    [InlineData("G(ET / HTTP/1.1")]
    [InlineData("G\0ET / HTTP/1.1")]
    [InlineData("G\u00FCT / HTTP/1.1")]
    public void A_malformed_request_line_is_refused(string line) => Refused(Request(line, "Host: a"), HttpRequestLineMalformed);

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/0.9\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/3.1\r\nHost: a\r\n\r\n")]
    public void Another_major_version_is_not_supported(string text) => Refused(text, HttpVersionUnsupported);

    [Theory]
    [InlineData("a")]
    [InlineData("*")]
    [InlineData("a:80")]
    [InlineData("http:/a")]
    [InlineData("http://")]
    [InlineData("http:///x")]
    [InlineData("http://?x")]
    [InlineData("ftp://a/")]
    [InlineData("ws://a/")]
    [InlineData("?x")]
    [InlineData("/a#b")]
    [InlineData("/a?b#c")]
    [InlineData("/\u00FC")]
    [InlineData("/?\u00FC")]
    [InlineData("/\0")]
    [InlineData("/\t")]
    [InlineData("/\x7f")]
    public void A_target_in_another_form_or_with_other_bytes_is_refused(string target) => Refused(Request($"GET {target} HTTP/1.1", "Host: a"), HttpTargetMalformed);

    [Theory]
    [InlineData("CONNECT a:443 HTTP/1.1")]
    [InlineData("OPTIONS ** HTTP/1.1")]
    [InlineData("options * HTTP/1.1")]
    public void The_authority_form_and_a_stray_asterisk_are_refused(string line) => Refused(Request(line, "Host: a"), HttpTargetMalformed);

    [Theory]
    [InlineData("/%")]
    [InlineData("/%4")]
    [InlineData("/%zz")]
    [InlineData("/%4z")]
    [InlineData("/%z4")]
    [InlineData("/%%41")]
    [InlineData("/%u0041")]
    [InlineData("/%+1")]
    [InlineData("/%00")]
    [InlineData("/a%0d%0ab")]
    [InlineData("/%1F")]
    [InlineData("/%7f")]
    [InlineData("/a%2Fb")]
    [InlineData("/a%2fb")]
    [InlineData("/..%5c..")]
    [InlineData("/%41%?x")]
    [InlineData("http://a/%4")]
    public void A_percent_that_is_malformed_or_hides_the_shape_of_the_path_is_refused(string target) =>
        Refused(Request($"GET {target} HTTP/1.1", "Host: a"), HttpPercentEncodingMalformed);

    [Fact]
    public void A_missing_host_is_refused() => Refused("GET / HTTP/1.1\r\n\r\n", HttpHostMissing);

    [Theory]
    [InlineData("Host: a")]
    [InlineData("Host: b")]
    [InlineData("host:")]
    public void A_second_host_is_refused(string field) => FieldRefused(field, HttpHostRepeated);

    [Theory]
    [InlineData("")]
    [InlineData("a,b")]
    [InlineData("a, b")]
    [InlineData("a b")]
    [InlineData("user@a")]
    [InlineData("user:pw@a")]
    [InlineData("a/")]
    [InlineData("a?b")]
    [InlineData("a\\b")]
    [InlineData("http://a")]
    [InlineData(":80")]
    [InlineData("a:b")]
    [InlineData("a:+1")]
    [InlineData("a:65536")]
    [InlineData("a:99999999999999999999")]
    [InlineData("a:80:80")]
    [InlineData("[::1")]
    [InlineData("::1")]
    [InlineData("[]")]
    [InlineData("[::1]80")]
    [InlineData("[::1%eth0]")]
    [InlineData("[x]")]
    [InlineData("%61")]
    [InlineData("<a>")]
    [InlineData("ü")]
    public void A_malformed_host_is_refused(string host) => Refused(Request("GET / HTTP/1.1", "Host: " + host), HttpHostMalformed);

    [Theory]
    [InlineData("http://b/", "a")]
    [InlineData("http://a:81/", "a")]
    [InlineData("http://a:443/", "a")]
    [InlineData("https://a:80/", "a")]
    [InlineData("http://[::1]:81/", "[::1]")]
    [InlineData("http://[::2]/", "[::1]")]
    [InlineData("http://user@a/", "a")]
    [InlineData("https://a.b/", "a")]
    public void An_absolute_target_must_have_the_authority_of_the_host(string target, string host) =>
        Refused(Request($"GET {target} HTTP/1.1", "Host: " + host), HttpHostMismatch);

    [Theory]
    [InlineData("http://a/", "a")]
    [InlineData("http://A/", "a")]
    [InlineData("HTTP://a.Example/x", "A.eXAMPLE")]
    [InlineData("http://a:80/", "a")]
    [InlineData("http://a/", "a:80")]
    [InlineData("http://a:/", "a")]
    [InlineData("https://a:443/", "a")]
    [InlineData("https://a/", "a:443")]
    [InlineData("http://a:81/", "A:81")]
    [InlineData("http://[::1]:80/", "[::1]")]
    public void An_absolute_target_may_name_the_default_port_or_another_case_of_the_host(string target, string host) =>
        Assert.Equal(HttpReadStatus.Complete, ReadHead($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").Status);

    [Theory]
    [InlineData("HTTP/1.2")]
    [InlineData("HTTP/1.9")]
    public void A_higher_minor_version_is_processed_as_1_1(string version)
    {
        HttpHeadReader reader = new(new HttpLimits());
        Assert.Equal(HttpReadStatus.Complete, reader.Read(Encoding.ASCII.GetBytes($"GET / {version}\r\nHost: a\r\n\r\n"), out _));
        Assert.Equal(1, reader.Head.MinorVersion);
        Assert.True(reader.Head.KeepAlive);
        Refused(Request("GET / " + version), HttpHostMissing);
    }

    [Fact]
    public void An_absolute_target_without_host_is_refused_in_version_1_0() => Refused(Request("GET http://a/ HTTP/1.0"), HttpHostMismatch);

    [Theory]
    [InlineData("200-ok")]
    [InlineData("100-continue, 100-continue")]
    [InlineData("")]
    public void Another_expectation_fails(string value) => FieldRefused("Expect: " + value, HttpExpectationFailed);

    [Theory]
    [InlineData("Content-Length: 1")]
    [InlineData("Transfer-Encoding: chunked")]
    public void An_upgrade_with_a_body_is_refused(string field) =>
        FieldRefused($"Upgrade: websocket\r\nConnection: Upgrade\r\n{field}", HttpUpgradeWithBody);

    [Fact]
    public void An_upgrade_with_an_empty_body_is_accepted() =>
        Assert.True(Head(Request("GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Content-Length: 0")).IsUpgrade);

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    [InlineData("")]
    public void A_content_coding_is_not_supported(string value) => FieldRefused("Content-Encoding: " + value, HttpContentEncodingUnsupported);

    [Fact]
    public void The_identity_coding_is_accepted() =>
        Assert.True(Head(Request("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Encoding: identity")).HasBody);
}
