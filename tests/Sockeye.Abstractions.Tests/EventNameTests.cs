using System.Text;

namespace Sockeye.Abstractions.Tests;

public sealed class EventNameTests
{
    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public void A_reserved_name_is_refused_by_emit_and_by_on(string name)
    {
        var socket = new FakeSocket();
        Assert.Throws<ArgumentException>(() => socket.Emit(name));
        Assert.Throws<ArgumentException>(() => socket.On(name, () => { }));
        Assert.Throws<ArgumentException>(() => new FakeNamespace().To("room").Emit(name, 1));
        Assert.Empty(socket.Sent);
    }

    [Fact]
    public void A_null_name_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new FakeSocket().Emit((string)null!));
        Assert.Throws<ArgumentNullException>(() => new FakeSocket().On((string)null!, () => { }));
    }

    [Fact]
    public void A_name_of_255_bytes_is_taken_and_one_more_is_refused()
    {
        Assert.Equal(255, Encoding.UTF8.GetByteCount(new EventName(new string('é', 127) + "x").Text!));
        Assert.Throws<ArgumentException>(() => new EventName(new string('é', 128)));
        Assert.Equal(255, new EventName(new string('x', 255)).Text!.Length);
        Assert.Throws<ArgumentException>(() => new EventName(new string('x', 256)));
    }

    [Fact]
    public void A_name_with_NUL_is_refused() => Assert.Throws<ArgumentException>(() => new EventName("a\0b"));

    [Fact]
    public void A_text_of_digits_and_the_number_are_different_names()
    {
        Assert.NotEqual(new EventName("1"), new EventName(1));
        Assert.Equal(new EventName("1"), new EventName("1"));
        Assert.Equal(new EventName(1), new EventName(1));
        Assert.Equal("1", new EventName(1).ToString());
    }

    [Fact]
    public void A_number_on_the_wire_that_is_no_32_bit_integer_stays_a_text()
    {
        Assert.Equal(new EventName(-5), EventName.FromWire("-5"u8, true));
        Assert.Equal("1.5", EventName.FromWire("1.5"u8, true).Text);
        Assert.Equal("99999999999", EventName.FromWire("99999999999"u8, true).Text);
        Assert.Equal("5", EventName.FromWire("5"u8, false).Text);
    }
}
