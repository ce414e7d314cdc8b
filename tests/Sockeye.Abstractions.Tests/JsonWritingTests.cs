using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sockeye.Abstractions.Tests;

public sealed class JsonWritingTests
{
    private readonly FakeSocket _socket = new();

    /// <summary>The values that every client library is asked to give back, as they are emitted and as JSON.</summary>
    public static TheoryData<object?, string> Values => new()
    {
        { null, "null" },
        { true, "true" },
        { false, "false" },
        { 0, "0" },
        { -1, "-1" },
        { 1.5, "1.5" },
        { 1e21, "1e21" },
        { 9007199254740991, "9007199254740991" },
        { "", "\"\"" },
        { "text", "\"text\"" },
        { Array.Empty<object?>(), "[]" },
        { new Dictionary<string, object?>(), "{}" },
        { new object?[] { 1, new object?[] { 2, new object?[] { 3 } } }, "[1,[2,[3]]]" },
        { new { a = new { b = new object?[] { null, new { c = "d" } } } }, "{\"a\":{\"b\":[null,{\"c\":\"d\"}]}}" },
        { "てすと", "\"てすと\"" },
        { "Я Б Г", "\"Я Б Г\"" },
        { "😀👩‍👩‍👧", "\"😀👩‍👩‍👧\"" },
        { "\0\u001e\u2028\"\\/\n", "\"\\u0000\\u001e\\u2028\\\"\\\\/\\n\"" },
        { "e\u0301", "\"e\\u0301\"" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_the_same_JSON_alone_inside_a_list_and_inside_an_object(object? value, string json)
    {
        var expected = JsonNode.Parse(json);
        _socket.EmitArgs("types", value);
        AssertSame(expected, Argument(0));
        _socket.EmitArgs("types", 1, new object?[] { value }, new { inner = value });
        AssertSame(expected, Argument(1)![0]);
        AssertSame(expected, Argument(2)!["inner"]);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_that_was_read_untyped_is_written_as_it_was(object? value, string json)
    {
        _ = value;
        var reader = FakeSocket.Reader(_socket, "e", json);
        _socket.Emit("e", reader.Read<object?>());
        AssertSame(JsonNode.Parse(json), Argument(0));
    }

    [Fact]
    public void Typed_emits_write_the_same_bytes_as_untyped_ones()
    {
        Check("text");
        Check("😀");
        Check(true);
        Check(1);
        Check(1L << 40);
        Check(1.5);
        Check(1e21);
        Check(-0.0);
        Check(float.MaxValue);
        Check(0.1f);
        Check(1.20m);
        Check(new byte[] { 1 });
        Check((byte)5);
        Check(ulong.MaxValue);
        Check(new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc));
        Check(DayOfWeek.Friday);
        Check(Guid.Empty);

        void Check<T>(T value)
        {
            _socket.Emit("x", value);
            _socket.EmitArgs("x", value);
            Assert.Equal(_socket.Sent[^2].Payload, _socket.Sent[^1].Payload);
        }
    }

    [Fact]
    public void Text_beyond_ASCII_travels_unescaped()
    {
        _socket.Emit("x", "てすと 😀 \u2028 </script>");
        Assert.Equal("[\"x\",\"てすと 😀 \u2028 </script>\"]", _socket.Sent[0].Payload);
        _socket.Emit("é", 1);
        Assert.Equal("[\"é\",1]", _socket.Sent[1].Payload);
    }

    [Fact]
    public void Every_control_character_is_escaped()
    {
        for (var c = '\0'; c < ' '; c++)
        {
            var text = "a" + c + "b";
            _socket.Emit("x", text);
            Assert.DoesNotContain(c, _socket.Sent[^1].Payload);
            Assert.Equal(text, Argument(0)!.GetValue<string>());
        }
    }

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character()
    {
        _socket.Emit("x", "a\ud800b");
        Assert.Equal("a\ufffdb", Argument(0)!.GetValue<string>());
        _socket.Emit("x", "\udc00\\");
        Assert.Equal("\ufffd\\", Argument(0)!.GetValue<string>());
        _socket.Emit("x", new { Text = "a\ud800" });
        Assert.Equal("a\ufffd", Argument(0)!["text"]!.GetValue<string>());
    }

    [Fact]
    public void Long_texts_are_whole()
    {
        var text = string.Concat(Enumerable.Repeat("x\"é😀\n", 50_000));
        _socket.Emit("x", text);
        Assert.Equal(text, Argument(0)!.GetValue<string>());
        _socket.Emit("x", 1);
        Assert.Equal("[\"x\",1]", _socket.Sent[^1].Payload);
    }

    [Fact]
    public void Times_are_written_as_JavaScript_does()
    {
        var time = new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc);
        var offset = new DateTimeOffset(2026, 11, 24, 12, 0, 0, 5, TimeSpan.FromHours(2));
        _socket.Emit("x", time, offset, new { date = time });
        Assert.Equal("[\"x\",\"2026-11-24T10:00:00.000Z\",\"2026-11-24T10:00:00.005Z\",{\"date\":\"2026-11-24T10:00:00.000Z\"}]", _socket.Sent[0].Payload);
    }

    [Fact]
    public void Binary_at_any_depth_is_an_attachment_in_the_order_of_its_place()
    {
        _socket.Emit(
            "x",
            new byte[] { 0 },
            new Envelope([1], new ReadOnlyMemory<byte>([2]), [[3], [4]], new Dictionary<string, object?> { ["deep"] = new object?[] { new byte[] { 5 } } }),
            new ArraySegment<byte>([9, 6, 9], 1, 1));

        var numbers = _socket.Sent[0].Payload.Split("\"num\":").Skip(1).Select(rest => rest[0] - '0');
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], numbers);
        Assert.Equal([[0], [1], [2], [3], [4], [5], [6]], _socket.Sent[0].Attachments);
    }

    [Fact]
    public void Objects_are_written_in_camel_case_unless_the_options_say_otherwise()
    {
        _socket.Emit("x", new { FirstName = "a" });
        Assert.Equal("[\"x\",{\"firstName\":\"a\"}]", _socket.Sent[0].Payload);

        var other = new FakeSocket(new FakeNamespace(new JsonPayloadCodec(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })));
        other.Emit("x", new { FirstName = "a" });
        Assert.Equal("[\"x\",{\"first_name\":\"a\"}]", other.Sent[0].Payload);
    }

    [Fact]
    public void A_value_nested_too_deep_is_refused()
    {
        object? Nest(int depth)
        {
            object? value = 1;
            for (var i = 0; i < depth; i++)
            {
                value = new object?[] { value };
            }

            return value;
        }

        _socket.Emit("x", Nest(60));
        Assert.Single(_socket.Sent);
        Assert.ThrowsAny<Exception>(() => _socket.Emit("x", Nest(70)));
        Assert.Single(_socket.Sent);
    }

    [Fact]
    public void A_codec_of_the_application_serves_its_type()
    {
        var codec = new JsonPayloadCodec().Add(new PairCodec());
        var socket = new FakeSocket(new FakeNamespace(codec));
        socket.Emit("x", new Pair(1, 2));
        Assert.Equal("[\"x\",[1,2]]", socket.Sent[0].Payload);
        var seen = new List<Pair>();
        socket.On("x", (Pair pair, int after) => seen.Add(pair with { B = pair.B + after }));
        Assert.Null(socket.Receive("x", "[3,4],10"));
        Assert.Equal([new Pair(3, 14)], seen);
    }

    private static void AssertSame(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected?.ToJsonString() ?? "null"} is not {actual?.ToJsonString() ?? "null"}");

    private JsonNode? Argument(int index) => JsonNode.Parse(_socket.Sent[^1].Payload)![index + 1];

    private sealed record Envelope(byte[] A, ReadOnlyMemory<byte> B, List<byte[]> C, object D);

    private readonly record struct Pair(int A, int B);

    private sealed class PairCodec : ValueCodec<Pair>
    {
        public override void Write(EventWriter writer, Pair value) => writer.Write(System.Text.Encoding.UTF8.GetBytes($"[{value.A},{value.B}]"));

        public override bool TryRead(ref EventReader reader, out Pair value)
        {
            value = default;
            var json = new Utf8JsonReader(reader.Remaining);
            if (!json.Read() || json.TokenType != JsonTokenType.StartArray || !json.Read() || !json.TryGetInt32(out var a)
                || !json.Read() || !json.TryGetInt32(out var b) || !json.Read())
            {
                return false;
            }

            value = new Pair(a, b);
            reader.Skip((int)json.BytesConsumed);
            return true;
        }
    }
}
