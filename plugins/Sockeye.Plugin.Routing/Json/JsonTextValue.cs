using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Texts of JSON, compared and read as what they say. They are unescaped only if they have escapes, and nothing is allocated for it.</summary>
internal static class JsonTextValue
{
    private const int OnStack = 256;

    private enum Comparison
    {
        Equal,
        StartsWith,
        Contains,
    }

    /// <summary>Whether a JSON text says this.</summary>
    public static bool Equal(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said) => Compare(text, said, Comparison.Equal);

    public static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said) => Compare(text, said, Comparison.StartsWith);

    public static bool Contains(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said) => Compare(text, said, Comparison.Contains);

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

    private static bool Compare(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said, Comparison comparison)
    {
        if (!IsText(text))
        {
            return false;
        }

        // An escape takes at most six bytes for each one that it says.
        var inner = text[1..^1];
        if (inner.Length < said.Length || (comparison == Comparison.Equal && inner.Length / 6 > said.Length))
        {
            return false;
        }

        if (!inner.Contains((byte)'\\'))
        {
            return Holds(inner, said, comparison);
        }

        byte[]? rented = null;
        var buffer = text.Length <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            return TryUnescape(text, buffer, out var length) && Holds(buffer[..length], said, comparison);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static bool Holds(ReadOnlySpan<byte> text, ReadOnlySpan<byte> said, Comparison comparison) => comparison switch
    {
        Comparison.Equal => text.SequenceEqual(said),
        Comparison.StartsWith => text.StartsWith(said),
        _ => text.IndexOf(said) >= 0,
    };

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
