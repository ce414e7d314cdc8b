using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.Protocol.Tests.Http;

public sealed class HttpResponseHeadTests
{
    [Fact]
    public void A_head_is_written_piece_by_piece()
    {
        var buffer = new byte[200];
        var length = HttpResponseHead.WriteStatusLine(buffer, 200);
        length += HttpResponseHead.WriteHeader(buffer.AsSpan(length), "Content-Type", "text/plain; charset=UTF-8");
        length += HttpResponseHead.WriteHeader(buffer.AsSpan(length), "Cache-Control"u8, "no-store"u8);
        length += HttpResponseHead.WriteContentLength(buffer.AsSpan(length), 1234567890123);
        length += HttpResponseHead.WriteEnd(buffer.AsSpan(length));
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nCache-Control: no-store\r\nContent-Length: 1234567890123\r\n\r\n",
            Encoding.Latin1.GetString(buffer, 0, length));
    }

    [Fact]
    public void Every_status_line_fits_its_maximum()
    {
        var buffer = new byte[HttpResponseHead.MaxStatusLineBytes];
        for (var status = 100; status < 600; status++)
        {
            var length = HttpResponseHead.WriteStatusLine(buffer, status);
            Assert.Equal($"HTTP/1.1 {status} {HttpResponseHead.ReasonPhrase(status)}\r\n", Encoding.Latin1.GetString(buffer, 0, length));
        }
    }

    [Fact]
    public void The_longest_content_length_fits_its_maximum() =>
        Assert.InRange(HttpResponseHead.WriteContentLength(new byte[HttpResponseHead.MaxContentLengthBytes], long.MaxValue), 1, HttpResponseHead.MaxContentLengthBytes);

    [Fact]
    public void Every_status_of_the_error_table_has_a_phrase()
    {
        foreach (var error in Enum.GetValues<ProtocolError>())
        {
            var status = ProtocolErrors.Describe(error).HttpStatus;
            Assert.True(status == 0 || HttpResponseHead.ReasonPhrase(status).Length > 0, $"{error}: {status}");
        }
    }

    [Theory]
    [InlineData("a\r\nX: y")]
    [InlineData("a\rb")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\x7f")]
    [InlineData("\x1f")]
    [InlineData("\u010D\u010A")]
    [InlineData("€")]
    public void CVE_2022_41915_and_CVE_2026_1527_a_value_that_could_break_its_line_is_refused(string value)
    {
        Assert.False(HttpResponseHead.IsValidHeaderValue(value));
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteHeader(new byte[100], "X", value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b\tc")]
    [InlineData("ü\u0085")]
    public void Other_values_are_accepted(string value) => Assert.True(HttpResponseHead.IsValidHeaderValue(value));

    [Theory]
    [InlineData("")]
    [InlineData("X Y")]
    [InlineData("X:")]
    [InlineData("X\r\n")]
    [InlineData("Ü")]
    public void A_name_that_is_no_token_is_refused(string name)
    {
        Assert.False(HttpResponseHead.IsValidHeaderName(name));
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteHeader(new byte[100], name, "x"));
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteHeader(new byte[100], Encoding.Latin1.GetBytes(name), "x"u8));
    }

    [Fact]
    public void Bytes_are_checked_like_text()
    {
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteHeader(new byte[100], "X"u8, "a\r\nb"u8));
        Assert.Equal(6, HttpResponseHead.WriteHeader(new byte[100], "X"u8, "y"u8));
        Assert.Equal(6, HttpResponseHead.HeaderLength("X", "y"));
    }

    [Fact]
    public void A_destination_that_is_too_short_is_an_argument_error()
    {
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteHeader(new byte[5], "X"u8, "y"u8));
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteHeader(new byte[5], "X", "y"));
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteContentLength(new byte[17], 10));
        Assert.Throws<ArgumentException>(() => HttpResponseHead.WriteStatusLine(new byte[10], 200));
        Assert.Throws<ArgumentOutOfRangeException>(() => HttpResponseHead.WriteStatusLine(new byte[100], 99));
    }
}
