using Sockeye.Protocol.Http;
using static Sockeye.Protocol.ProtocolError;
using static Sockeye.Protocol.Tests.Http.HttpReading;

namespace Sockeye.Protocol.Tests.Http;

/// <summary>Published faults of other HTTP parsers, each by its id.</summary>
public sealed class HttpAdvisoryTests
{
    private static ProtocolError Error(params string[] fields)
    {
        string[] lines = ["POST / HTTP/1.1", "Host: a", .. fields];
        return ReadHead(Request(lines) + "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n").Error;
    }

    [Fact]
    public void CVE_2019_16869_a_blank_before_the_colon_is_refused() => Assert.Equal(HttpHeaderMalformed, Error("Transfer-Encoding : chunked"));

    [Fact]
    public void CVE_2019_20444_a_line_without_colon_is_refused() => Assert.Equal(HttpHeaderMalformed, Error("Transfer-Encoding", "X: chunked"));

    [Fact]
    public void CVE_2020_7238_a_blank_before_the_name_is_refused() => Assert.Equal(HttpFoldedHeader, Error("Content-Length: 3", " Transfer-Encoding: chunked"));

    [Fact]
    public void CVE_2019_20445_a_second_length_is_refused()
    {
        Assert.Equal(HttpContentLengthRepeated, Error("Content-Length: 3", "Content-Length: 4"));
        Assert.Equal(HttpContentLengthWithTransferEncoding, Error("Content-Length: 3", "Transfer-Encoding: chunked"));
    }

    [Fact]
    public void CVE_2021_43797_a_control_byte_at_the_ends_of_a_name_is_refused()
    {
        Assert.Equal(HttpHeaderMalformed, Error("\x1cTransfer-Encoding: chunked"));
        Assert.Equal(HttpHeaderMalformed, Error("Content-Length\x0c: 3"));
    }

    [Fact]
    public void CVE_2021_21295_and_CVE_2023_44487_there_is_no_HTTP_2() =>
        Assert.Equal(HttpVersionUnsupported, ReadHead("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").Error);

    [Fact]
    public void CVE_2025_58057_a_compressed_body_is_refused() => Assert.Equal(HttpContentEncodingUnsupported, Error("Content-Length: 3", "Content-Encoding: br"));

    [Fact]
    public void CVE_2026_42585_chunked_that_is_not_alone_is_refused() => Assert.Equal(HttpTransferEncodingMalformed, Error("Transfer-Encoding: chunked, identity"));

    [Fact]
    public void CVE_2026_89044_and_CVE_2026_93573_neither_a_part_of_a_word_nor_a_second_line_is_chunked()
    {
        Assert.Equal(HttpTransferEncodingMalformed, Error("Transfer-Encoding: chunked, xchunked"));
        Assert.Equal(HttpTransferEncodingRepeated, Error("Transfer-Encoding: chunked", "Transfer-Encoding: identity"));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\x01")]
    [InlineData("\x0b")]
    [InlineData("\r\n\r\n")]
    public void CVE_2026_50020_control_bytes_before_the_request_line_are_refused(string prefix) =>
        Assert.Equal(HttpLeadingBytes, ReadHead(prefix + "GET / HTTP/1.1\r\nHost: a\r\n\r\n").Error);

    [Fact]
    public void CVE_2026_44891_endless_short_fields_are_limited_by_count_and_by_bytes()
    {
        Assert.Equal(HttpTooManyHeaders, Error([.. Enumerable.Repeat("a:", 100)]));
        HttpLimits many = new() { MaxHeaderCount = 1000, MaxHeaderBytes = 1024 };
        Assert.Equal(HttpHeadTooLarge, ReadHead(Request(["GET / HTTP/1.1", "Host: a", .. Enumerable.Repeat("a:", 500)]), many).Error);
    }

    [Theory]
    [InlineData("+5")]
    [InlineData("99999999999999999999")]
    public void CVE_2021_32714_a_length_is_digits_only_and_does_not_overflow(string value) => Assert.Equal(HttpContentLengthMalformed, Error("Content-Length: " + value));

    [Fact]
    public void CVE_2021_22959_and_CVE_2019_15605_malformed_framing_fields_are_refused()
    {
        Assert.Equal(HttpHeaderMalformed, Error("Content-Length : 3"));
        Assert.Equal(HttpTransferEncodingMalformed, Error("Transfer-Encoding: chunked\u00A0"));
    }

    [Theory]
    [InlineData("0x10")]
    [InlineData("1_0")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("1\u0085")]
    [InlineData("1\u00A0")]
    public void CVE_2023_47627_numbers_that_a_language_would_accept_are_refused(string value) => Assert.Equal(HttpContentLengthMalformed, Error("Content-Length: " + value));

    [Theory]
    [InlineData("__proto__")]
    [InlineData("constructor")]
    public void Names_that_mean_something_in_other_languages_are_ordinary(string name)
    {
        var head = Head(Request("GET / HTTP/1.1", "Host: a", $"{name}: x"));
        Assert.Equal("x", head.Header(name));
        Assert.Null(head.Header("toString"));
    }
}
