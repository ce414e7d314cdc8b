using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

public sealed class WebSocketFramesTests
{
    private static string Header(byte opcode, long length, bool fin = true, uint? mask = null)
    {
        var buffer = new byte[WebSocketFrames.MaxHeaderBytes];
        var written = WebSocketFrames.WriteHeader(buffer, opcode, length, fin, mask);
        Assert.Equal(WebSocketFrames.HeaderLength(length, mask is not null), written);
        return Convert.ToHexStringLower(buffer, 0, written);
    }

    [Theory]
    [InlineData(1, 0, true, "8100")]
    [InlineData(2, 125, true, "827d")]
    [InlineData(2, 126, true, "827e007e")]
    [InlineData(2, 256, true, "827e0100")]
    [InlineData(2, 65535, true, "827effff")]
    [InlineData(2, 65536, true, "827f0000000000010000")]
    [InlineData(1, 5, false, "0105")]
    [InlineData(0, 5, false, "0005")]
    [InlineData(0, 5, true, "8005")]
    [InlineData(9, 5, true, "8905")]
    [InlineData(2, long.MaxValue, true, "827f7fffffffffffffff")]
    public void A_server_writes_headers_with_minimal_lengths(byte opcode, long length, bool fin, string expected) => Assert.Equal(expected, Header(opcode, length, fin));

    [Theory]
    [InlineData(5, "818537fa213d")]
    [InlineData(126, "81fe007e37fa213d")]
    [InlineData(65536, "81ff000000000001000037fa213d")]
    public void A_client_writes_its_mask_behind_the_length(long length, string expected) => Assert.Equal(expected, Header(1, length, mask: 0x3D21FA37));

    [Fact]
    public void Masking_matches_the_byte_by_byte_definition_for_every_length_and_offset()
    {
        byte[] key = [0x37, 0xFA, 0x21, 0x3D];
        for (var length = 0; length <= 200; length++)
        {
            for (var offset = 0; offset < 5; offset++)
            {
                var payload = new byte[length + 1];
                new Random(length).NextBytes(payload);
                byte[] expected = [.. payload.Select((b, i) => i == 0 ? b : (byte)(b ^ key[(offset + i - 1) % 4]))];
                WebSocketFrames.Mask(payload.AsSpan(1), 0x3D21FA37, offset);
                Assert.Equal(expected, payload);
            }
        }
    }

    [Theory]
    [InlineData(1000, "", "880203e8")]
    [InlineData(1001, "bye", "880503e9627965")]
    [InlineData(1005, "ignored", "8800")]
    public void A_close_frame_is_written(int code, string reason, string expected)
    {
        var buffer = new byte[140];
        var length = WebSocketFrames.WriteClose(buffer, (ushort)code, Encoding.UTF8.GetBytes(reason));
        Assert.Equal(expected, Convert.ToHexStringLower(buffer, 0, length));
    }

    [Fact]
    public void A_client_masks_its_close_frame()
    {
        var buffer = new byte[140];
        var length = WebSocketFrames.WriteClose(buffer, 1000, "bye"u8, 0xDEADBEEF);
        Assert.Equal("Close:1000:bye", WebSocketReading.Read(buffer[..length]));
        length = WebSocketFrames.WriteClose(buffer, WebSocketFrames.NoCloseCode, default, 0xDEADBEEF);
        Assert.Equal("Close:1005:", WebSocketReading.Read(buffer[..length]));
    }

    [Theory]
    [InlineData("", 123, 123)]
    [InlineData("", 124, 123)]
    [InlineData("€", 40, 120 + 3)]
    [InlineData("x€", 40, 1 + 120)]
    [InlineData("xx€", 40, 2 + 120)]
    [InlineData("😀", 31, 120)]
    public void A_long_reason_is_cut_between_characters(string pattern, int count, int expected)
    {
        var unit = pattern.Length == 0 ? "r" : pattern.TrimStart('x');
        var reason = pattern[..(pattern.Length == 0 ? 0 : pattern.Length - unit.Length)] + string.Concat(Enumerable.Repeat(unit, count + 2));
        var buffer = new byte[140];
        var length = WebSocketFrames.WriteClose(buffer, 1000, Encoding.UTF8.GetBytes(reason));
        Assert.Equal(expected, length - 4);
        Assert.StartsWith("Close:1000:", WebSocketReading.Read(buffer[..length], WebSocketRole.Client));
    }

    [Fact]
    public void What_must_not_be_sent_is_an_argument_error()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrames.WriteClose(new byte[140], 1006, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrames.WriteClose(new byte[140], 999, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrames.WriteHeader(new byte[14], 16, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrames.WriteHeader(new byte[14], 1, -1));
    }
}
