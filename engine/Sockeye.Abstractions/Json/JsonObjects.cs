using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sockeye.Abstractions.Json;

/// <summary>Untyped values: written by their type at run time, read as plain .NET values.</summary>
internal static class JsonObjects
{
    public static void Write(Utf8JsonWriter writer, object? value, JsonRules rules)
    {
        if (writer.CurrentDepth >= rules.MaxDepth)
        {
            throw new JsonException($"The value is nested deeper than {rules.MaxDepth}, or contains itself.");
        }

        if (value is not null && rules.MustSerialize(value.GetType()))
        {
            JsonSerializer.Serialize(writer, value, value.GetType().IsCollectible ? rules.InfoOf(value.GetType()) : JsonTypes.Info(value.GetType(), rules.Options));
            return;
        }

        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool boolean: writer.WriteBooleanValue(boolean); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case double number: writer.WriteNumberValue(number); break;
            case float number: writer.WriteNumberValue(number); break;
            case byte[] bytes when bytes.GetType() == typeof(byte[]): AttachmentScope.Add(writer, bytes); break;
            case ReadOnlyMemory<byte> bytes: AttachmentScope.Add(writer, bytes); break;
            case Memory<byte> bytes: AttachmentScope.Add(writer, bytes); break;
            case ArraySegment<byte> bytes: AttachmentScope.Add(writer, bytes); break;
            case JsonElement element when element.ValueKind != JsonValueKind.Undefined: element.WriteTo(writer); break;
            case JsonElement: writer.WriteNullValue(); break;
            case JsonNode node: node.WriteTo(writer); break;
            case IDictionary<string, object?> pairs:
                writer.WriteStartObject();
                foreach (var (name, item) in pairs)
                {
                    writer.WritePropertyName(rules.Options.DictionaryKeyPolicy?.ConvertName(name) ?? name);
                    Write(writer, item, rules);
                }

                writer.WriteEndObject();
                break;
            case object?[] items: WriteArray(writer, items, rules); break;
            case List<object?> items: WriteArray(writer, CollectionsMarshal.AsSpan(items), rules); break;
            default:
                if (value.GetType() == typeof(object))
                {
                    writer.WriteStartObject();
                    writer.WriteEndObject();
                }
                else
                {
                    JsonSerializer.Serialize(writer, value, rules.InfoOf(value.GetType()));
                }

                break;
        }
    }

    /// <summary>Reads the value at whose first token the reader stands.</summary>
    public static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Number: return reader.TryGetInt64(out var whole) ? (object)whole : Finite(reader.GetDouble());
            case JsonTokenType.String: return reader.GetString();
            case JsonTokenType.StartArray:
                var items = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader));
                }

                return items.ToArray();
            case JsonTokenType.StartObject:
                if (AttachmentScope.TryRead(ref reader, out var bytes))
                {
                    return bytes;
                }

                var values = new Dictionary<string, object?>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    values[name] = Read(ref reader);
                }

                return values;
            default: return null;
        }
    }

    private static double Finite(double number) =>
        double.IsFinite(number) ? number : throw new JsonException($"The number is beyond the range of {typeof(double)}.");

    private static void WriteArray(Utf8JsonWriter writer, ReadOnlySpan<object?> items, JsonRules rules)
    {
        writer.WriteStartArray();
        foreach (var item in items)
        {
            Write(writer, item, rules);
        }

        writer.WriteEndArray();
    }
}
