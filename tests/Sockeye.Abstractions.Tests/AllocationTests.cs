using System.Text.Json.Serialization;

namespace Sockeye.Abstractions.Tests;

/// <summary>What costs no byte of heap, by the thread's own counter.</summary>
public sealed partial class AllocationTests
{
    private const int Rounds = 2000;

    private readonly FakeSocket _socket = new() { IsRemembering = false };
    private readonly FakeNamespace _space = new() { IsRemembering = false };

    [Fact]
    public void Emitting_primitives_and_texts_allocates_nothing()
    {
        Assert.Equal(0, Measure(() => _socket.Emit("x")));
        Assert.Equal(0, Measure(() => _socket.Emit("x", 1)));
        Assert.Equal(0, Measure(() => _socket.Emit(7, "text \" é")));
        Assert.Equal(0, Measure(() => _socket.Emit("x", 1, 2.5, "three")));
        Assert.Equal(0, Measure(() => _socket.Emit("x", true, 1L, 0.5f)));
    }

    [Fact]
    public void Emitting_bytes_allocates_nothing()
    {
        var bytes = new byte[100];
        Assert.Equal(0, Measure(() => _socket.Emit("x", bytes)));
        Assert.Equal(0, Measure(() => _socket.Emit("x", new ReadOnlyMemory<byte>(bytes, 5, 5))));
    }

    [Fact]
    public void A_chain_of_operators_allocates_nothing()
    {
        Assert.Equal(0, Measure(() => _socket.Volatile.Compress(false).Timeout(TimeSpan.FromSeconds(1)).Latest("k", 1).Emit("x", 1)));
        Assert.Equal(0, Measure(() => _space.To("room").Except("id").Volatile.Local.Latest("k", 1).Emit("x", 1)));
        Assert.Equal(0, Measure(() => _space.Emit("x", 1)));
    }

    [Fact]
    public void Emitting_a_record_of_a_source_generated_context_allocates_nothing()
    {
        var options = new System.Text.Json.JsonSerializerOptions(System.Text.Json.JsonSerializerDefaults.Web);
        options.TypeInfoResolverChain.Add(Contracts.Default);
        var socket = new FakeSocket(new FakeNamespace(new JsonPayloadCodec(options))) { IsRemembering = false };
        var move = new Move(1, "left", 0.5);
        Assert.Equal(0, Measure(() => socket.Emit("move", move)));
        socket.IsRemembering = true;
        socket.Emit("move", move);
        Assert.Equal("[\"move\",{\"id\":1,\"way\":\"left\",\"speed\":0.5}]", socket.Sent[^1].Payload);
        socket.Emit("unknown to the context", new { a = 1 });
        Assert.Equal("[\"unknown to the context\",{\"a\":1}]", socket.Sent[^1].Payload);
    }

    [Fact]
    public void Receiving_primitives_allocates_nothing()
    {
        var sum = 0.0;
        _socket.On("e", () => { sum++; });
        _socket.On("e", (int a) => { sum += a; });
        _socket.On("e", (SockeyeSocket socket, int a, double b) => { sum += b; });
        _socket.On("e", (int a, EventContext context) => Task.CompletedTask);
        _socket.On("e", (int a, double b, bool c, long d) => new ValueTask());
        Assert.Equal(0, Measure(() =>
        {
            foreach (var invoker in ((IEventTarget)_socket).Events.Find("e"u8, false)!.Invokers)
            {
                Assert.True(invoker.Invoke(new EventReader(new EventContext(_socket, "e"), "e"u8, "1,2.5,true,5"u8, default, _socket.Codec)) is null or { IsCompletedSuccessfully: true });
            }
        }));
        Assert.True(sum > 0);
    }

    [Fact]
    public void Answering_with_a_value_allocates_nothing()
    {
        var socket = new FakeSocket { IsRemembering = false };
        socket.OnWithAck("e", (int a) => a + 1);
        var invoker = ((IEventTarget)socket).Events.Find("e"u8, false)!.Invokers[0];
        Assert.Equal(0, Measure(() => invoker.Invoke(new EventReader(new EventContext(socket, "e", 5), "e"u8, "1"u8, default, socket.Codec))));
    }

    [Fact]
    public void Sending_a_received_event_on_allocates_nothing()
    {
        ReadOnlyMemory<byte>[] attachments = [new byte[5]];
        Assert.Equal(0, Measure(() => _space.To("room").EmitRaw("out", new EventReader(new EventContext(_socket, "in"), "in"u8, "1,{}"u8, attachments, _space.Codec))));
    }

    private static long Measure(Action action) => Allocated.Least(() =>
    {
        for (var i = 0; i < Rounds; i++)
        {
            action();
        }
    });

    private sealed record Move(int Id, string Way, double Speed);

    [JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Move))]
    private sealed partial class Contracts : JsonSerializerContext;
}
