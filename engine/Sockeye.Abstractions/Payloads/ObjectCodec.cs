using System.Text.Json;

namespace Sockeye;

/// <summary>An untyped argument: common values without the serialiser, the others by their type at run time.</summary>
internal sealed class ObjectCodec(JsonSerializerOptions options) : ValueCodec<object?>
{
    public override void Write(EventWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.Write("null"u8); break;
            case string text: JsonText.Write(writer, text); break;
            case bool boolean: writer.Write(boolean ? "true"u8 : "false"u8); break;
            case int number: JsonNumbers.Write(writer, number); break;
            case long number: JsonNumbers.Write(writer, number); break;
            case byte[] bytes: writer.WriteAttachment(bytes); break;
            default:
                JsonPayloadCodec.Refuse(value.GetType());
                var json = writer.BeginJson();
                using (AttachmentScope.Write(writer))
                {
                    JsonObjects.Write(json, value, options);
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
            // A surrogate that stands alone in a text.
            reader.Fault = exception;
            value = null;
            return false;
        }

        reader.Skip(length);
        return true;
    }
}
