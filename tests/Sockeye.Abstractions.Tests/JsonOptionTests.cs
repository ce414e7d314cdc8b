using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Tests;

/// <summary>The options of the application hold for arguments as they do inside objects.</summary>
public sealed class JsonOptionTests
{
    [Fact]
    public void A_converter_holds_at_every_depth_in_both_directions()
    {
        var socket = Socket(options =>
        {
            options.Converters.Add(new Shouting());
            options.Converters.Add(new Cents());
            options.Converters.Add(new Base64());
            options.Converters.Add(new YesNo());
        });
        Check("a", "\"A\"");
        Check(1.5m, "150");
        Check<decimal?>(1.5m, "150");
        Check(new byte[] { 1 }, "\"AQ==\"");
        Check(true, "\"yes\"");
        Check<bool?>(true, "\"yes\"");

        void Check<T>(T value, string json)
        {
            Same(socket, value, json);
            Reads(socket, json, value is string ? (T)(object)"A" : value);
        }
    }

    [Fact]
    public void Enums_may_be_texts_at_every_depth()
    {
        var socket = Socket(options => options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        Same(socket, DayOfWeek.Friday, "\"friday\"");
        Reads(socket, "\"friday\"", DayOfWeek.Friday);
    }

    [Fact]
    public void Numbers_in_quotes_are_no_numbers_at_any_depth_unless_the_options_say_so()
    {
        var strict = Socket(_ => { });
        Refuses<int>(strict, "\"5\"");
        Refuses<double>(strict, "\"5\"");
        Refuses<long?>(strict, "\"5\"");
        Refuses<double>(strict, "\"NaN\"");

        var lenient = Socket(options => options.NumberHandling = JsonNumberHandling.AllowReadingFromString);
        Reads(lenient, "\"5\"", 5);
        Reads(lenient, "5", 5);
        Reads<long?>(lenient, "\"5\"", 5);
        Reads(lenient, "\"5.5\"", 5.5);
        Refuses<int>(lenient, "\"x\"");
        Refuses<double>(lenient, "\"1e400\"");
        Refuses<double>(lenient, "\"NaN\"");
        Same(lenient, 5, "5");
    }

    [Fact]
    public void Numbers_may_be_written_in_quotes_and_by_name_at_every_depth()
    {
        var socket = Socket(options => options.NumberHandling = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals);
        Same(socket, 5, "\"5\"");
        Same<long?>(socket, 5L, "\"5\"");
        Same(socket, 1.5, "\"1.5\"");
        Same(socket, double.NaN, "\"NaN\"");
        Reads(socket, "\"NaN\"", double.NaN);
        Reads(socket, "\"-Infinity\"", float.NegativeInfinity);
        Refuses<double>(socket, "1e400");
        Refuses<double>(socket, "\"1e400\"");
    }

    [Fact]
    public void The_encoder_holds_at_every_depth()
    {
        Same(Socket(options => options.Encoder = JavaScriptEncoder.Default), "<é>", "\"\\u003C\\u00E9\\u003E\"");
        Same(Socket(_ => { }), "<é>", "\"<é>\"");
    }

    [Fact]
    public void The_policy_for_keys_holds_for_dictionaries_of_every_kind()
    {
        var socket = Socket(options => options.DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower);
        Same(socket, new Dictionary<string, object?> { ["OneKey"] = 1 }, "{\"one_key\":1}");
        Same(socket, new Dictionary<string, int> { ["OneKey"] = 1 }, "{\"one_key\":1}");
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1E+400")]
    [InlineData("123456789e999999")]
    [InlineData("1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void A_number_beyond_the_range_of_its_type_is_not_of_that_type_wherever_it_stands(string json)
    {
        var socket = Socket(_ => { });
        Refuses<double>(socket, json);
        Refuses<double?>(socket, json);
        Refuses<float>(socket, json);
        Refuses<Half>(socket, json);
        Refuses<object>(socket, json);
        Refuses<object>(socket, $"{{\"a\":[{json}]}}");
        Refuses<List<double>>(socket, $"[1,{json}]");
        Refuses<Dictionary<string, float>>(socket, $"{{\"a\":{json}}}");
        Refuses<Dictionary<double, int>>(socket, $"{{\"{json}\":1}}");
        Refuses<Point>(socket, $"{{\"x\":{json}}}");
        Refuses<Shape[]>(socket, $"[{{\"$type\":\"circle\",\"radius\":{json}}}]");
        var error = Assert.Throws<EventFormatException>(() => FakeSocket.Reader(socket, "e", $"{{\"x\":{json}}}").Read<Point>());
        Assert.Contains("$.x", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_floating_point_number_has_a_range_of_its_own()
    {
        var socket = Socket(_ => { });
        Refuses<float>(socket, "1e39");
        Refuses<float>(socket, "1000000000000000000000000000000000000000");
        Refuses<float>(socket, new string('9', 39));
        Refuses<float>(socket, "-" + new string('9', 39) + ".5");
        Refuses<double>(socket, new string('9', 309));
        Refuses<Half>(socket, "1e6");
        Refuses<Half>(socket, "99999");
        Reads(socket, "65504", Half.MaxValue);
        Reads(socket, new string('9', 38), float.Parse(new string('9', 38), System.Globalization.CultureInfo.InvariantCulture));
        Reads(socket, "1e39", 1e39);
        Reads(socket, "1.7976931348623157e308", double.MaxValue);
        Reads(socket, "3.4028235e38", float.MaxValue);
        Reads(socket, "1e-400", 0.0);
        Reads(socket, "\"1e400 and 1000000000000000000000000000000000000000\"", "1e400 and 1000000000000000000000000000000000000000");
    }

    [Fact]
    public void A_number_is_found_to_need_care_wherever_it_stands_in_a_long_text()
    {
        for (var before = 0; before < 50; before++)
        {
            var text = new string('x', before);
            Assert.True(JsonNumbers.MayOverflow(System.Text.Encoding.UTF8.GetBytes(text + "1e5" + text), JsonNumbers.DigitsOfFloat));
            Assert.True(JsonNumbers.MayOverflow(System.Text.Encoding.UTF8.GetBytes(text + "1E"), JsonNumbers.DigitsOfFloat));
            Assert.True(JsonNumbers.MayOverflow(System.Text.Encoding.UTF8.GetBytes(text + new string('1', 39) + text), JsonNumbers.DigitsOfFloat));
            Assert.False(JsonNumbers.MayOverflow(System.Text.Encoding.UTF8.GetBytes(text + "e1.e-" + new string('1', 38) + text), JsonNumbers.DigitsOfFloat));
        }
    }

    private static FakeSocket Socket(Action<JsonSerializerOptions> set)
    {
        var options = JsonPayloadCodec.Defaults();
        set(options);
        return new FakeSocket(new FakeNamespace(new JsonPayloadCodec(options)));
    }

    /// <summary>Written the same as argument, untyped argument, in arrays, lists, dictionaries, records, and answers.</summary>
    private static void Same<T>(FakeSocket socket, T value, string json)
    {
        socket.Emit("e", value);
        Assert.Equal($"[\"e\",{json}]", socket.Sent[^1].Payload);
        socket.EmitArgs("e", value);
        Assert.Equal($"[\"e\",{json}]", socket.Sent[^1].Payload);
        socket.Emit("e", new[] { value }, new List<object?> { value }, new object?[] { value });
        Assert.Equal($"[\"e\",[{json}],[{json}],[{json}]]", socket.Sent[^1].Payload);
        socket.Emit("e", new Dictionary<string, T> { ["k"] = value }, new Dictionary<string, object?> { ["k"] = value }, new Holder<T>(value));
        Assert.Equal($"[\"e\",{{\"k\":{json}}},{{\"k\":{json}}},{{\"held\":{json}}}]", socket.Sent[^1].Payload);
        new EventContext(socket, "e", 1).Ack(value);
        Assert.Equal($"[{json}]", socket.Acks[^1].Payload);
    }

    private static void Reads<T>(FakeSocket socket, string json, T expected)
    {
        Assert.Equal(expected, FakeSocket.Reader(socket, "e", json).Read<T>());
        Assert.Equal([expected], FakeSocket.Reader(socket, "e", $"[{json}]").Read<T[]>()!);
        Assert.Equal(expected, FakeSocket.Reader(socket, "e", $"{{\"held\":{json}}}").Read<Holder<T>>()!.Held);
        Assert.Equal(expected, FakeSocket.Reader(socket, "e", $"{{\"k\":{json}}}").Read<Dictionary<string, T>>()!["k"]);
    }

    private static void Refuses<T>(FakeSocket socket, string json)
    {
        Assert.Throws<EventFormatException>(() => FakeSocket.Reader(socket, "e", json).Read<T>());
        Assert.Throws<EventFormatException>(() => FakeSocket.Reader(socket, "e", $"[{json}]").Read<T[]>());
        Assert.Throws<EventFormatException>(() => FakeSocket.Reader(socket, "e", $"{{\"held\":{json}}}").Read<Holder<T>>());
        Assert.Throws<EventFormatException>(() => FakeSocket.Reader(socket, "e", $"{{\"k\":{json}}}").Read<Dictionary<string, T>>());
    }

    private sealed record Holder<T>(T Held);

    private sealed record Point(double X);

    [JsonDerivedType(typeof(Circle), "circle")]
    private abstract record Shape;

    private sealed record Circle(float Radius) : Shape;

    private sealed class Shouting : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!.ToUpperInvariant();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToUpperInvariant());
    }

    private sealed class Cents : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetInt64() / 100m;

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue((long)(value * 100));
    }

    private sealed class Base64 : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetBytesFromBase64();

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value);
    }

    private sealed class YesNo : JsonConverter<bool>
    {
        public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString() == "yes";

        public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteStringValue(value ? "yes" : "no");
    }
}
