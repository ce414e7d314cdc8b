using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Abstractions.Json;

/// <summary>Bytes inside other values: attachments too.</summary>
internal sealed class BinaryConverter<T>(Func<T, ReadOnlyMemory<byte>> open, Func<byte[], T> close) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AttachmentScope.TryRead(ref reader, out var bytes) ? close(bytes!) : throw new JsonException("Binary is expected here.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => AttachmentScope.Add(writer, open(value));
}

/// <summary>Times as JavaScript writes them. One without a zone is taken as UTC.</summary>
internal sealed class DateTimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTime() is { Kind: DateTimeKind.Local } local ? local.ToUniversalTime() : DateTime.SpecifyKind(reader.GetDateTime(), DateTimeKind.Utc);

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        JsonTime.Write(writer, value.Kind == DateTimeKind.Local ? value.ToUniversalTime() : value);
}

/// <summary>Times as JavaScript writes them.</summary>
internal sealed class DateTimeOffsetConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => JsonTime.Write(writer, value.UtcDateTime);
}

/// <summary>Untyped values.</summary>
internal sealed class ObjectConverter(JsonRules rules) : JsonConverter<object>
{
    public override bool HandleNull => true;

    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonObjects.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) => JsonObjects.Write(writer, value, rules);
}

internal static class JsonTime
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static void Write(Utf8JsonWriter writer, DateTime utc)
    {
        Span<byte> text = stackalloc byte[32];
        utc.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}
