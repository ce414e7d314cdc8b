using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Sockeye.Protocol.SocketIO;

/// <summary>The inside of a JSON string: its end, and its value once escapes are resolved. Pure and stateless; any thread.</summary>
public static class JsonString
{
    // What ends a plain run: the quote, an escape, and the control characters that JSON forbids.
    private static readonly SearchValues<byte> Stops = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(control => (byte)control)]);

    /// <summary>Resolves the escapes of a string that was found valid.</summary>
    /// <param name="raw">The bytes between the quotes.</param>
    /// <param name="destination">Where the UTF-8 goes; <paramref name="raw"/>'s length always suffices. May not overlap it.</param>
    /// <param name="written">Bytes written.</param>
    /// <returns>False when an escape is malformed or the destination is too small.</returns>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, Span<byte> destination, out int written)
    {
        written = 0;
        while (true)
        {
            var plain = raw.IndexOf((byte)'\\');
            if (plain < 0)
            {
                plain = raw.Length;
            }

            if (destination.Length - written < plain)
            {
                return false;
            }

            raw[..plain].CopyTo(destination[written..]);
            written += plain;
            if (plain == raw.Length)
            {
                return true;
            }

            var length = ReadEscape(raw, plain, out var rune);
            if (length <= 0 || !rune.TryEncodeToUtf8(destination[written..], out var encoded))
            {
                return false;
            }

            written += encoded;
            raw = raw[(plain + length)..];
        }
    }

    /// <summary>Whether the string between the quotes has this value, however it is escaped.</summary>
    internal static bool Equals(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> value)
    {
        if (raw.Length == value.Length)
        {
            return raw.SequenceEqual(value);
        }

        if (raw.Length < value.Length || raw.Length > value.Length * 6 || !raw.Contains((byte)'\\'))
        {
            return false;
        }

        Span<byte> unescaped = stackalloc byte[64];
        return TryUnescape(raw, unescaped, out var length) && unescaped[..length].SequenceEqual(value);
    }

    /// <summary>Writes U+FFFD in the place of each escaped surrogate whose other half is missing; the length stays.</summary>
    /// <param name="json">A packet, or JSON of any kind; what is malformed stays as it is.</param>
    public static void ReplaceLoneSurrogates(Span<byte> json)
    {
        for (var i = 0; ;)
        {
            var next = json[i..].IndexOf((byte)'\\');
            if (next < 0)
            {
                return;
            }

            i += next;
            var length = ReadEscape(json, i, out _);
            if (length < 0)
            {
                "\\ufffd"u8.CopyTo(json[i..]);
            }

            i += length == 0 ? 1 : Math.Abs(length);
        }
    }

    /// <summary>Index behind the closing quote, or negative.</summary>
    /// <param name="json">The text.</param>
    /// <param name="i">Index behind the opening quote.</param>
    internal static int Skip(ReadOnlySpan<byte> json, int i) => Skip(json, i, out _);

    /// <summary>Index behind the closing quote, or negative; tells whether the string has escapes.</summary>
    internal static int Skip(ReadOnlySpan<byte> json, int i, out bool hasEscape)
    {
        hasEscape = false;
        while (true)
        {
            if ((uint)i > (uint)json.Length)
            {
                return JsonScanner.Invalid;
            }

            var plain = PlainLength(json[i..]);
            if (plain < 0)
            {
                return JsonScanner.Invalid;
            }

            i += plain;
            if (json[i] == '"')
            {
                return i + 1;
            }

            if (json[i] != '\\')
            {
                return JsonScanner.Invalid;
            }

            hasEscape = true;
            var length = ReadEscape(json, i, out _);
            if (length <= 0)
            {
                return length == 0 ? JsonScanner.Invalid : JsonScanner.LoneSurrogate;
            }

            i += length;
        }
    }

    // Names and most values end within 16 bytes; looking at one block first spares the set-up of the general search.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlainLength(ReadOnlySpan<byte> text)
    {
        if (Vector128.IsHardwareAccelerated && text.Length >= Vector128<byte>.Count)
        {
            var block = Vector128.Create(text);
            var stops = Vector128.Equals(block, Vector128.Create((byte)'"'))
                | Vector128.Equals(block, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(block, Vector128.Create((byte)' '));
            if (stops != Vector128<byte>.Zero)
            {
                return BitOperations.TrailingZeroCount(stops.ExtractMostSignificantBits());
            }
        }

        return text.IndexOfAny(Stops);
    }

    /// <summary>Length of the escape at the backslash, a surrogate pair taken together; 0 if it is malformed, negative if it is half of a pair.</summary>
    private static int ReadEscape(ReadOnlySpan<byte> json, int i, out Rune rune)
    {
        rune = default;
        if (i + 1 >= json.Length)
        {
            return 0;
        }

        var simple = json[i + 1] switch
        {
            (byte)'"' => '"',
            (byte)'\\' => '\\',
            (byte)'/' => '/',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => '\0',
        };
        if (simple != '\0')
        {
            rune = new Rune(simple);
            return 2;
        }

        if (!TryReadUnit(json, i, out var unit))
        {
            return 0;
        }

        if (Rune.TryCreate(unit, out rune))
        {
            return 6;
        }

        return TryReadUnit(json, i + 6, out var low) && Rune.TryCreate(unit, low, out rune) ? 12 : -6;
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> json, int i, out char unit)
    {
        unit = default;
        if (json.Length - i < 6 || json[i] != '\\' || json[i + 1] != 'u')
        {
            return false;
        }

        var value = 0;
        foreach (var digit in json.Slice(i + 2, 4))
        {
            var nibble = HexValue(digit);
            if (nibble < 0)
            {
                return false;
            }

            value = value << 4 | nibble;
        }

        unit = (char)value;
        return true;
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
