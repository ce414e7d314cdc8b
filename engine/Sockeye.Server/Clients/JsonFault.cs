using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sockeye.Server.Clients;

/// <summary>Where a packet ceases to be JSON, in words: looked for only once it was refused.</summary>
internal static class JsonFault
{
    /// <summary>Bytes that are shown (own: a word or a number).</summary>
    private const int MaxShownBytes = 24;

    private static readonly SearchValues<byte> Ends = SearchValues.Create(",:]} \t\r\n"u8);

    /// <summary>The text of a rule with the place where it was broken.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="packet">The packet.</param>
    public static string Describe(string rule, ReadOnlySpan<byte> packet)
    {
        var start = packet.IndexOfAny((byte)'[', (byte)'{');
        if (start < 0)
        {
            return rule;
        }

        var reader = new Utf8JsonReader(packet[start..]);
        try
        {
            while (reader.Read())
            {
            }

            return rule;
        }
        catch (JsonException fault)
        {
            var at = start + (int)(fault.LineNumber == 0 && fault.BytePositionInLine is { } position ? position : reader.BytesConsumed);
            var rest = packet[Math.Min(at, packet.Length)..];
            if (rest.IsEmpty)
            {
                return $"{rule.TrimEnd('.')}: it ends too early.";
            }

            var length = rest[1..].IndexOfAny(Ends);
            var token = rest[..Math.Min(length < 0 ? rest.Length : length + 1, MaxShownBytes)];
            var hint = token.StartsWith("NaN"u8) || token.StartsWith("Infinity"u8) ? ", which JSON has not" : "";
            return string.Create(CultureInfo.InvariantCulture, $"{rule.TrimEnd('.')}: {LogText.Escape(Encoding.UTF8.GetString(token))} at byte {at}{hint}.");
        }
    }
}
