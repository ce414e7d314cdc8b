using System.Buffers;
using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>The character classes of RFC 9110 and the comparisons that stand on them.</summary>
internal static class HttpCharacters
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>tchar: what names of fields and methods consist of.</summary>
    public static readonly SearchValues<byte> Token = SearchValues.Create(Encoding.ASCII.GetBytes(TokenCharacters));

    /// <summary>The same for text of our own user.</summary>
    public static readonly SearchValues<char> TokenText = SearchValues.Create(TokenCharacters);

    /// <summary>Control bytes, HTAB excepted: they end a field value or break it.</summary>
    public static readonly SearchValues<byte> Control = SearchValues.Create([.. ControlBytes()]);

    /// <summary>True for a blank as it may stand around a field value.</summary>
    public static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>The value without blanks at both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    public static int Hex(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        _ => -1,
    };

    private static IEnumerable<byte> ControlBytes()
    {
        for (var b = 0; b < 0x20; b++)
        {
            if (b != '\t')
            {
                yield return (byte)b;
            }
        }

        yield return 0x7F;
    }
}
