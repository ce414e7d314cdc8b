using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye;

/// <summary>A type served by System.Text.Json.</summary>
internal sealed class SerializerCodec<T>(JsonTypeInfo<T> info) : ValueCodec<T>
{
    public override void Write(EventWriter writer, T value)
    {
        var json = writer.BeginJson();
        using (AttachmentScope.Write(writer))
        {
            JsonSerializer.Serialize(json, value, info);
        }
    }

    public override bool TryRead(ref EventReader reader, out T? value)
    {
        var length = JsonSpan.Value(reader.Remaining);
        try
        {
            using (AttachmentScope.Read(reader.Attachments))
            {
                value = JsonSerializer.Deserialize(reader.Remaining[..length], info);
            }
        }
        catch (JsonException exception)
        {
            // The serialiser has no other way to say that the text is no T.
            reader.Fault = exception;
            value = default;
            return false;
        }

        reader.Skip(length);
        return value is not null || default(T) is null;
    }
}
