using Sockeye.Protocol.Http;
using static Sockeye.Protocol.Tests.Http.HttpReading;

namespace Sockeye.Protocol.Tests.Http;

/// <summary>Each limit on both sides, in one piece and in many.</summary>
public sealed class HttpLimitTests
{
    private static readonly HttpLimits s_small = new() { MaxRequestLineBytes = 32, MaxHeaderBytes = 128, MaxHeaderCount = 3 };

    [Theory]
    [InlineData(32, ProtocolError.None)]
    [InlineData(33, ProtocolError.HttpRequestLineTooLong)]
    [InlineData(34, ProtocolError.HttpRequestLineTooLong)]
    [InlineData(500, ProtocolError.HttpRequestLineTooLong)]
    public void The_request_line_has_a_limit(int length, ProtocolError expected)
    {
        var line = "GET /" + new string('x', length - "GET / HTTP/1.1".Length) + " HTTP/1.1";
        Assert.Equal(expected, ReadHead(Request(line, "Host: a"), s_small).Error);
        Assert.Equal(expected, ReadHead("\r\n" + Request(line, "Host: a"), s_small).Error);
    }

    [Theory]
    [InlineData(33, HttpReadStatus.NeedMore)]
    [InlineData(34, HttpReadStatus.Failed)]
    public void A_request_line_without_end_fails_as_soon_as_it_is_too_long(int length, HttpReadStatus expected) =>
        Assert.Equal(expected, ReadHead(new string('x', length), s_small).Status);

    [Theory]
    [InlineData(128, ProtocolError.None)]
    [InlineData(129, ProtocolError.HttpHeadTooLarge)]
    [InlineData(130, ProtocolError.HttpHeadTooLarge)]
    [InlineData(1000, ProtocolError.HttpHeadTooLarge)]
    public void The_head_has_a_limit(int length, ProtocolError expected)
    {
        var head = Request("GET / HTTP/1.1", "Host: a", "X: ");
        var padded = head.Replace("X: ", "X: " + new string('y', length - head.Length), StringComparison.Ordinal);
        Assert.Equal(length, padded.Length);
        Assert.Equal(expected, ReadHead(padded, s_small).Error);
        Assert.Equal(expected, ReadHead("\r\n" + padded + "body", s_small).Error);
    }

    [Theory]
    [InlineData(128, HttpReadStatus.NeedMore)]
    [InlineData(129, HttpReadStatus.Failed)]
    public void A_head_without_end_fails_as_soon_as_it_is_too_large(int length, HttpReadStatus expected)
    {
        const string Start = "GET / HTTP/1.1\r\nX: ";
        Assert.Equal(expected, ReadHead(Start + new string('y', length - Start.Length), s_small).Status);
    }

    [Fact]
    public void A_request_line_longer_than_the_whole_head_may_be_fails_the_same_way_whatever_the_split()
    {
        HttpLimits limits = new() { MaxRequestLineBytes = 1000, MaxHeaderBytes = 64 };
        Assert.Equal(ProtocolError.HttpRequestLineTooLong, ReadHead(Request("GET /" + new string('x', 200) + " HTTP/1.1"), limits).Error);
    }

    [Theory]
    [InlineData(3, ProtocolError.None)]
    [InlineData(4, ProtocolError.HttpTooManyHeaders)]
    public void The_fields_are_counted(int count, ProtocolError expected)
    {
        string[] lines = ["GET / HTTP/1.1", "Host: a", .. Enumerable.Repeat("X: y", count - 1)];
        Assert.Equal(expected, ReadHead(Request(lines), s_small).Error);
    }

    [Fact]
    public void CVE_2024_37890_a_head_with_too_many_fields_is_refused_not_shortened()
    {
        string[] lines = ["GET / HTTP/1.1", "Host: a", .. Enumerable.Repeat("X: y", 2000), "Connection: Upgrade", "Upgrade: websocket"];
        var bytes = Bytes(Request(lines));
        Assert.Equal(ProtocolError.HttpTooManyHeaders, ReadHead(bytes, [bytes.Length]).Error);
    }

    [Theory]
    [InlineData(16, ProtocolError.None)]
    [InlineData(17, ProtocolError.HttpMethodTooLong)]
    public void The_method_has_a_limit(int length, ProtocolError expected) =>
        Assert.Equal(expected, ReadHead(Request(new string('M', length) + " / HTTP/1.1", "Host: a")).Error);

    [Fact]
    public void The_defaults_are_those_of_the_known_servers()
    {
        var limits = HttpLimits.Default;
        Assert.Equal((8192, 16_384, 100), (limits.MaxRequestLineBytes, limits.MaxHeaderBytes, limits.MaxHeaderCount));
        Assert.Equal((256, 4096, 32, 4096), (limits.MaxChunkLineBytes, limits.MaxChunkExtensionBytes, limits.MaxTrailerCount, limits.MaxTrailerBytes));
    }

    [Fact]
    public void Limits_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { MaxHeaderBytes = 65_001 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { MaxHeaderBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { MaxRequestLineBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { MaxHeaderCount = 0 });
    }

    [Fact]
    public void The_largest_head_that_limits_allow_is_read()
    {
        HttpLimits limits = new() { MaxRequestLineBytes = 65_000, MaxHeaderBytes = 65_000, MaxHeaderCount = 1000 };
        var head = Request("GET /%41" + new string('x', 20_000) + " HTTP/1.1", "Host: a", "X: ");
        var padded = head.Replace("X: ", "X: " + new string('y', 65_000 - head.Length), StringComparison.Ordinal);
        var read = Head(padded, limits);
        Assert.Equal(65_000 - head.Length, read.Header("x")!.Length);
        Assert.Equal(20_002, read.Path.Length);
    }
}
