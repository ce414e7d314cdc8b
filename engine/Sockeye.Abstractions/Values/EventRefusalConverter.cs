using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Abstractions.Values;

/// <summary>A refusal as JSON, without reflection.</summary>
internal sealed class EventRefusalConverter : JsonConverter<EventRefusal>
{
    public override EventRefusal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("refused", out var reason) && reason.ValueKind == JsonValueKind.String
            && document.RootElement.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String && code.GetString() is { Length: > 0 } text
            ? new EventRefusal(reason.GetString()!, text)
            : throw new JsonException("A refusal is an object with the texts refused and code.");
    }

    public override void Write(Utf8JsonWriter writer, EventRefusal value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("refused"u8, value.Reason);
        writer.WriteString("code"u8, value.Code);
        writer.WriteEndObject();
    }
}
