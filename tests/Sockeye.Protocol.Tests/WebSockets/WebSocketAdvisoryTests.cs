using System.Text;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.WebSocketReading;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Published faults of other WebSocket libraries, each by its id.</summary>
public sealed class WebSocketAdvisoryTests
{
    private const int EndlessFragments = 2000;

    [Theory]
    [InlineData("82 ff 80 00 00 00 00 00 00 00")]
    [InlineData("82 ff ff ff ff ff ff ff ff ff")]
    [InlineData("82 ff 80 00 00 00 00 00 00 05 00 00 00 00")]
    public void CVE_2020_13935_length_with_the_top_bit_set_is_refused(string header) => Assert.Equal("WebSocketLengthTopBit", Read(Hex(header)));

    [Fact]
    public void CVE_2026_1528_a_client_refuses_lengths_of_more_than_63_bits_and_too_big_ones()
    {
        Assert.Equal("WebSocketLengthTopBit", Read(Hex("82 7f 80 00 00 00 00 00 00 00"), WebSocketRole.Client));
        Assert.Equal("WebSocketMessageTooBig", Read(Hex("82 7f 00 20 00 00 00 00 00 00"), WebSocketRole.Client));
    }

    [Theory]
    [InlineData("7f ff ff ff ff ff ff ff")]
    [InlineData("00 20 00 00 00 00 00 01")]
    [InlineData("00 00 00 00 ff ff ff ff")]
    [InlineData("00 00 00 01 00 00 00 00")]
    [InlineData("00 00 00 00 80 00 00 00")]
    public void CVE_2020_27813_lengths_near_the_limits_of_numbers_do_not_overflow_over_several_frames(string length)
    {
        WebSocketLimits most = new() { MaxMessageBytes = Array.MaxLength };
        Assert.Equal("WebSocketMessageTooBig", Read([.. Frame(2, "abc", fin: false), .. Hex("80 ff"), .. Hex(length), .. new byte[4]], limits: most));
    }

    [Fact]
    public void CVE_2016_10542_and_CVE_2022_35922_memory_follows_what_was_received_not_what_was_announced()
    {
        WebSocketDecoder decoder = new(WebSocketRole.Server, new() { MaxMessageBytes = Array.MaxLength });
        var header = Hex("82 ff 00 00 00 00 7f 00 00 00 00 00 00 00 01");
        Span<byte> input = header;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(WebSocketReadStatus.NeedMore, decoder.Read(ref input, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4096);
    }

    [Fact]
    public void CVE_2026_48779_a_message_in_single_bytes_costs_no_more_than_its_size()
    {
        var bytes = Frame(2, new byte[50_000]);
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < bytes.Length; i++)
        {
            var input = bytes.AsSpan(i, 1);
            decoder.Read(ref input, out _);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4 * bytes.Length);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    public void CVE_2026_62389_and_CVE_2014_0193_endless_continuations_are_refused(string payload)
    {
        byte[] flood = [.. Frame(1, payload, fin: false), .. Enumerable.Repeat(Frame(0, payload, fin: false), EndlessFragments).SelectMany(frame => frame)];
        Assert.Equal("WebSocketTooManyFragments", Read(flood, [flood.Length]));
    }

    [Theory]
    [InlineData(0xA1)]
    [InlineData(0x91)]
    [InlineData(0xF1)]
    public void CVE_2022_21676_an_illegal_first_frame_fails_without_harm(int first)
    {
        var frame = Frame(1, "2probe");
        frame[0] = (byte)first;
        Assert.Equal("WebSocketReservedBit", Read(frame));
    }

    [Fact]
    public void GHSA_mq44_7p77_q5h7_a_compressed_frame_is_refused_when_nothing_was_agreed() => Assert.Equal("WebSocketReservedBit", Read(Hex("c1 80 00 00 00 00")));

    [Fact]
    public void CVE_2021_3690_a_flood_of_pongs_allocates_nothing()
    {
        byte[] pongs = [.. Enumerable.Repeat(Frame(10, ""), 1000).SelectMany(frame => frame)];
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        Assert.Equal(0, Allocated.Least(() =>
        {
            Span<byte> input = pongs;
            while (decoder.Read(ref input, out _) == WebSocketReadStatus.Message)
            {
            }
        }));
        Assert.False(decoder.HoldsBuffer);
    }

    [Fact]
    public void CVE_2026_45736_and_CVE_2016_10518_a_close_frame_has_exactly_the_bytes_of_its_reason()
    {
        var buffer = new byte[200];
        buffer.AsSpan().Fill(0xCC);
        var length = WebSocketFrames.WriteClose(buffer, 1000, "bye"u8);
        Assert.Equal(Hex("88 05 03 e8 62 79 65"), buffer[..length]);
        Assert.Equal(-1, buffer.AsSpan(length).IndexOfAnyExcept((byte)0xCC));
    }

    [Theory]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", ProtocolError.WebSocketHandshakeVersion)]
    [InlineData("Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", ProtocolError.WebSocketHandshakeNotUpgrade)]
    public void CVE_2026_59898_old_drafts_and_requests_without_both_fields_are_refused(string fields, ProtocolError expected)
    {
        HttpHeadReader reader = new(HttpLimits.Default);
        reader.Read(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"), out _);
        Assert.Equal(expected, WebSocketHandshake.Validate(reader.Head, out _));
        Assert.Equal(426, ProtocolErrors.Describe(expected).HttpStatus);
    }
}
