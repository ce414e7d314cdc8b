using System.Text;

namespace Sockeye.Abstractions.Tests;

/// <summary>Arguments that are JSON already, which plugins make: they are checked, since a bracket too many would end the packet and begin another one.</summary>
public sealed class Utf8Tests
{
    private readonly FakeSocket _socket = new();

    public static TheoryData<string> Broken => ["1]", "1],[2", "{", "\"x", "1,", ",1", "1 2", "[1", "}", "nul", "1\0", "\"\n\"", "1/**/", "[\"a\",]"];

    [Theory]
    [InlineData("", "[\"x\"]")]
    [InlineData("1,\"two\",{\"a\":[]}", "[\"x\",1,\"two\",{\"a\":[]}]")]
    [InlineData(" 1 , 2 ", "[\"x\", 1 , 2 ]")]
    [InlineData("12345678901234567890.123456789", "[\"x\",12345678901234567890.123456789]")]
    public void EmitUtf8_sends_arguments_as_they_are_written(string arguments, string payload)
    {
        Assert.Equal(EmitResult.Accepted, _socket.EmitUtf8("x", Encoding.UTF8.GetBytes(arguments)));
        Assert.Equal(payload, Assert.Single(_socket.Sent).Payload);
    }

    [Fact]
    public void EmitUtf8_sends_attachments_along_and_numbers_as_names()
    {
        _socket.EmitUtf8(7, "{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}"u8, new byte[] { 1 }, new byte[] { 2, 3 });
        var sent = Assert.Single(_socket.Sent);
        Assert.Equal("[7,{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]", sent.Payload);
        Assert.Equal([[1], [2, 3]], sent.Attachments);
    }

    [Theory, MemberData(nameof(Broken))]
    public void EmitUtf8_refuses_what_is_no_JSON_and_sends_nothing(string arguments)
    {
        Assert.Throws<ArgumentException>(() => _socket.EmitUtf8("x", Encoding.UTF8.GetBytes(arguments)));
        Assert.Empty(_socket.Sent);
        _socket.Emit("after", 1);
        Assert.Equal("[\"after\",1]", Assert.Single(_socket.Sent).Payload);
    }

    [Fact]
    public void What_is_no_UTF8_is_refused_since_clients_close_the_connection_on_which_it_comes()
    {
        byte[] broken = [(byte)'"', 0xC3, (byte)'"'];
        Assert.Throws<ArgumentException>(() => _socket.EmitUtf8("x", broken));
        Assert.Throws<ArgumentException>(() => new EventContext(_socket, "x", 3).AckUtf8(broken));
        Assert.Empty(_socket.Sent);
        Assert.Empty(_socket.Acks);
    }

    [Fact]
    public void EmitUtf8_takes_arguments_as_deep_as_1024_with_the_array_around_them_and_no_deeper()
    {
        _socket.EmitUtf8("x", Nested(1023));
        Assert.Single(_socket.Sent);
        Assert.Throws<ArgumentException>(() => _socket.EmitUtf8("x", Nested(1025)));
        Assert.Single(_socket.Sent);
    }

    [Fact]
    public void EmitUtf8_refuses_attachments_over_the_limit()
    {
        var many = Enumerable.Repeat(new ReadOnlyMemory<byte>([1]), 10_000).ToArray();
        Assert.Throws<ArgumentException>(() => _socket.EmitUtf8("x", "1"u8, many));
        Assert.Empty(_socket.Sent);
    }

    [Fact]
    public void EmitUtf8_to_many_goes_once_with_the_receivers_of_the_target()
    {
        var space = new FakeNamespace();
        space.To("room").EmitUtf8("x", "1"u8);
        space.EmitUtf8("y", ""u8);
        Assert.Equal(["[\"x\",1]", "[\"y\"]"], space.Sent.Select(static sent => sent.Payload));
        Assert.Throws<ArgumentException>(() => space.EmitUtf8("x", "]"u8));
        Assert.Equal(2, space.Sent.Count);
    }

    [Theory]
    [InlineData("", "[]")]
    [InlineData("{\"pong\":true}", "[{\"pong\":true}]")]
    [InlineData("1,2", "[1,2]")]
    public void AckUtf8_answers_with_arguments_as_they_are_written_once(string arguments, string payload)
    {
        var context = new EventContext(_socket, "x", 3);
        Assert.True(context.AckUtf8(Encoding.UTF8.GetBytes(arguments)));
        Assert.False(context.AckUtf8("2"u8));
        var (id, sent, _) = Assert.Single(_socket.Acks);
        Assert.Equal((3L, payload), (id, sent));
    }

    [Fact]
    public void AckUtf8_says_nothing_to_a_client_that_asks_for_no_answer() => Assert.False(new EventContext(_socket, "x", -1).AckUtf8("1"u8));

    [Theory, MemberData(nameof(Broken))]
    public void AckUtf8_refuses_what_is_no_JSON_and_the_event_may_still_be_answered(string arguments)
    {
        var context = new EventContext(_socket, "x", 3);
        Assert.Throws<ArgumentException>(() => context.AckUtf8(Encoding.UTF8.GetBytes(arguments)));
        Assert.Empty(_socket.Acks);
        Assert.True(context.AckUtf8("1"u8));
        Assert.Equal("[1]", Assert.Single(_socket.Acks).Payload);
    }

    private static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
}
