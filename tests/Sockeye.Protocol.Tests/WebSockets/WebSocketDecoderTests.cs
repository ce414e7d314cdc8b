using System.Text;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.WebSocketReading;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>The ideas of the Autobahn groups 1 to 5 and 7, and the examples of RFC 6455.</summary>
public sealed class WebSocketDecoderTests
{
    private static readonly int[] s_lengths = [0, 1, 7, 8, 31, 32, 33, 125, 126, 127, 128, 65_535, 65_536, 65_537];

    [Theory]
    [InlineData("81 05 48 65 6c 6c 6f", "Text:Hello")]
    [InlineData("01 03 48 65 6c 80 02 6c 6f", "Text:Hello")]
    [InlineData("89 05 48 65 6c 6c 6f", "Ping:48656c6c6f")]
    [InlineData("8a 00", "Pong:")]
    public void The_unmasked_examples_of_RFC_6455_are_read_by_a_client(string frame, string expected) =>
        Assert.Equal(expected, Read(Hex(frame), WebSocketRole.Client));

    [Theory]
    [InlineData("81 85 37 fa 21 3d 7f 9f 4d 51 58", "Text:Hello")]
    [InlineData("8a 85 37 fa 21 3d 7f 9f 4d 51 58", "Pong:48656c6c6f")]
    [InlineData("82 80 00 00 00 00", "Binary:")]
    public void The_masked_examples_of_RFC_6455_are_read_by_a_server(string frame, string expected) => Assert.Equal(expected, Read(Hex(frame)));

    [Fact]
    public void Messages_of_every_length_class_are_read_in_both_roles()
    {
        foreach (var length in s_lengths)
        {
            var payload = new byte[length];
            new Random(length).NextBytes(payload);
            foreach (var role in Enum.GetValues<WebSocketRole>())
            {
                var frame = Frame(2, payload, reader: role);
                int[] someEnds = [.. Enumerable.Range(1, 16).Concat(Enumerable.Range(1, 20).Select(i => i * frame.Length / 20)).Where(end => end <= frame.Length).Order()];
                Assert.Equal("Binary:" + Convert.ToHexStringLower(payload), Read(frame, [frame.Length], role));
                Assert.Equal("Binary:" + Convert.ToHexStringLower(payload), Read(frame, someEnds, role));
            }
        }
    }

    [Fact]
    public void Several_frames_in_one_read_are_handed_out_one_by_one() =>
        Assert.Equal("Text:a Ping:62 Binary:63 Pong: Text:ü", Read([.. Frame(1, "a"), .. Frame(9, "b"), .. Frame(2, "c"), .. Frame(10, ""), .. Frame(1, "ü")]));

    [Fact]
    public void A_whole_frame_is_handed_out_without_a_copy_or_an_allocation()
    {
        byte[] bytes = [.. Frame(1, "hello"), .. Frame(2, "world"), .. Frame(9, "ping")];
        var work = new byte[bytes.Length];
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        long before = 0;
        for (var i = 0; i < 3; i++)
        {
            before = i == 1 ? GC.GetAllocatedBytesForCurrentThread() : before;
            bytes.CopyTo(work, 0);
            Span<byte> input = work;
            while (decoder.Read(ref input, out var message) == WebSocketReadStatus.Message)
            {
                if (!work.AsSpan().Overlaps(message.Payload) || decoder.HoldsBuffer)
                {
                    Assert.Fail("the payload was copied");
                }
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_whole_payload_behind_a_cut_header_is_handed_out_without_a_copy()
    {
        var bytes = Frame(2, new byte[500]);
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        var first = bytes.AsSpan(0, 3);
        Assert.Equal(WebSocketReadStatus.NeedMore, decoder.Read(ref first, out _));
        var rest = bytes.AsSpan(3);
        Assert.Equal(WebSocketReadStatus.Message, decoder.Read(ref rest, out var message));
        Assert.True(bytes.AsSpan().Overlaps(message.Payload));
    }

    [Fact]
    public void A_partial_message_is_kept_right_sized_and_dropped_with_the_message()
    {
        var bytes = Frame(2, new byte[100_000]);
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        Assert.False(decoder.IsInsideMessage);
        var first = bytes.AsSpan(0, 500);
        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Read(ref first, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1000);
        Assert.True(decoder.IsInsideMessage);
        Assert.True(decoder.HoldsBuffer);

        var rest = bytes.AsSpan(500);
        Assert.Equal(WebSocketReadStatus.Message, decoder.Read(ref rest, out var message));
        Assert.Equal(100_000, message.Payload.Length);
        Assert.False(decoder.IsInsideMessage);
        Assert.False(decoder.HoldsBuffer);
    }

    [Fact]
    public void One_byte_of_a_header_counts_as_an_open_message()
    {
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        Span<byte> one = [0x81];
        Assert.Equal(WebSocketReadStatus.NeedMore, decoder.Read(ref one, out _));
        Assert.True(decoder.IsInsideMessage);
        Assert.False(decoder.HoldsBuffer);
    }

    [Fact]
    public void Fragments_are_joined() =>
        Assert.Equal("Text:abc", Read([.. Frame(1, "a", fin: false), .. Frame(0, "b", fin: false), .. Frame(0, "c")]));

    [Fact]
    public void Empty_fragments_are_joined() =>
        Assert.Equal("Text:x Binary:", Read([.. Frame(1, "", fin: false), .. Frame(0, "x", fin: false), .. Frame(0, ""), .. Frame(2, "", fin: false), .. Frame(0, "")]));

    [Fact]
    public void A_character_may_be_cut_by_fragments() =>
        Assert.Equal("Text:€", Read([.. Frame(1, [0xE2], fin: false), .. Frame(0, [0x82], fin: false), .. Frame(0, [0xAC])]));

    [Fact]
    public void Binary_fragments_need_no_UTF_8() =>
        Assert.Equal("Binary:ffc0", Read([.. Frame(2, [0xFF], fin: false), .. Frame(0, [0xC0])]));

    [Fact]
    public void Ping_in_the_middle_of_a_fragmented_message_is_handed_out_at_once() =>
        Assert.Equal("Ping:70 Pong: Text:ab", Read([.. Frame(1, "a", fin: false), .. Frame(9, "p"), .. Frame(10, ""), .. Frame(0, "b")]));

    [Fact]
    public void A_close_in_the_middle_of_a_fragmented_message_ends_it() =>
        Assert.Equal("Close:1000:", Read([.. Frame(1, "a", fin: false), .. CloseFrame(1000), .. Frame(0, "b")]));

    [Fact]
    public void A_long_control_frame_in_many_reads_does_not_disturb_the_message()
    {
        string ping = new('p', 125);
        Assert.Equal($"Ping:{string.Concat(Enumerable.Repeat("70", 125))} Text:ab", Read([.. Frame(1, "a", fin: false), .. Frame(9, ping), .. Frame(0, "b")]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Reserved_bits_are_refused(int bits)
    {
        foreach (var opcode in new[] { 1, 2, 8, 9, 10 })
        {
            var frame = Frame(opcode, "");
            frame[0] |= (byte)(bits << 4);
            Assert.Equal("Text:before WebSocketReservedBit", Read([.. Frame(1, "before"), .. frame, .. Frame(1, "after")]));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void Reserved_opcodes_are_refused(int opcode)
    {
        Assert.Equal("WebSocketReservedOpcode", Read(Frame(opcode, "")));
        Assert.Equal("WebSocketReservedOpcode", Read(Frame(opcode, "payload", fin: false)));
    }

    [Fact]
    public void A_server_refuses_unmasked_frames()
    {
        foreach (var opcode in new[] { 1, 2, 8, 9, 10 })
        {
            Assert.Equal("WebSocketUnmaskedFrame", Read(Frame(opcode, "", reader: WebSocketRole.Client), WebSocketRole.Server));
        }
    }

    [Fact]
    public void A_client_refuses_masked_frames()
    {
        foreach (var opcode in new[] { 1, 2, 8, 9, 10 })
        {
            Assert.Equal("WebSocketMaskedFrame", Read(Frame(opcode, ""), WebSocketRole.Client));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void Fragmented_control_frames_are_refused(int opcode)
    {
        Assert.Equal("WebSocketFragmentedControl", Read(Frame(opcode, "", fin: false)));
        Assert.Equal("WebSocketFragmentedControl", Read([.. Frame(opcode, "a", fin: false), .. Frame(0, "b")]));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public void A_control_frame_has_125_bytes_at_most(int opcode)
    {
        Assert.EndsWith("78", Read(Frame(opcode, new string('x', 125))));
        Assert.Equal("WebSocketControlTooLong", Read(Frame(opcode, new string('x', 126))));
        Assert.Equal("WebSocketControlTooLong", Read([(byte)(0x80 | opcode), 0xFF]));
    }

    [Theory]
    [InlineData("82 fe 00 7d 00 00 00 00")]
    [InlineData("82 fe 00 00 00 00 00 00")]
    [InlineData("82 ff 00 00 00 00 00 00 ff ff 00 00 00 00")]
    [InlineData("82 ff 00 00 00 00 00 00 00 7e 00 00 00 00")]
    public void A_length_in_more_bytes_than_needed_is_refused(string frame) => Assert.Equal("WebSocketLengthNotMinimal", Read(Hex(frame)));

    [Fact]
    public void A_continuation_without_a_message_is_refused()
    {
        Assert.Equal("WebSocketUnexpectedContinuation", Read(Frame(0, "a")));
        Assert.Equal("WebSocketUnexpectedContinuation", Read(Frame(0, "a", fin: false)));
        Assert.Equal("Text:a WebSocketUnexpectedContinuation", Read([.. Frame(1, "a"), .. Frame(0, "b")]));
        Assert.Equal("Text:ab WebSocketUnexpectedContinuation", Read([.. Frame(1, "a", fin: false), .. Frame(0, "b"), .. Frame(0, "c")]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_new_message_inside_a_fragmented_one_is_refused(int opcode)
    {
        Assert.Equal("WebSocketExpectedContinuation", Read([.. Frame(1, "a", fin: false), .. Frame(opcode, "b")]));
        Assert.Equal("Ping: WebSocketExpectedContinuation", Read([.. Frame(2, "a", fin: false), .. Frame(9, ""), .. Frame(opcode, "b", fin: false)]));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1002)]
    [InlineData(1003)]
    [InlineData(1007)]
    [InlineData(1008)]
    [InlineData(1009)]
    [InlineData(1010)]
    [InlineData(1011)]
    [InlineData(1012)]
    [InlineData(1013)]
    [InlineData(1014)]
    [InlineData(3000)]
    [InlineData(3999)]
    [InlineData(4000)]
    [InlineData(4999)]
    public void A_valid_close_code_is_handed_out(int code) => Assert.Equal($"Close:{code}:bye", Read(CloseFrame(code, "bye")));

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(1100)]
    [InlineData(2000)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65535)]
    public void A_close_code_that_must_not_be_sent_is_refused(int code) => Assert.Equal("WebSocketCloseCode", Read(CloseFrame(code)));

    [Fact]
    public void A_close_without_payload_has_code_1005() => Assert.Equal("Close:1005:", Read(Frame(8, "")));

    [Fact]
    public void A_close_with_one_byte_is_refused() => Assert.Equal("WebSocketClosePayload", Read(Frame(8, "x")));

    [Fact]
    public void A_close_reason_may_be_123_bytes_and_must_be_UTF_8()
    {
        Assert.Equal("Close:1000:" + new string('r', 123), Read(CloseFrame(1000, new string('r', 123))));
        Assert.Equal("WebSocketControlTooLong", Read(CloseFrame(1000, new string('r', 124))));
        Assert.Equal("WebSocketInvalidUtf8", Read(CloseFrame(1000, [0xCE, 0xBA, 0xE1])));
        Assert.Equal("WebSocketInvalidUtf8", Read(CloseFrame(1000, [0xED, 0xA0, 0x80])));
    }

    [Fact]
    public void After_a_close_everything_is_discarded() =>
        Assert.Equal("Close:1000:", Read([.. CloseFrame(1000), .. Frame(1, "x"), .. Frame(9, ""), .. CloseFrame(1000), 0xFF, 0xFF]));

    [Fact]
    public void After_a_failure_everything_is_discarded()
    {
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        Span<byte> bad = [0xFF, 0xFF];
        Assert.Equal(WebSocketReadStatus.Failed, decoder.Read(ref bad, out _));
        Span<byte> good = Frame(1, "x");
        Assert.Equal(WebSocketReadStatus.Failed, decoder.Read(ref good, out _));
        Assert.True(good.IsEmpty);
        Assert.Equal(ProtocolError.WebSocketReservedBit, decoder.Error);
    }

    [Fact]
    public void Messages_before_a_failure_in_the_same_read_are_handed_out() =>
        Assert.Equal("Text:a Text:b WebSocketReservedOpcode", Read([.. Frame(1, "a"), .. Frame(1, "b"), .. Frame(3, "c")]));

    [Fact]
    public void A_message_is_readable_until_the_next_read_even_if_it_was_collected()
    {
        byte[] bytes = [.. Frame(1, "first", fin: false), .. Frame(0, "second"), .. Frame(1, "third")];
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        Span<byte> input = bytes;
        Assert.Equal(WebSocketReadStatus.Message, decoder.Read(ref input, out var message));
        GC.Collect();
        Assert.Equal("firstsecond", Encoding.UTF8.GetString(message.Payload));
        Assert.Equal(WebSocketReadStatus.Message, decoder.Read(ref input, out message));
        Assert.Equal("third", Encoding.UTF8.GetString(message.Payload));
    }
}
