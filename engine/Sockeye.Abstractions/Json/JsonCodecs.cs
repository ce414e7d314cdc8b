using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>The types that are written and read without the serialiser.</summary>
internal static class JsonCodecs
{
    private static readonly Dictionary<Type, object> BuiltIn = new()
    {
        [typeof(bool)] = new BooleanCodec(),
        [typeof(byte)] = new NumberCodec<byte>(),
        [typeof(sbyte)] = new NumberCodec<sbyte>(),
        [typeof(short)] = new NumberCodec<short>(),
        [typeof(ushort)] = new NumberCodec<ushort>(),
        [typeof(int)] = new NumberCodec<int>(),
        [typeof(uint)] = new NumberCodec<uint>(),
        [typeof(long)] = new NumberCodec<long>(),
        [typeof(ulong)] = new NumberCodec<ulong>(),
        [typeof(float)] = new NumberCodec<float>(),
        [typeof(double)] = new NumberCodec<double>(),
        [typeof(decimal)] = new NumberCodec<decimal>(),
        [typeof(bool?)] = new NullableCodec<bool>(new BooleanCodec()),
        [typeof(int?)] = new NullableCodec<int>(new NumberCodec<int>()),
        [typeof(long?)] = new NullableCodec<long>(new NumberCodec<long>()),
        [typeof(float?)] = new NullableCodec<float>(new NumberCodec<float>()),
        [typeof(double?)] = new NullableCodec<double>(new NumberCodec<double>()),
        [typeof(string)] = new StringCodec(),
        [typeof(byte[])] = new BinaryCodec<byte[]>(static bytes => bytes, static bytes => bytes),
        [typeof(ReadOnlyMemory<byte>)] = new BinaryCodec<ReadOnlyMemory<byte>>(static bytes => bytes, static bytes => bytes),
        [typeof(Memory<byte>)] = new BinaryCodec<Memory<byte>>(static bytes => bytes, static bytes => bytes),
        [typeof(ArraySegment<byte>)] = new BinaryCodec<ArraySegment<byte>>(static bytes => bytes, static bytes => bytes),
    };

    /// <summary>The codec of a type that needs no serialiser; null if there is none.</summary>
    public static ValueCodec<T>? Find<T>(JsonRules rules) => (ValueCodec<T>?)(
        BuiltIn.TryGetValue(typeof(T), out var codec) ? codec
        : typeof(T) == typeof(object) ? new ObjectCodec(rules)
        : typeof(T) == typeof(JsonElement) ? new ElementCodec(rules)
        : typeof(T) == typeof(JsonElement?) ? new NullableCodec<JsonElement>(new ElementCodec(rules))
        : typeof(T) == typeof(JsonNode) ? new NodeCodec(rules)
        : null);

    /// <summary>Whether <c>null</c> stands here; moves over it.</summary>
    public static bool TryReadNull(ref EventReader reader)
    {
        if (!reader.Remaining.StartsWith("null"u8))
        {
            return false;
        }

        reader.Skip(4);
        return true;
    }
}

internal sealed class BooleanCodec : ValueCodec<bool>
{
    public override void Write(EventWriter writer, bool value) => writer.Write(value ? "true"u8 : "false"u8);

    public override bool TryRead(ref EventReader reader, out bool value)
    {
        value = reader.Remaining.StartsWith("true"u8);
        if (!value && !reader.Remaining.StartsWith("false"u8))
        {
            return false;
        }

        reader.Skip(value ? 4 : 5);
        return true;
    }
}

/// <summary>A number; what is outside of the type's range, or no whole number for a type of whole numbers, is no value of it.</summary>
internal sealed class NumberCodec<T> : ValueCodec<T>
    where T : struct, INumber<T>
{
    private static readonly NumberStyles Styles =
        typeof(T) == typeof(double) || typeof(T) == typeof(float) || typeof(T) == typeof(decimal) ? NumberStyles.Float : NumberStyles.AllowLeadingSign;

    public override void Write(EventWriter writer, T value)
    {
        if (!T.IsFinite(value))
        {
            throw new ArgumentException($"{value} is no number in JSON.");
        }

        JsonNumbers.Write(writer, value);
    }

    public override bool TryRead(ref EventReader reader, out T value)
    {
        var json = reader.Remaining;
        if (typeof(T) != typeof(decimal) && JsonNumbers.TryReadPlain(json, out value, out var length))
        {
            reader.Skip(length);
            return true;
        }

        length = JsonSpan.Literal(json);
        if (!T.TryParse(json[..length], Styles, CultureInfo.InvariantCulture, out value) || !T.IsFinite(value))
        {
            return false;
        }

        reader.Skip(length);
        return true;
    }
}

/// <summary>A number that may stand in quotes, or is written in them: the serialiser knows how. What stands without them is read as always.</summary>
internal sealed class LenientCodec<T>(ValueCodec<T> plain, ValueCodec<T> serializer, bool writesBySerializer) : ValueCodec<T>
{
    public override void Write(EventWriter writer, T value) => (writesBySerializer ? serializer : plain).Write(writer, value);

    public override bool TryRead(ref EventReader reader, out T? value) =>
        (reader.Remaining[0] == (byte)'"' ? serializer : plain).TryRead(ref reader, out value);
}

internal sealed class NullableCodec<T>(ValueCodec<T> codec) : ValueCodec<T?>
    where T : struct
{
    public override void Write(EventWriter writer, T? value)
    {
        if (value is { } known)
        {
            codec.Write(writer, known);
        }
        else
        {
            writer.Write("null"u8);
        }
    }

    public override bool TryRead(ref EventReader reader, out T? value)
    {
        value = null;
        if (JsonCodecs.TryReadNull(ref reader))
        {
            return true;
        }

        if (!codec.TryRead(ref reader, out var known))
        {
            return false;
        }

        value = known;
        return true;
    }
}

internal sealed class StringCodec : ValueCodec<string>
{
    public override void Write(EventWriter writer, string value)
    {
        if (value is null)
        {
            writer.Write("null"u8);
        }
        else
        {
            JsonText.Write(writer, value);
        }
    }

    public override bool TryRead(ref EventReader reader, out string? value)
    {
        value = null;
        if (JsonCodecs.TryReadNull(ref reader))
        {
            return true;
        }

        var json = reader.Remaining;
        if (json[0] != (byte)'"')
        {
            return false;
        }

        var length = JsonSpan.Text(json);
        if (!JsonText.TryRead(json[..length], out value))
        {
            return false;
        }

        reader.Skip(length);
        return true;
    }
}

internal sealed class ElementCodec(JsonRules rules) : ValueCodec<JsonElement>
{
    public override void Write(EventWriter writer, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            writer.Write("null"u8);
            return;
        }

        var json = writer.BeginJson(rules.Encoder);
        value.WriteTo(json);
        json.Flush();
    }

    public override bool TryRead(ref EventReader reader, out JsonElement value)
    {
        var length = JsonSpan.Value(reader.Remaining);
        value = JsonElement.Parse(reader.Remaining[..length]);
        reader.Skip(length);
        return true;
    }
}

internal sealed class NodeCodec(JsonRules rules) : ValueCodec<JsonNode>
{
    public override void Write(EventWriter writer, JsonNode value)
    {
        if (value is null)
        {
            writer.Write("null"u8);
            return;
        }

        var json = writer.BeginJson(rules.Encoder);
        value.WriteTo(json);
        json.Flush();
    }

    public override bool TryRead(ref EventReader reader, out JsonNode? value)
    {
        var length = JsonSpan.Value(reader.Remaining);
        value = JsonNode.Parse(reader.Remaining[..length]);
        reader.Skip(length);
        return true;
    }
}
