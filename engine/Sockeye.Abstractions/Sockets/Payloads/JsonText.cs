using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sockeye.Abstractions.Sockets;

/// <summary>Strings as JSON: only quote, backslash and control characters are escaped; a lone surrogate becomes U+FFFD.</summary>
internal static class JsonText
{
    private static readonly SearchValues<char> MustEscape = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f" +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private static readonly SearchValues<byte> MustEscapeUtf8 = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"u8 +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"u8);

    /// <summary>Whether this text cannot stand between quotes as it is.</summary>
    public static bool MustBeEscaped(ReadOnlySpan<byte> utf8) => utf8.ContainsAny(MustEscapeUtf8);

    public static void Write(EventWriter writer, ReadOnlySpan<char> text)
    {
        writer.WriteByte((byte)'"');
        while (true)
        {
            var plain = text.IndexOfAny(MustEscape);
            Transcode(writer, plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                break;
            }

            Escape(writer, text[plain]);
            text = text[(plain + 1)..];
        }

        writer.WriteByte((byte)'"');
    }

    /// <summary>The text of a JSON string with its quotes.</summary>
    /// <returns>False: a surrogate is alone, which a .NET text could carry and UTF-8 could not give back.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, out string? text)
    {
        var inside = json.Length < 2 ? default : json[1..^1];
        if (!inside.Contains((byte)'\\'))
        {
            text = Encoding.UTF8.GetString(inside);
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            text = reader.GetString();
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or JsonException)
        {
            text = null;
            return false;
        }
    }

    private static void Transcode(EventWriter writer, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var destination = writer.GetSpan(checked(text.Length * 3));
        Utf8.FromUtf16(text, destination, out _, out var written, replaceInvalidSequences: true);
        writer.Advance(written);
    }

    private static void Escape(EventWriter writer, char character)
    {
        switch (character)
        {
            case '"': writer.Write("\\\""u8); break;
            case '\\': writer.Write("\\\\"u8); break;
            case '\n': writer.Write("\\n"u8); break;
            case '\r': writer.Write("\\r"u8); break;
            case '\t': writer.Write("\\t"u8); break;
            case '\b': writer.Write("\\b"u8); break;
            case '\f': writer.Write("\\f"u8); break;
            default:
                writer.Write("\\u00"u8);
                writer.WriteByte((byte)(character < 0x10 ? '0' : '1'));
                writer.WriteByte("0123456789abcdef"u8[character & 15]);
                break;
        }
    }
}
