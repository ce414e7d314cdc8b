using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Protocol.EngineIO;

/// <summary>
/// The one base64 spelling of a byte sequence: standard alphabet, padded, no white space, unused bits zero.
/// The framework's decoder tolerates white space and stray bits, which would let two texts mean the same bytes.
/// </summary>
internal static class StrictBase64
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    /// <summary>Checks the text and tells how many bytes it stands for.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.Length % 4 != 0)
        {
            return false;
        }

        var padding = text[^1] != '=' ? 0 : text[^2] != '=' ? 1 : 2;
        var digits = text[..^padding];
        if (digits.ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        // One '=' leaves two unused bits in the last digit, two leave four.
        var unused = padding switch { 0 => 0, 1 => 0b11, _ => 0b1111 };
        if ((Value(digits[^1]) & unused) != 0)
        {
            return false;
        }

        length = text.Length / 4 * 3 - padding;
        return true;
    }

    /// <summary>Decodes a text that <see cref="TryMeasure"/> accepted.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        return Base64.DecodeFromUtf8(text, destination, out var consumed, out _) == OperationStatus.Done && consumed == text.Length;
    }

    private static int Value(byte digit) => digit switch
    {
        >= (byte)'a' => digit - 'a' + 26,
        >= (byte)'A' => digit - 'A',
        >= (byte)'0' => digit - '0' + 52,
        (byte)'+' => 62,
        _ => 63,
    };
}
