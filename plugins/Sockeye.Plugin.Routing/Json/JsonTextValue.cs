using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Texts of JSON, compared and read as what they say. They are unescaped only if they have escapes, no further than what they are compared with, and nothing is allocated for it.</summary>
internal static class JsonTextValue
{
    private const int OnStack = 256;

    /// <summary>Whether a JSON text says this.</summary>
    public static bool Equal(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said) => Follows(text, said, isWhole: true);

    /// <summary>Whether a JSON text begins so. What follows is not looked at.</summary>
    public static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said) => Follows(text, said, isWhole: false);

    /// <summary>Whether a JSON text has this in it. One with half of a surrogate pair says nothing that could be compared.</summary>
    public static bool Contains(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said)
    {
        if (!IsText(text) || text.Length - 2 < said.Length)
        {
            return false;
        }

        var inner = text[1..^1];
        if (!inner.Contains((byte)'\\'))
        {
            return inner.IndexOf(said) >= 0;
        }

        byte[]? rented = null;
        var buffer = text.Length <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            return TryUnescape(text, buffer, out var length) && buffer[..length].IndexOf(said) >= 0;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>What a JSON text says; null: it is no text, or has half of a surrogate pair.</summary>
    public static string? Read(ReadOnlySpan<byte> text)
    {
        if (!IsText(text))
        {
            return null;
        }

        var inner = text[1..^1];
        if (!inner.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(inner);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            return TryUnescape(text, buffer, out var length) ? Encoding.UTF8.GetString(buffer.AsSpan(0, length)) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsText(ReadOnlySpan<byte> text) => text.Length >= 2 && text[0] == (byte)'"' && text[^1] == (byte)'"';

    /// <summary>Whether a text says this from its beginning on, piece by piece between its escapes.</summary>
    private static bool Follows(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said, bool isWhole)
    {
        if (!IsText(text))
        {
            return false;
        }

        Span<byte> character = stackalloc byte[4];
        var rest = text[1..^1];
        while (!said.IsEmpty)
        {
            // Within as much as can be compared: an escape of six bytes says one byte at least.
            var plain = rest[..Math.Min(rest.Length, said.Length)].IndexOf((byte)'\\');
            if (plain < 0)
            {
                return isWhole ? rest.SequenceEqual(said) : rest.StartsWith(said);
            }

            if (!said.StartsWith(rest[..plain]))
            {
                return false;
            }

            rest = rest[plain..];
            said = said[plain..];
            var length = ReadEscape(ref rest, character);
            if (length == 0 || !said.StartsWith(character[..length]))
            {
                return false;
            }

            said = said[length..];
        }

        return !isWhole || rest.IsEmpty;
    }

    /// <summary>Takes the escape that a text begins with.</summary>
    /// <returns>Bytes of what it says; 0: nothing, as half of a surrogate pair does.</returns>
    private static int ReadEscape(scoped ref ReadOnlySpan<byte> rest, scoped Span<byte> character)
    {
        if (rest.Length < 2)
        {
            return 0;
        }

        if (rest[1] != (byte)'u')
        {
            character[0] = rest[1] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                var itself => itself,
            };
            rest = rest[2..];
            return 1;
        }

        if (!TryReadUnit(ref rest, out var unit))
        {
            return 0;
        }

        if (!Rune.TryCreate(unit, out var rune) && !(TryReadUnit(ref rest, out var low) && Rune.TryCreate(unit, low, out rune)))
        {
            return 0;
        }

        return rune.EncodeToUtf8(character);
    }

    /// <summary>Takes <c>\uXXXX</c>.</summary>
    private static bool TryReadUnit(scoped ref ReadOnlySpan<byte> rest, out char unit)
    {
        unit = default;
        if (rest.Length < 6 || rest[0] != (byte)'\\' || rest[1] != (byte)'u' || !Utf8Parser.TryParse(rest.Slice(2, 4), out ushort value, out var digits, 'x') || digits != 4)
        {
            return false;
        }

        unit = (char)value;
        rest = rest[6..];
        return true;
    }

    private static bool TryUnescape(ReadOnlySpan<byte> text, Span<byte> buffer, out int length)
    {
        length = 0;
        try
        {
            var reader = new Utf8JsonReader(text);
            if (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                length = reader.CopyString(buffer);
                return true;
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair says nothing that could be compared.
        }

        return false;
    }
}
