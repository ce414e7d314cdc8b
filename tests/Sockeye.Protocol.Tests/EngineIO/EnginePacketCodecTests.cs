using System.Text;
using Sockeye.Protocol.EngineIO;
using Xunit;

namespace Sockeye.Protocol.Tests.EngineIO;

public sealed class EnginePacketCodecTests
{
    [Theory]
    [InlineData("0{\"sid\":\"a\"}", EnginePacketType.Open, "{\"sid\":\"a\"}")]
    [InlineData("1", EnginePacketType.Close, "")]
    [InlineData("2", EnginePacketType.Ping, "")]
    [InlineData("2probe", EnginePacketType.Ping, "probe")]
    [InlineData("3probe", EnginePacketType.Pong, "probe")]
    [InlineData("3", EnginePacketType.Pong, "")]
    [InlineData("4", EnginePacketType.Message, "")]
    [InlineData("4hello €", EnginePacketType.Message, "hello €")]
    [InlineData("42[\"x\"]", EnginePacketType.Message, "2[\"x\"]")]
    [InlineData("5", EnginePacketType.Upgrade, "")]
    [InlineData("6", EnginePacketType.Noop, "")]
    public void A_text_message_is_a_type_digit_and_data(string text, EnginePacketType type, string data)
    {
        Assert.Equal(ProtocolError.None, EnginePacketCodec.TryReadText(Encoding.UTF8.GetBytes(text), out var packet));
        Assert.Equal(type, packet.Type);
        Assert.Equal(data, Encoding.UTF8.GetString(packet.Data));
        Assert.False(packet.IsBinary);
    }

    [Fact]
    public void Every_first_byte_other_than_the_seven_digits_is_refused()
    {
        for (var first = 0; first <= 255; first++)
        {
            var error = EnginePacketCodec.TryReadText([(byte)first, (byte)'x'], out _);
            Assert.Equal(first is >= '0' and <= '6' ? ProtocolError.None : ProtocolError.EngineIOUnknownPacketType, error);
        }
    }

    [Fact]
    public void An_empty_message_is_refused() =>
        Assert.Equal(ProtocolError.EngineIOEmptyPacket, EnginePacketCodec.TryReadText([], out _));

    [Fact]
    public void Base64_belongs_to_polling_and_is_refused_in_a_text_message() =>
        Assert.Equal(ProtocolError.EngineIOUnknownPacketType, EnginePacketCodec.TryReadText("bAQID"u8, out _));
}
