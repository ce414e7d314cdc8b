using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>A type served by System.Text.Json.</summary>
/// <param name="info">How it is written and read.</param>
/// <param name="exact">How it is read once more where a number may be beyond the range of its type; null if it has no floating-point numbers.</param>
/// <param name="digits">Digits of the smallest number that may be.</param>
/// <param name="rules">The rules of the codec.</param>
internal sealed class SerializerCodec<T>(JsonTypeInfo<T> info, JsonTypeInfo<T>? exact, int digits, JsonRules rules) : ValueCodec<T>
{
    public override void Write(EventWriter writer, T value)
    {
        var json = writer.BeginJson(rules.Encoder);
        using (AttachmentScope.Write(writer))
        {
            JsonSerializer.Serialize(json, value, info);
        }
    }

    public override bool TryRead(ref EventReader reader, out T? value)
    {
        var length = JsonSpan.Value(reader.Remaining);
        var json = reader.Remaining[..length];
        try
        {
            using (AttachmentScope.Read(reader.Attachments))
            {
                value = JsonSerializer.Deserialize(json, info);
                if (exact is not null && rules.MayBeInfinite(json, digits))
                {
                    JsonSerializer.Deserialize(json, exact);
                }
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

    internal override void CheckReadable() => JsonTypes.CheckReadable(info, rules);
}
