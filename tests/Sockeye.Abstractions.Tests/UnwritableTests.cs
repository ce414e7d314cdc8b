using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Abstractions.Tests;

/// <summary>What cannot be written fails the call that wants to send it, and nothing else.</summary>
public sealed class UnwritableTests
{
    private readonly FakeSocket _socket = new();
    private readonly FakeNamespace _namespace = new();

    public static TheoryData<object, Type> Values
    {
        get
        {
            var cycle = new List<object?>();
            cycle.Add(cycle);
            var node = new Node();
            node.Next = node;
            return new()
            {
                { double.NaN, typeof(ArgumentException) },
                { double.NegativeInfinity, typeof(ArgumentException) },
                { float.PositiveInfinity, typeof(ArgumentException) },
                { new[] { 1, double.NaN }, typeof(ArgumentException) },
                { new Point(double.NaN), typeof(ArgumentException) },
                { new object?[] { double.NaN }, typeof(ArgumentException) },
                { new Dictionary<string, object?> { ["x"] = float.NaN }, typeof(ArgumentException) },
                { cycle, typeof(ArgumentException) },
                { node, typeof(ArgumentException) },
                { new Broken(), typeof(ArgumentException) },
                { typeof(string), typeof(NotSupportedException) },
                { Task.CompletedTask, typeof(NotSupportedException) },
                { new object?[] { Task.CompletedTask }, typeof(NotSupportedException) },
                { new List<(int, int)> { (1, 2) }, typeof(NotSupportedException) },
                { new MemoryStream(), typeof(NotSupportedException) },
                { new CancellationTokenSource(), typeof(NotSupportedException) },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void It_fails_with_the_place_and_type_of_the_argument_and_leaves_nothing_behind(object value, Type failure)
    {
        var before = _socket.Sent.Count;
        Action[] calls =
        [
            () => _socket.Emit("x", 1, value),
            () => _socket.EmitArgs("x", new byte[] { 1 }, value),
            () => _socket.EmitArgs("x", [2, value]),
            () => _socket.Volatile.Emit("x", 1, value),
            () => _ = _socket.EmitWithAckAsync<int>("x", 1, value),
            () => _ = _socket.EmitArgsWithAckAsync<int>("x", [1, value]),
            () => _namespace.Emit("x", 1, value),
            () => _namespace.To("room").EmitArgs("x", 1, value),
            () => _ = _namespace.EmitWithAckAsync<int>("x", 1, value),
            () => new EventContext(_socket, "e", 7).Ack(1, value),
            () => new EventContext(_socket, "e", 7).AckArgs(1, value),
        ];
        foreach (var call in calls)
        {
            var error = Assert.Throws(failure, call);
            Assert.Contains("The second argument of ", error.Message, StringComparison.Ordinal);
            Assert.Contains(value.GetType().ToString(), error.Message, StringComparison.Ordinal);
            _socket.Emit("after", "clean");
            Assert.Equal("[\"after\",\"clean\"]", _socket.Sent[^1].Payload);
            Assert.Empty(_socket.Sent[^1].Attachments);
        }

        Assert.Equal(before + calls.Length, _socket.Sent.Count);
        Assert.Empty(_namespace.Sent);
        Assert.Empty(_socket.Acks);
        Assert.Throws(failure, () => { _ = _socket.EmitAsync("x", value); });
        Assert.Throws(failure, () => { _ = _namespace.EmitAsync("x", value); });
        Assert.Throws(failure, () => _socket.Data.Set("key", value));
    }

    [Fact]
    public void A_value_tuple_would_lose_its_parts_and_is_refused()
    {
        Assert.Throws<NotSupportedException>(() => _socket.Emit("x", (1, 2)));
        Assert.Throws<NotSupportedException>(() => _socket.EmitArgs("x", (1, 2)));
        Assert.Throws<NotSupportedException>(() => _socket.Emit("x", new object?[] { (1, 2) }));
        Assert.Throws<NotSupportedException>(() => _socket.Emit("x", new { Pair = (1, 2) }));
        Assert.Empty(_socket.Sent);
        var fields = new FakeSocket(new FakeNamespace(new JsonPayloadCodec(new JsonSerializerOptions { IncludeFields = true })));
        fields.Emit("x", (1, 2));
        Assert.Equal("[\"x\",{\"Item1\":1,\"Item2\":2}]", fields.Sent[0].Payload);
    }

    [Fact]
    public void The_writer_of_a_failed_call_serves_the_next_one()
    {
        _socket.Emit("x");
        var writer = EventWriter.Rent();
        writer.Return();
        Assert.ThrowsAny<ArgumentException>(() => _socket.Emit("x", new byte[] { 1 }, double.NaN));
        Assert.Throws<NotSupportedException>(() => { _ = _socket.EmitWithAckAsync<Task>("x"); });
        var next = EventWriter.Rent();
        Assert.Same(writer, next);
        Assert.Equal((0, 0), (next.Length, next.Attachments.Length));
        next.Return();
    }

    [Fact]
    public void An_answer_that_failed_can_still_be_given()
    {
        var context = new EventContext(_socket, "e", 7);
        Assert.ThrowsAny<ArgumentException>(() => context.Ack(double.NaN));
        Assert.True(context.WantsAck);
        Assert.True(context.Ack("sorry"));
        Assert.Equal("[\"sorry\"]", Assert.Single(_socket.Acks).Payload);
    }

    [Fact]
    public void As_many_attachments_as_JavaScript_clients_take_are_sent_and_one_more_is_refused_at_the_call()
    {
        var ten = Enumerable.Range(0, 10).Select(i => (object?)new[] { (byte)i }).ToArray();
        object?[] eleven = [.. ten, new byte[] { 10 }];
        _socket.EmitArgs("x", ten);
        Assert.Equal(10, Assert.Single(_socket.Sent).Attachments.Length);
        var received = FakeSocket.Reader(_socket, "x", "1", -1, [.. eleven.Select(bytes => (ReadOnlyMemory<byte>)(byte[])bytes!)]).Detach();
        Action[] calls =
        [
            () => _socket.EmitArgs("x", eleven),
            () => _socket.Emit("x", eleven),
            () => _socket.Emit("x", new { inner = eleven }),
            () => _socket.EmitRaw(received.Read()),
            () => _socket.EmitRaw("y", received.Read()),
            () => { _ = _socket.EmitAsync("x", eleven); },
            () => { _ = _socket.EmitWithAckAsync<int>("x", (object)eleven); },
            () => { _ = _socket.TryEmitArgsWithAckAsync<int>("x", eleven); },
            () => _namespace.EmitArgs("x", eleven),
            () => _namespace.To("room").Emit("x", eleven),
            () => _namespace.EmitRaw(received.Read()),
            () => { _ = _namespace.EmitAsync("x", eleven); },
            () => { _ = _namespace.EmitArgsWithAckAsync<int>("x", eleven); },
            () => new EventContext(_socket, "e", 7).AckArgs(eleven),
            () => new EventContext(_socket, "e", 7).Ack(eleven),
            () => FakeSocket.Reader(_socket, "x", "1", 7, [.. eleven.Select(bytes => (ReadOnlyMemory<byte>)(byte[])bytes!)]).AckRaw(),
        ];
        foreach (var call in calls)
        {
            Assert.Contains("more than 10 attachments", Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        }

        Assert.Single(_socket.Sent);
        Assert.Empty(_socket.Acks);
        Assert.Empty(_namespace.Sent);
        _socket.Data.Set("kept", eleven);
    }

    [Fact]
    public void Null_is_an_argument()
    {
        var received = FakeSocket.Reader(_socket, "x", "", 7).Context;
        _socket.EmitArgs("x", null);
        _socket.Volatile.EmitArgs("x", null);
        _ = _socket.EmitArgsWithAckAsync<int>("x", null);
        _ = _socket.TryEmitArgsWithAckAsync<int>("x", null);
        _socket.EmitArgs("x", null, null);
        _socket.EmitArgs("x");
        Assert.Equal(["[\"x\",null]", "[\"x\",null]", "[\"x\",null]", "[\"x\",null]", "[\"x\",null,null]", "[\"x\"]"], _socket.Sent.Select(sent => sent.Payload));
        _namespace.EmitArgs("x", null);
        _namespace.To("room").EmitArgs("x", null);
        _ = _namespace.EmitArgsWithAckAsync<int>("x", null);
        Assert.All(_namespace.Sent, sent => Assert.Equal("[\"x\",null]", sent.Payload));
        Assert.True(received.AckArgs(null));
        Assert.Equal("[null]", Assert.Single(_socket.Acks).Payload);
    }

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    private sealed record Point(double X);

    [JsonConverter(typeof(BrokenConverter))]
    private sealed class Broken;

    private sealed class BrokenConverter : JsonConverter<Broken>
    {
        public override Broken Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new InvalidOperationException("mine");

        public override void Write(Utf8JsonWriter writer, Broken value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            throw new InvalidOperationException("mine");
        }
    }
}
