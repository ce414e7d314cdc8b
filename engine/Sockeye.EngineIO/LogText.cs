using System.Globalization;
using System.Text;

namespace Sockeye.EngineIO;

/// <summary>Makes text that came from a peer safe for a log line.</summary>
internal static class LogText
{
    /// <summary>Longest text that a peer can put into a log line. Own choice: enough to recognise a path or an agent.</summary>
    public const int MaxLength = 128;

    /// <summary>At most <see cref="MaxLength"/> characters of <paramref name="text"/>; control characters, line separators and direction marks become \uXXXX,
    /// so that a peer can neither start a line nor hide one.</summary>
    public static string Escape(string? text)
    {
        if (text is null)
        {
            return "";
        }

        int clean = 0;
        while (clean < text.Length && clean < MaxLength && IsPlain(text[clean]))
        {
            clean++;
        }

        if (clean == text.Length)
        {
            return text;
        }

        var builder = new StringBuilder(text, 0, clean, MaxLength + 8);
        for (int i = clean; i < text.Length; i++)
        {
            string? escape = IsPlain(text[i]) ? null : "\\u" + ((int)text[i]).ToString("x4", CultureInfo.InvariantCulture);
            if (builder.Length + (escape?.Length ?? 1) > MaxLength)
            {
                return builder.Append('…').ToString();
            }

            _ = escape is null ? builder.Append(text[i]) : builder.Append(escape);
        }

        return builder.ToString();
    }

    /// <summary>As <see cref="Escape(string)"/>, for bytes of unknown encoding: each byte beyond ASCII is escaped too.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
        => Escape(Encoding.Latin1.GetString(bytes.Length > MaxLength + 1 ? bytes[..(MaxLength + 1)] : bytes));

    private static bool IsPlain(char c) => c is >= ' ' and < (char)0x7f && c != '\\'
        || (c >= (char)0xa0 && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned));
}
