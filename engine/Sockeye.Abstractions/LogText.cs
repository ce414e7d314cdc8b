using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Abstractions;

namespace Sockeye;

/// <summary>Makes text that came from a client safe for log lines, labels and the texts of exceptions. Any thread.</summary>
/// <remarks>What the server itself logs has passed through here; an application that logs what clients send may use it too.</remarks>
public static class LogText
{
    /// <summary>Longest text that a client can put into a log line: 128 characters (own: enough to recognise a path or an agent).</summary>
    public const int MaxLength = 128;

    /// <summary>Longest text of an exception that has a client's text in it: 1,024 characters (own).</summary>
    internal const int MaxMessageLength = 1024;

    /// <summary>At most <see cref="MaxLength"/> characters of <paramref name="text"/>; control characters, line separators, direction marks and backslashes become \uXXXX,
    /// so that a client can neither start a line nor hide one.</summary>
    /// <param name="text">The text; null is empty.</param>
    public static string Escape(string? text) => Escape(text, MaxLength);

    /// <summary>As <see cref="Escape(string)"/>, for bytes of unknown encoding: each byte beyond ASCII is escaped too.</summary>
    /// <param name="bytes">The bytes.</param>
    public static string Escape(ReadOnlySpan<byte> bytes)
        => Escape(Encoding.Latin1.GetString(bytes.Length > MaxLength + 1 ? bytes[..(MaxLength + 1)] : bytes));

    /// <summary>As <see cref="Escape(string)"/>, up to another length.</summary>
    internal static string Escape(string? text, int maxLength)
    {
        if (text is null)
        {
            return "";
        }

        var clean = 0;
        while (clean < text.Length && clean < maxLength && text[clean] != '\\' && IsPlain(text[clean]))
        {
            clean++;
        }

        if (clean == text.Length)
        {
            return text;
        }

        var builder = new StringBuilder(text, 0, clean, Math.Min(text.Length, maxLength) + 8);
        for (var i = clean; i < text.Length; i++)
        {
            var isPlain = text[i] != '\\' && IsPlain(text[i]);
            if (builder.Length + (isPlain ? 1 : 6) > maxLength)
            {
                return builder.Append('…').ToString();
            }

            Append(builder, text[i], isPlain);
        }

        return builder.ToString();
    }

    /// <summary>Loggers behind which no line and no exception holds a character by which a client could start a line, hide one or drive a terminal, whatever was forgotten before.
    /// The server's own loggers and those of plugins are such already.</summary>
    /// <param name="loggers">The loggers of the application, to which it goes on; null: none.</param>
    /// <returns>The same loggers if they are clean already.</returns>
    [return: NotNullIfNotNull(nameof(loggers))]
    public static ILoggerFactory? Clean(ILoggerFactory? loggers) => loggers is null or CleanLoggers ? loggers : new CleanLoggers(loggers);

    /// <summary>The whole of a line that is made of many texts, with what none of them may hold escaped.</summary>
    internal static string Clean(string line)
    {
        var i = 0;
        while (i < line.Length && IsPlain(line[i]))
        {
            i++;
        }

        if (i == line.Length)
        {
            return line;
        }

        var builder = new StringBuilder(line, 0, i, line.Length + 16);
        for (; i < line.Length; i++)
        {
            // Both halves of a character beyond the first plane are one.
            if (char.IsHighSurrogate(line[i]) && i + 1 < line.Length && char.IsLowSurrogate(line[i + 1]))
            {
                builder.Append(line, i++, 2);
            }
            else
            {
                Append(builder, line[i], IsPlain(line[i]));
            }
        }

        return builder.ToString();
    }

    private static void Append(StringBuilder builder, char character, bool isPlain)
    {
        if (isPlain)
        {
            builder.Append(character);
        }
        else
        {
            builder.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
        }
    }

    private static bool IsPlain(char c) => c is >= ' ' and < (char)0x7f
        || (c >= (char)0xa0 && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned));
}
