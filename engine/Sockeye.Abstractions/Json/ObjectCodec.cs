using System.Text.Json;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>An untyped argument: common values without the serialiser, the others by their type at run time.</summary>
internal sealed class ObjectCodec(JsonRules rules) : ValueCodec<object?>
{
    /// <summary>In the place of a value that has to be written by the rules of the application.</summary>
    private static readonly object Otherwise = new();

    public override void Write(EventWriter writer, object? value)
    {
        switch (rules.WritesPlainly || value is null ? value : Otherwise)
        {
            case null: writer.Write("null"u8); break;
            case string text: JsonText.Write(writer, text); break;
            case bool boolean: writer.Write(boolean ? "true"u8 : "false"u8); break;
            case int number: JsonNumbers.Write(writer, number); break;
            case long number: JsonNumbers.Write(writer, number); break;
            // An sbyte[] would pass for one.
            case byte[] bytes when bytes.GetType() == typeof(byte[]): writer.WriteAttachment(bytes); break;
            default:
                var json = writer.BeginJson(rules.Encoder);
                using (AttachmentScope.Write(writer))
                {
                    JsonObjects.Write(json, value, rules);
                    json.Flush();
                }

                break;
        }
    }

    public override bool TryRead(ref EventReader reader, out object? value)
    {
        var length = JsonSpan.Value(reader.Remaining);
        var json = new Utf8JsonReader(reader.Remaining[..length]);
        try
        {
            using (AttachmentScope.Read(reader.Attachments))
            {
                json.Read();
                value = JsonObjects.Read(ref json);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or JsonException or FormatException)
        {
            // A number beyond the range of double.
            reader.Fault = exception;
            value = null;
            return false;
        }

        reader.Skip(length);
        return true;
    }
}
