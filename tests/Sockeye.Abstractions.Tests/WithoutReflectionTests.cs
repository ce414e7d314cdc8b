using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sockeye.Abstractions.Json;

namespace Sockeye.Abstractions.Tests;

/// <summary>The codec as it is in trimmed and Native AOT applications, where System.Text.Json may not reflect.</summary>
public sealed partial class WithoutReflectionTests
{
    private readonly FakeSocket _socket = new(new FakeNamespace(new JsonPayloadCodec(null, CommonJsonTypes.Default)));

    [Fact]
    public void A_type_without_metadata_fails_when_its_handler_is_registered_and_the_message_says_what_to_do()
    {
        var e = Assert.Throws<NotSupportedException>(() => _socket.On("x", (Move move) => { }));
        Assert.Contains(typeof(Move).ToString(), e.Message, StringComparison.Ordinal);
        Assert.Contains("TypeInfoResolverChain.Add", e.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => _socket.Emit("x", new Move(1, 2)));
        Assert.Throws<NotSupportedException>(() => _socket.EmitArgs("x", new Move(1, 2)));
        Assert.Empty(_socket.Sent);
    }

    [Fact]
    public void A_type_that_a_context_of_the_application_names_is_written_and_read()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        options.TypeInfoResolverChain.Add(Moves.Default);
        var socket = new FakeSocket(new FakeNamespace(new JsonPayloadCodec(options, CommonJsonTypes.Default)));
        Move? read = null;
        socket.On("x", (Move move) => { read = move; });
        socket.Receive("x", "{\"x\":1,\"y\":2}");
        Assert.Equal(new Move(1, 2), read);
        socket.Emit("x", new Move(3, 4));
        Assert.Equal("[\"x\",{\"x\":3,\"y\":4}]", socket.Sent[^1].Payload);
    }

    [Fact]
    public void Common_types_need_no_context()
    {
        Check("a", "\"a\"");
        Check(1.5, "1.5");
        Check((ushort)7, "7");
        Check(new[] { "a", "b" }, "[\"a\",\"b\"]");
        Check(new List<string> { "a" }, "[\"a\"]");
        Check(new[] { 1, 2 }, "[1,2]");
        Check(new Dictionary<string, string> { ["a"] = "b" }, "{\"a\":\"b\"}");
        Check(new Dictionary<string, object?> { ["a"] = new object?[] { 1, null, "b" } }, "{\"a\":[1,null,\"b\"]}");
        Check(new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc), "\"2026-11-24T10:00:00.000Z\"");
        Check(new EventRefusal("No.", "no"), "{\"refused\":\"No.\",\"code\":\"no\"}");
        Check(Guid.Empty, "\"00000000-0000-0000-0000-000000000000\"");
        Check(JsonElement.Parse("[1]"), "[1]");
        Check(new JsonObject { ["a"] = 1 }, "{\"a\":1}");
        Check<object?>(JsonValue.Create(1), "1");
        Check<object?>(default(JsonElement), "null");

        void Check<T>(T value, string json)
        {
            _socket.Emit("x", value);
            Assert.Equal($"[\"x\",{json}]", _socket.Sent[^1].Payload);
            _socket.EmitArgs("x", value);
            Assert.Equal($"[\"x\",{json}]", _socket.Sent[^1].Payload);
        }
    }

    [Fact]
    public void Arrays_lists_and_dictionaries_of_every_common_type_need_no_context()
    {
        Check(true, "true");
        CheckOne((byte)1, "1");
        CheckOne(new List<byte> { 1 }, "[1]");
        CheckForms<byte?>(1, "1");
        Check((sbyte)-1, "-1");
        Check((short)-1, "-1");
        Check((ushort)1, "1");
        Check(-1, "-1");
        Check(1u, "1");
        Check(-1L, "-1");
        Check(1UL, "1");
        Check(1.5f, "1.5");
        Check(1.5, "1.5");
        Check((Half)1.5, "1.5");
        Check(1.50m, "1.50");
        Check('c', "\"c\"");
        Check(Guid.Empty, "\"00000000-0000-0000-0000-000000000000\"");
        Check(new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc), "\"2026-11-24T10:00:00.000Z\"");
        Check(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero), "\"2026-11-24T10:00:00.000Z\"");
        Check(new DateOnly(2026, 11, 24), "\"2026-11-24\"");
        Check(new TimeOnly(10, 0), "\"10:00:00\"");
        Check(TimeSpan.FromSeconds(1), "\"00:00:01\"");
        CheckForms("a", "\"a\"");
        CheckForms(new Uri("http://a/"), "\"http://a/\"");

        void Check<T>(T value, string json)
            where T : struct
        {
            CheckForms(value, json);
            CheckForms<T?>(value, json);
            CheckForms<T?>(null, "null");
        }

        void CheckForms<T>(T value, string json)
        {
            CheckOne(value, json);
            CheckOne(new[] { value, value }, $"[{json},{json}]");
            CheckOne(new List<T> { value }, $"[{json}]");
            CheckOne(new Dictionary<string, T> { ["k"] = value }, $"{{\"k\":{json}}}");
        }

        void CheckOne<T>(T value, string json)
        {
            _socket.Emit("x", value);
            Assert.Equal($"[\"x\",{json}]", _socket.Sent[^1].Payload);
            _socket.EmitArgs("x", value, new object?[] { value });
            Assert.Equal($"[\"x\",{json},[{json}]]", _socket.Sent[^1].Payload);
            Assert.Equal(value, FakeSocket.Reader(_socket, "x", json).Read<T>());
        }
    }

    [Fact]
    public void Converters_of_the_application_serve_common_types()
    {
        var options = JsonPayloadCodec.Defaults();
        options.Converters.Add(new Minutes());
        var socket = new FakeSocket(new FakeNamespace(new JsonPayloadCodec(options, CommonJsonTypes.Default)));
        socket.Emit("x", TimeSpan.FromMinutes(2), new[] { TimeSpan.FromMinutes(3) }, new Dictionary<string, TimeSpan?> { ["k"] = TimeSpan.FromMinutes(4) });
        Assert.Equal("[\"x\",2,[3],{\"k\":4}]", socket.Sent[^1].Payload);
        Assert.Equal([TimeSpan.FromMinutes(5)], FakeSocket.Reader(socket, "x", "[5]").Read<List<TimeSpan>>()!);
    }

    [Fact]
    public void Bytes_inside_common_types_are_attachments()
    {
        _socket.Emit("x", new Dictionary<string, object?> { ["a"] = new byte[] { 1, 2 } });
        Assert.Equal([1, 2], Assert.Single(_socket.Sent[^1].Attachments));
        Assert.Contains("_placeholder", _socket.Sent[^1].Payload, StringComparison.Ordinal);
    }

    private sealed class Minutes : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromMinutes(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue((int)value.TotalMinutes);
    }

    internal sealed record Move(int X, int Y);

    [JsonSerializable(typeof(Move))]
    internal sealed partial class Moves : JsonSerializerContext;
}
