using System.Text.Json;
using System.Text.Json.Nodes;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Tests;

public sealed class EmitTests
{
    private readonly FakeSocket _socket = new();

    private string Payload => _socket.Sent[^1].Payload;

    [Fact]
    public void An_event_without_arguments_is_an_array_of_its_name()
    {
        Assert.Equal(EmitResult.Accepted, _socket.Emit("x"));
        Assert.Equal("[\"x\"]", Payload);
    }

    [Fact]
    public void One_to_three_arguments_follow_the_name()
    {
        _socket.Emit("x", 1);
        Assert.Equal("[\"x\",1]", Payload);
        _socket.Emit("x", 1, "two");
        Assert.Equal("[\"x\",1,\"two\"]", Payload);
        _socket.Emit("x", 1, "two", 3.5);
        Assert.Equal("[\"x\",1,\"two\",3.5]", Payload);
    }

    [Fact]
    public void A_numeric_name_is_a_number_on_the_wire()
    {
        _socket.Emit(7, true);
        Assert.Equal("[7,true]", Payload);
        _socket.Emit(-7);
        Assert.Equal("[-7]", Payload);
    }

    [Fact]
    public void Any_number_of_arguments_is_written_by_their_types_at_run_time()
    {
        _socket.EmitArgs("x");
        Assert.Equal("[\"x\"]", Payload);
        _socket.EmitArgs("x", null, true, 1, 2L, 1.5, "t", new { A = 1, b = new byte[] { 9 } }, new Dictionary<string, object?> { ["k"] = new object?[] { 1, null } });
        Assert.Equal("[\"x\",null,true,1,2,1.5,\"t\",{\"a\":1,\"b\":{\"_placeholder\":true,\"num\":0}},{\"k\":[1,null]}]", Payload);
        Assert.Equal([[9]], _socket.Sent[^1].Attachments);
    }

    [Fact]
    public void An_array_given_to_EmitArgs_is_spread_and_given_to_Emit_is_one_argument()
    {
        string[] words = ["a", "b"];
        _socket.EmitArgs("x", words);
        Assert.Equal("[\"x\",\"a\",\"b\"]", Payload);
        _socket.Emit("x", words);
        Assert.Equal("[\"x\",[\"a\",\"b\"]]", Payload);
    }

    [Fact]
    public void Null_is_an_argument()
    {
        _socket.Emit<string?>("x", null);
        Assert.Equal("[\"x\",null]", Payload);
        _socket.Emit<byte[]?>("x", null);
        Assert.Equal("[\"x\",null]", Payload);
        _socket.Emit<object?>("x", null);
        Assert.Equal("[\"x\",null]", Payload);
        _socket.Emit<int?>("x", null);
        Assert.Equal("[\"x\",null]", Payload);
    }

    [Fact]
    public void Declared_events_carry_their_names()
    {
        _socket.Emit(new SocketEvent("plain"));
        Assert.Equal("[\"plain\"]", Payload);
        _socket.Emit(new SocketEvent<int>("one"), 1);
        Assert.Equal("[\"one\",1]", Payload);
    }

    [Fact]
    public void Json_documents_are_written_as_they_are()
    {
        _socket.Emit("x", JsonElement.Parse("{\"a\":[1,2,{\"b\":null}]}"u8), JsonNode.Parse("[true,\"é\"]"), default(JsonElement));
        Assert.Equal("[\"x\",{\"a\":[1,2,{\"b\":null}]},[true,\"é\"],null]", Payload);
    }

    [Fact]
    public void A_received_event_is_sent_on_with_arguments_and_attachments_untouched()
    {
        var reader = FakeSocket.Reader(_socket, "message", " 1 , {\"_placeholder\":true,\"num\":0}", -1, new byte[] { 1, 2 });
        reader.Read<int>();

        _socket.EmitRaw("message-back", reader);
        Assert.Equal("[\"message-back\", 1 , {\"_placeholder\":true,\"num\":0}]", Payload);
        Assert.Equal([[1, 2]], _socket.Sent[^1].Attachments);

        _socket.EmitRaw(reader);
        Assert.StartsWith("[\"message\",", Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void A_received_event_without_arguments_is_sent_on_without_a_comma()
    {
        _socket.EmitRaw("back", FakeSocket.Reader(_socket, "message", ""));
        Assert.Equal("[\"back\"]", Payload);
    }

    [Fact]
    public void An_emit_inside_the_serialisation_of_another_disturbs_neither()
    {
        _socket.Emit("outer", new Nested(_socket));
        Assert.Equal("[\"inner\",{\"_placeholder\":true,\"num\":0}]", _socket.Sent[0].Payload);
        Assert.Equal("[\"outer\",{\"bytes\":{\"_placeholder\":true,\"num\":0},\"text\":\"t\"}]", _socket.Sent[1].Payload);
        Assert.Equal([[5]], _socket.Sent[1].Attachments);
    }

    [Fact]
    public void An_argument_that_cannot_be_written_leaves_nothing_behind()
    {
        var loop = new Dictionary<string, object?>();
        loop["self"] = loop;
        Assert.ThrowsAny<Exception>(() => _socket.Emit("x", loop));
        _socket.Emit("y", 1);
        Assert.Equal("[\"y\",1]", Assert.Single(_socket.Sent).Payload);
        Assert.Empty(_socket.Sent[0].Attachments);
    }

    [Fact]
    public void Operators_reach_the_engine_with_the_event()
    {
        _socket.Volatile.Compress(false).Timeout(TimeSpan.FromSeconds(2)).WhenFull(OutboxPolicy.DropNewest).Emit("x");
        var options = _socket.Sent[^1].Options;
        Assert.Equal(EmitFlags.Volatile | EmitFlags.NoCompress, options.Flags);
        Assert.Equal(TimeSpan.FromSeconds(2), options.Timeout);
        Assert.Equal(OutboxPolicy.DropNewest, options.WhenFull);

        _socket.Latest("pos", 7).Emit("x");
        Assert.Equal(("pos", 7L), (_socket.Sent[^1].Options.LatestKey, _socket.Sent[^1].Options.LatestId));

        _socket.Compress(false).Compress(true).Emit("x");
        Assert.Equal(EmitFlags.None, _socket.Sent[^1].Options.Flags);
        Assert.Null(_socket.Sent[^1].Options.Timeout);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_400_001)]
    public void A_timeout_outside_its_range_is_refused(int milliseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _socket.Timeout(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public async Task EmitAsync_sends_and_a_token_that_has_fired_sends_nothing()
    {
        Assert.Equal(EmitResult.Accepted, await _socket.EmitAsync("x", 1, TestContext.Current.CancellationToken));
        Assert.Equal("[\"x\",1]", Payload);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _socket.EmitAsync("y", new CancellationToken(true)));
        Assert.Single(_socket.Sent);
    }

    private sealed class Nested(FakeSocket socket)
    {
        public byte[] Bytes { get; } = [5];

        public string Text
        {
            get
            {
                socket.Emit("inner", new byte[] { 6 });
                return "t";
            }
        }
    }
}
