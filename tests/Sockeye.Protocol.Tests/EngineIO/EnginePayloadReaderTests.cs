using System.Text;
using Sockeye.Protocol.EngineIO;
using Xunit;

namespace Sockeye.Protocol.Tests.EngineIO;

public sealed class EnginePayloadReaderTests
{
    private static ReadPacket Text(EnginePacketType type, string data = "") => new(type, data, false);

    private static ReadPacket Binary(string hex) => new(EnginePacketType.Message, hex, true);

    [Fact]
    public void A_body_of_one_packet_has_no_separator()
    {
        var (packets, error) = Payload.Read("40");
        Assert.Equal([Text(EnginePacketType.Message, "0")], packets);
        Assert.Equal(ProtocolError.None, error);
    }

    [Fact]
    public void Packets_are_separated_by_the_record_separator_and_keep_their_order()
    {
        var (packets, error) = Payload.Read("2probe\u001e4€\u001ebAQID\u001e1\u001e4");
        Assert.Equal([Text(EnginePacketType.Ping, "probe"), Text(EnginePacketType.Message, "€"), Binary("010203"), Text(EnginePacketType.Close), Text(EnginePacketType.Message)], packets);
        Assert.Equal(ProtocolError.None, error);
    }

    [Theory]
    [InlineData("", ProtocolError.EngineIOEmptyPacket, 0)] // empty body
    [InlineData("\u001e", ProtocolError.EngineIOEmptyPacket, 0)]
    [InlineData("4a\u001e", ProtocolError.EngineIOEmptyPacket, 1)] // trailing separator
    [InlineData("\u001e4a", ProtocolError.EngineIOEmptyPacket, 0)] // leading separator
    [InlineData("4a\u001e\u001e4b", ProtocolError.EngineIOEmptyPacket, 1)] // empty packet
    [InlineData("4a\u001e7\u001e4b", ProtocolError.EngineIOUnknownPacketType, 1)]
    [InlineData("abc", ProtocolError.EngineIOUnknownPacketType, 0)]
    [InlineData("B", ProtocolError.EngineIOUnknownPacketType, 0)]
    [InlineData("b4AQID\u001e4b", ProtocolError.EngineIOInvalidBase64, 0)] // the type digit of the old protocol
    [InlineData("4a\u001ebA\u001e4b", ProtocolError.EngineIOInvalidBase64, 1)]
    [InlineData("23:42[\"message-back\",\"€a\"]", ProtocolError.None, 1)] // the length prefix of the old protocol is a ping with data
    public void Reading_stops_at_the_first_bad_packet(string body, ProtocolError expected, int goodBefore)
    {
        var (packets, error) = Payload.Read(body);
        Assert.Equal(expected, error);
        Assert.Equal(goodBefore, packets.Count);
    }

    [Fact]
    public void After_an_error_nothing_more_is_read()
    {
        var reader = new EnginePayloadReader("7\u001e4a"u8);
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(ProtocolError.EngineIOUnknownPacketType, reader.Error);
    }

    [Fact]
    public void After_the_last_packet_reading_goes_on_saying_no_without_an_error()
    {
        var reader = new EnginePayloadReader("4a"u8);
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(ProtocolError.None, reader.Error);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("AA==", "00")]
    [InlineData("AAE=", "0001")]
    [InlineData("AQID", "010203")]
    [InlineData("+/+/", "FBFFBF")]
    [InlineData("/w==", "FF")]
    [InlineData("AQIDBA==", "01020304")]
    public void Strict_base64_is_decoded(string base64, string hex)
    {
        var (packets, error) = Payload.Read("b" + base64);
        Assert.Equal([Binary(hex)], packets);
        Assert.Equal(ProtocolError.None, error);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("AA")] // no padding
    [InlineData("AAE")]
    [InlineData("AA=")]
    [InlineData("A===")]
    [InlineData("====")]
    [InlineData("AAAA====")]
    [InlineData("AA==AA==")] // padding in the middle
    [InlineData("AB==")] // stray bits
    [InlineData("A/==")]
    [InlineData("AAF=")]
    [InlineData("AA= =")]
    [InlineData(" AQID")]
    [InlineData("AQ ID   ")]
    [InlineData("AQID\n")]
    [InlineData("AQI\r")]
    [InlineData("AQ\tD")]
    [InlineData("-_-_")] // the other alphabet
    [InlineData("AQ\0D")]
    [InlineData("AQ€=")]
    public void Any_other_spelling_of_base64_is_refused(string base64)
    {
        var (packets, error) = Payload.Read("b" + base64);
        Assert.Empty(packets);
        Assert.Equal(ProtocolError.EngineIOInvalidBase64, error);
    }

    [Fact]
    public void Of_all_last_digits_only_those_without_stray_bits_pass()
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        Assert.Equal("AQgw", string.Concat(Alphabet.Where(digit => Payload.Read($"bA{digit}==").Error == ProtocolError.None)));
        Assert.Equal("AEIMQUYcgkosw048", string.Concat(Alphabet.Where(digit => Payload.Read($"bAA{digit}=").Error == ProtocolError.None)));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'4', 0xFF })]
    [InlineData(new byte[] { (byte)'4', 0xC0, 0x80 })]
    [InlineData(new byte[] { (byte)'4', 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { (byte)'4', 0xE2, 0x82 })]
    [InlineData(new byte[] { (byte)'4', 0xE2, 0x82, 0x1E, (byte)'4', 0xAC })] // a character may not span a separator
    public void Text_that_is_not_UTF8_is_refused(byte[] body)
    {
        var (packets, error) = Payload.Read(body);
        Assert.Empty(packets);
        Assert.Equal(ProtocolError.EngineIOInvalidUtf8, error);
    }

    [Fact]
    public void The_number_of_packets_is_limited()
    {
        Assert.Equal(ProtocolError.None, Payload.Read("4\u001e4\u001e4"u8, maxPackets: 3).Error);
        var (packets, error) = Payload.Read("4\u001e4\u001e4\u001e4"u8, maxPackets: 3);
        Assert.Equal(3, packets.Count);
        Assert.Equal(ProtocolError.EngineIOTooManyPackets, error);
    }

    [Fact]
    public void The_default_takes_65536_packets_and_not_one_more()
    {
        var body = string.Join('\u001e', Enumerable.Repeat("4", EnginePayloadReader.DefaultMaxPackets));
        Assert.Equal(65_536, Payload.Read(body).Packets.Count);
        Assert.Equal(ProtocolError.None, Payload.Read(body).Error);
        Assert.Equal(ProtocolError.EngineIOTooManyPackets, Payload.Read(body + "\u001e4").Error);
    }

    [Fact]
    public void Binary_packets_are_decoded_into_the_scratch_without_allocation()
    {
        var body = Encoding.UTF8.GetBytes("bAQID\u001e4x\u001ebAAE=");
        var scratch = new byte[body.Length * 3 / 4];
        Assert.Equal(0, Allocated.Least(() => ReadAll(body, scratch)));

        static void ReadAll(byte[] body, byte[] scratch)
        {
            var reader = new EnginePayloadReader(body, scratch);
            while (reader.TryRead(out var packet))
            {
                if (packet.IsBinary)
                {
                    Assert.True(packet.Data.Overlaps(scratch));
                }
            }
        }
    }

    [Fact]
    public void A_binary_packet_larger_than_the_scratch_is_read_all_the_same()
    {
        var data = new byte[1000];
        Random.Shared.NextBytes(data);
        var reader = new EnginePayloadReader(Encoding.ASCII.GetBytes("b" + Convert.ToBase64String(data)), new byte[10]);
        Assert.True(reader.TryRead(out var packet));
        Assert.True(packet.Data.SequenceEqual(data));
    }
}
