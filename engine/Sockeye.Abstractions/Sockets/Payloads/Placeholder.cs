using System.Buffers.Text;
using System.Text.Json;

namespace Sockeye.Abstractions.Sockets;

/// <summary>The object that stands for an attachment in JSON: <c>{"_placeholder":true,"num":0}</c>.</summary>
internal static class Placeholder
{
    public const int MaxBytes = 48;

    private static ReadOnlySpan<byte> Key => "_placeholder"u8;

    private static ReadOnlySpan<byte> Num => "num"u8;

    public static int Write(Span<byte> destination, int number)
    {
        var head = "{\"_placeholder\":true,\"num\":"u8;
        head.CopyTo(destination);
        Utf8Formatter.TryFormat(number, destination[head.Length..], out var digits);
        destination[head.Length + digits] = (byte)'}';
        return head.Length + digits + 1;
    }

    public static void Write(Utf8JsonWriter writer, int number)
    {
        writer.WriteStartObject();
        writer.WriteBoolean(Key, true);
        writer.WriteNumber(Num, number);
        writer.WriteEndObject();
    }

    /// <summary>Whether the object at whose start the reader stands is a placeholder; the reader then stands at its end, and otherwise where it stood.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out int number)
    {
        number = 0;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var ahead = reader;
        bool isMarked = false, hasNumber = false;
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            if (ahead.ValueTextEquals(Key))
            {
                isMarked = ahead.Read() && ahead.TokenType == JsonTokenType.True;
            }
            else if (ahead.ValueTextEquals(Num))
            {
                hasNumber = ahead.Read() && ahead.TokenType == JsonTokenType.Number && ahead.TryGetInt32(out number);
            }
            else
            {
                return false;
            }
        }

        if (!isMarked || !hasNumber || ahead.TokenType != JsonTokenType.EndObject)
        {
            return false;
        }

        reader = ahead;
        return true;
    }
}
