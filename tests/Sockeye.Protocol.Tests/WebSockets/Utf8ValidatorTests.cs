using System.Text;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.WebSocketReading;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>The ideas of Autobahn group 6 and of Markus Kuhn's stress test; the runtime's strict decoder is the judge.</summary>
public sealed class Utf8ValidatorTests
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private static bool IsValid(byte[] bytes)
    {
        try
        {
            s_strict.GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    // The number of bytes after which the text cannot become valid any more, -1 if it never happens.
    private static int FailsAfter(byte[] bytes)
    {
        Utf8Validator validator = default;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!validator.Append(bytes.AsSpan(i, 1)))
            {
                Assert.False(validator.Append("a"u8));
                Assert.False(validator.IsComplete);
                return i + 1;
            }
        }

        return -1;
    }

    private static bool ValidInPieces(byte[] bytes, int cut)
    {
        Utf8Validator validator = default;
        return validator.Append(bytes.AsSpan(0, cut)) && validator.Append(bytes.AsSpan(cut)) && validator.IsComplete;
    }

    public static TheoryData<string> ValidTexts() =>
    [
        "",
        "48 65 6c 6c 6f",
        "ce ba e1 bd b9 cf 83 ce bc ce b5",
        "00", "7f", "c2 80", "df bf", "e0 a0 80", "ef bf bf", "f0 90 80 80", "f4 8f bf bf",
        "ed 9f bf", "ee 80 80", "ef bf bd", "ef bf be", "ef b7 90", "ef bb bf", "f0 9f bf be", "f3 af bf bf",
    ];

    [Theory]
    [MemberData(nameof(ValidTexts))]
    public void Valid_text_is_accepted_whatever_the_split(string hex)
    {
        var bytes = Hex(hex);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.True(ValidInPieces(bytes, cut));
        }

        Assert.Equal(-1, FailsAfter(bytes));
        Assert.StartsWith("Text:", Read(Frame(1, bytes)));
    }

    [Theory]
    [InlineData("80", 1)]
    [InlineData("bf", 1)]
    [InlineData("61 80", 2)]
    [InlineData("c0", 1)]
    [InlineData("c0 af", 1)]
    [InlineData("c1 bf", 1)]
    [InlineData("e0 80 af", 2)]
    [InlineData("e0 9f bf", 2)]
    [InlineData("f0 80 80 af", 2)]
    [InlineData("f0 8f bf bf", 2)]
    [InlineData("f8 88 80 80 80", 1)]
    [InlineData("fc 84 80 80 80 80", 1)]
    [InlineData("fe", 1)]
    [InlineData("ff", 1)]
    [InlineData("ed a0 80", 2)]
    [InlineData("ed ad bf", 2)]
    [InlineData("ed b0 80", 2)]
    [InlineData("ed bf bf", 2)]
    [InlineData("ed a0 80 ed b0 80", 2)]
    [InlineData("f4 90 80 80", 2)]
    [InlineData("f5 80 80 80", 1)]
    [InlineData("c3 28", 2)]
    [InlineData("e2 28 a1", 2)]
    [InlineData("e2 82 28", 3)]
    [InlineData("f0 28 8c bc", 2)]
    [InlineData("f0 90 28 bc", 3)]
    [InlineData("f0 90 8c 28", 4)]
    [InlineData("e2 82 ac 80", 4)]
    [InlineData("c3 c3 bc", 2)]
    public void Impossible_text_fails_at_its_first_impossible_byte(string hex, int after)
    {
        var bytes = Hex(hex);
        Assert.False(IsValid(bytes));
        Assert.Equal(after, FailsAfter(bytes));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.False(ValidInPieces(bytes, cut));
        }

        Assert.Equal("WebSocketInvalidUtf8", Read(Frame(1, bytes)));
    }

    [Theory]
    [InlineData("c3")]
    [InlineData("e2")]
    [InlineData("e2 82")]
    [InlineData("f0 9f 98")]
    [InlineData("61 62 f0 9f")]
    public void Text_that_ends_inside_a_character_is_not_complete(string hex)
    {
        Assert.Equal(-1, FailsAfter(Hex(hex)));
        Assert.Equal("WebSocketInvalidUtf8", Read(Frame(1, Hex(hex))));
        Assert.Equal("WebSocketInvalidUtf8", Read([.. Frame(1, Hex(hex), fin: false), .. Frame(0, "")]));
    }

    [Fact]
    public void All_strings_of_two_bytes_are_judged_as_by_the_strict_decoder()
    {
        var bytes = new byte[2];
        for (var value = 0; value <= 0xFFFF; value++)
        {
            (bytes[0], bytes[1]) = ((byte)(value >> 8), (byte)value);
            Utf8Validator validator = default;
            var valid = validator.Append(bytes.AsSpan(0, 1)) && validator.Append(bytes.AsSpan(1)) && validator.IsComplete;
            if (valid != System.Text.Unicode.Utf8.IsValid(bytes))
            {
                Assert.Fail($"{value:x4}");
            }
        }
    }

    [Fact]
    public void All_strings_of_a_lead_and_two_bytes_are_judged_as_by_the_runtime()
    {
        var bytes = new byte[3];
        for (var value = 0xC00000; value <= 0xFFFFFF; value++)
        {
            (bytes[0], bytes[1], bytes[2]) = ((byte)(value >> 16), (byte)(value >> 8), (byte)value);
            Utf8Validator validator = default;
            var valid = validator.Append(bytes.AsSpan(0, 1)) && validator.Append(bytes.AsSpan(1)) && validator.IsComplete;
            if (valid != System.Text.Unicode.Utf8.IsValid(bytes))
            {
                Assert.Fail($"{value:x6}");
            }
        }
    }

    [Fact]
    public void Text_fails_as_soon_as_it_is_impossible_before_its_frame_is_complete()
    {
        var frame = Frame(1, Hex("ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90 80 80 65 64 69 74 65 64"));
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        var valid = frame.AsSpan(0, 6 + 12);
        Assert.Equal(WebSocketReadStatus.NeedMore, decoder.Read(ref valid, out _));
        var impossible = frame.AsSpan(6 + 12, 1);
        Assert.Equal(WebSocketReadStatus.Failed, decoder.Read(ref impossible, out _));
        Assert.Equal(ProtocolError.WebSocketInvalidUtf8, decoder.Error);
    }

    [Fact]
    public void Text_fails_in_the_fragment_that_is_impossible_not_at_the_end_of_the_message()
    {
        WebSocketDecoder decoder = new(WebSocketRole.Server, WebSocketLimits.Default);
        Span<byte> first = Frame(1, Hex("ce ba e1 bd b9 f4"), fin: false);
        Assert.Equal(WebSocketReadStatus.NeedMore, decoder.Read(ref first, out _));
        Span<byte> second = Frame(0, Hex("90"), fin: false);
        Assert.Equal(WebSocketReadStatus.Failed, decoder.Read(ref second, out _));
    }

    [Fact]
    public void A_control_frame_between_fragments_does_not_disturb_a_cut_character() =>
        Assert.Equal("Ping:80 Text:€", Read([.. Frame(1, [0xE2, 0x82], fin: false), .. Frame(9, [0x80]), .. Frame(0, [0xAC])]));

    [Fact]
    public void A_new_message_starts_with_a_clean_state() =>
        Assert.Equal("Text:€ Binary:e2 Text:€", Read([.. Frame(1, [0xE2], fin: false), .. Frame(0, [0x82, 0xAC]), .. Frame(2, [0xE2]), .. Frame(1, "€")]));
}
