using Sockeye.Protocol.Http;
using static Sockeye.Protocol.ProtocolError;
using static Sockeye.Protocol.Tests.Http.HttpReading;

namespace Sockeye.Protocol.Tests.Http;

public sealed class HttpBodyReaderTests
{
    private static readonly string s_chunked = Request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");

    private static readonly HttpLimits s_small = new() { MaxChunkLineBytes = 16, MaxChunkExtensionBytes = 24, MaxTrailerCount = 2, MaxTrailerBytes = 24 };

    private static string WithLength(long length) => Request("POST / HTTP/1.1", "Host: a", "Content-Length: " + length);

    private static void Body(string body, string expected, int left = 0, HttpLimits? limits = null, long max = 1_000_000) =>
        Assert.Equal(new BodyResult(HttpReadStatus.Complete, None, body.Length - left, expected), ReadBody(s_chunked, body, limits, max));

    private static void Refused(string body, ProtocolError expected, HttpLimits? limits = null, long max = 1_000_000) =>
        Assert.Equal(new BodyResult(HttpReadStatus.Failed, expected, 0, ""), ReadBody(s_chunked, body, limits, max));

    [Fact]
    public void A_body_with_a_length_ends_where_it_was_announced() =>
        Assert.Equal(new BodyResult(HttpReadStatus.Complete, None, 5, "hello"), ReadBody(WithLength(5), "helloGET / HTTP/1.1"));

    [Fact]
    public void A_body_that_is_not_all_there_needs_more() =>
        Assert.Equal(HttpReadStatus.NeedMore, ReadBody(WithLength(6), "hello").Status);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")]
    public void CVE_2020_35863_without_a_length_there_is_no_body_and_the_next_request_is_left_alone(string head)
    {
        HttpBodyReader reader = new(Head(head), HttpLimits.Default, 1_000_000);
        Assert.True(reader.IsComplete);
        Assert.Equal(HttpReadStatus.Complete, reader.Read("GET / HTTP/1.1"u8, out var consumed, out var data));
        Assert.Equal(0, consumed);
        Assert.True(data.IsEmpty);
    }

    [Fact]
    public void Data_is_a_stretch_of_the_input_not_a_copy()
    {
        HttpBodyReader reader = new(Head(WithLength(5)), HttpLimits.Default, 1_000_000);
        var input = Bytes("hello");
        reader.Read(input, out _, out var data);
        Assert.True(data == input.AsSpan());
    }

    [Theory]
    [InlineData(16, None)]
    [InlineData(17, HttpBodyTooLarge)]
    [InlineData(999999999999999999, HttpBodyTooLarge)]
    public void An_announced_length_over_the_limit_fails_before_the_first_byte(long length, ProtocolError expected)
    {
        HttpBodyReader reader = new(Head(WithLength(length)), s_small, 16);
        Assert.Equal(expected, reader.Error);
        var status = reader.Read("x"u8, out var consumed, out _);
        Assert.Equal(expected == None ? (HttpReadStatus.NeedMore, 1) : (HttpReadStatus.Failed, 0), (status, consumed));
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("1\r\na\r\n1\r\nb\r\n0\r\n\r\n", "ab")]
    [InlineData("a\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("A\r\n0123456789\r\n00\r\n\r\n", "0123456789")]
    [InlineData("0000000000005\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n")]
    [InlineData("1;a\r\nx\r\n0;b\r\n\r\n", "x")]
    [InlineData("1;a=b;c=\"d e;\\\"\t\";f\r\nx\r\n0\r\n\r\n", "x")]
    [InlineData("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x")]
    [InlineData("0\r\nX: y\r\nContent-Length: 9\r\n\r\n", "")]
    [InlineData("0\r\nX:\r\n\r\n", "")]
    public void Chunks_are_joined_and_extensions_and_trailers_dropped(string body, string expected)
    {
        Body(body, expected);
        Body(body + "GET / HTTP/1.1\r\n", expected, left: 16);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData(";a\r\n")]
    [InlineData("+1\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("0x1\r\n")]
    [InlineData("1_0\r\n")]
    [InlineData(" 1\r\n")]
    [InlineData("1 \r\n")]
    [InlineData("1\t\r\n")]
    [InlineData("1 ;a\r\n")]
    [InlineData("g\r\n")]
    [InlineData("1g\r\n")]
    [InlineData("1.0\r\n")]
    [InlineData("\0")]
    [InlineData("1\0\r\n")]
    [InlineData("\u00B2\r\n")]
    [InlineData("1\u0085\r\n")]
    [InlineData("1\r\nx\r\n\r\n")]
    [InlineData("123456789\r\n")]
    [InlineData("0123456789\r\n")]
    public void A_malformed_chunk_size_is_refused(string body) => Refused(body, HttpChunkSizeMalformed);

    [Fact]
    public void CVE_2026_42580_a_chunk_size_that_would_wrap_around_is_refused() =>
        Refused("100000004\r\nabcd\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n", HttpChunkSizeMalformed);

    [Fact]
    public void The_greatest_chunk_size_is_over_the_limit_not_negative() => Refused("ffffffff\r\n", HttpBodyTooLarge);

    [Theory]
    [InlineData("1;\r\n")]
    [InlineData("1;;a\r\n")]
    [InlineData("1;a;\r\n")]
    [InlineData("1;a=\r\n")]
    [InlineData("1;=b\r\n")]
    [InlineData("1; a\r\n")]
    [InlineData("1;a b\r\n")]
    [InlineData("1;a =b\r\n")]
    [InlineData("1;a=b=c\r\n")]
    [InlineData("1;a=\"b\"c\r\n")]
    [InlineData("1;a=\"b\r\n")]
    [InlineData("1;a=\"\\\r\n")]
    [InlineData("1;a=b\"\r\n")]
    [InlineData("1;a=\"\0\"\r\n")]
    [InlineData("1;a\0\r\n")]
    [InlineData("1;(\r\n")]
    public void A_malformed_chunk_extension_is_refused(string body) => Refused(body, HttpChunkExtensionMalformed);

    [Fact]
    public void CVE_2026_33870_quotes_do_not_hide_a_line_end() => Refused("1;a=\"\r\nx\r\n0\r\n\r\n\"", HttpChunkExtensionMalformed);

    [Theory]
    [InlineData("1;a\nX\r\n0\r\n\r\n")]
    [InlineData("2;\n\r\nxx\r\n0\r\n\r\n")]
    [InlineData("1\nx\r\n0\r\n\r\n")]
    [InlineData("1;a=\"\n\"\r\n")]
    [InlineData("\n")]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\nX: y\n\r\n")]
    [InlineData("0\r\nX\n")]
    public void CVE_2025_58056_and_CVE_2025_22871_a_bare_line_feed_in_the_framing_is_refused(string body) => Refused(body, HttpBareLineFeed);

    [Theory]
    [InlineData("2;a\rxx\r\n0\r\n\r\n")]
    [InlineData("1\rx\r\n")]
    [InlineData("1\r\r\nx")]
    [InlineData("0\r\n\rX")]
    [InlineData("0\r\nX: y\rZ\r\n\r\n")]
    public void CVE_2025_55315_a_bare_carriage_return_in_the_framing_is_refused(string body) => Refused(body, HttpBareCarriageReturn);

    [Theory]
    [InlineData("1\r\nxy\r\n0\r\n\r\n")]
    [InlineData("1\r\nx\n0\r\n\r\n")]
    [InlineData("1\r\nx\rX")]
    [InlineData("1\r\nx0\r\n\r\n")]
    [InlineData("2\r\nx\r\n0\r\n\r\n")]
    public void Chunk_data_that_does_not_end_with_CRLF_is_refused(string body) => Refused(body, HttpChunkDataMalformed);

    [Theory]
    [InlineData("1\r\nx\r\n")]
    [InlineData("1\r\nx\r\n0\r\n")]
    [InlineData("1\r\nx\r\n0\r\nX: y\r\n")]
    [InlineData("1\r\nx\r\n0\r\n\r")]
    public void Without_the_last_chunk_and_the_empty_line_more_is_needed(string body) =>
        Assert.Equal(HttpReadStatus.NeedMore, ReadBody(s_chunked, body).Status);

    [Theory]
    [InlineData("0\r\nX\r\n")]
    [InlineData("0\r\n: y\r\n")]
    [InlineData("0\r\n X: y\r\n")]
    [InlineData("0\r\nX : y\r\n")]
    [InlineData("0\r\nX: y\0\r\n")]
    [InlineData("0\r\n\0")]
    [InlineData("0\r\nGET / HTTP/1.1\r\n")]
    public void A_malformed_trailer_is_refused(string body) => Refused(body, HttpTrailerMalformed);

    [Fact]
    public void Chunks_count_towards_the_body_limit_while_they_arrive()
    {
        Body("8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n", "0123456701234567", limits: s_small, max: 16);
        Refused("8\r\n01234567\r\n9\r\n", HttpBodyTooLarge, s_small, 16);
        Refused("11\r\n", HttpBodyTooLarge, s_small, 16);
    }

    [Fact]
    public void A_chunk_line_has_a_limit()
    {
        Body("1;" + new string('a', 14) + "\r\nx\r\n0\r\n\r\n", "x", limits: s_small);
        Refused("1;" + new string('a', 15) + "\r\nx\r\n0\r\n\r\n", HttpChunkExtensionTooLong, s_small);
        Refused(new string('0', 17), HttpChunkExtensionTooLong, s_small);
    }

    [Fact]
    public void All_chunk_extensions_together_have_a_limit()
    {
        Body("1;aaaaaaa\r\nx\r\n1;aaaaaaa\r\nx\r\n0;aaaaaaa\r\n\r\n", "xx", limits: s_small);
        Refused("1;aaaaaaa\r\nx\r\n1;aaaaaaa\r\nx\r\n0;aaaaaaaa\r\n\r\n", HttpChunkExtensionTooLong, s_small);
    }

    [Fact]
    public void Trailers_are_counted_and_measured()
    {
        Body("0\r\nA: 1\r\nB: 2\r\n\r\n", "", limits: s_small);
        Refused("0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", HttpTrailersTooLarge, s_small);
        Body("0\r\nA: " + new string('x', 19) + "\r\n\r\n", "", limits: s_small);
        Refused("0\r\nA: " + new string('x', 20) + "\r\n\r\n", HttpTrailersTooLarge, s_small);
        Refused("0\r\nA: " + new string('x', 200), HttpTrailersTooLarge, s_small);
    }

    [Fact]
    public void The_smallest_limits_allow_an_empty_body_only()
    {
        HttpLimits limits = new() { MaxTrailerCount = 0, MaxTrailerBytes = 0, MaxChunkExtensionBytes = 0 };
        Body("0\r\n\r\n", "", limits: limits, max: 0);
        Refused("1\r\n", HttpBodyTooLarge, limits, 0);
        Refused("0;a\r\n", HttpChunkExtensionTooLong, limits);
        Refused("0\r\nX: y\r\n", HttpTrailersTooLarge, limits);
    }
}
