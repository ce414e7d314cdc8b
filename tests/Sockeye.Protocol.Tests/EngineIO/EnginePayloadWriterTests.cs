using System.Buffers;
using System.Text;
using Sockeye.Protocol.EngineIO;
using Xunit;

namespace Sockeye.Protocol.Tests.EngineIO;

public sealed class EnginePayloadWriterTests
{
    [Theory]
    [InlineData(EnginePacketType.Ping, "", "2")]
    [InlineData(EnginePacketType.Pong, "probe", "3probe")]
    [InlineData(EnginePacketType.Message, "0{\"sid\":\"x\"}", "40{\"sid\":\"x\"}")]
    [InlineData(EnginePacketType.Noop, "", "6")]
    [InlineData(EnginePacketType.Close, "", "1")]
    public void A_text_packet_is_its_type_and_its_data(EnginePacketType type, string data, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(data);
        var destination = new byte[EnginePayloadWriter.MaxEncodedLength(bytes.Length, isBinary: false)];
        Assert.Equal(expected.Length, EnginePayloadWriter.WritePacket(destination, type, bytes, isBinary: false));
        Assert.Equal(expected, Encoding.UTF8.GetString(destination));
    }

    [Theory]
    [InlineData("", "b")]
    [InlineData("00", "bAA==")]
    [InlineData("0001", "bAAE=")]
    [InlineData("010203", "bAQID")]
    [InlineData("FBFFBF", "b+/+/")]
    public void A_binary_packet_is_b_and_base64_without_a_type(string hex, string expected)
    {
        var data = Convert.FromHexString(hex);
        var destination = new byte[EnginePayloadWriter.MaxEncodedLength(data.Length, isBinary: true)];
        Assert.Equal(expected.Length, destination.Length);
        Assert.Equal(expected.Length, EnginePayloadWriter.WritePacket(destination, EnginePacketType.Message, data, isBinary: true));
        Assert.Equal(expected, Encoding.ASCII.GetString(destination));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_destination_that_is_too_small_is_the_callers_mistake(bool isBinary)
    {
        var destination = new byte[EnginePayloadWriter.MaxEncodedLength(10, isBinary) - 1];
        Assert.Throws<ArgumentException>(() => EnginePayloadWriter.WritePacket(destination, EnginePacketType.Message, new byte[10], isBinary));
    }

    [Fact]
    public void The_open_packet_of_polling_offers_websocket_with_the_keys_in_the_order_of_the_reference()
    {
        const string Expected = "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
        Assert.Equal(Expected, Open("lv_VI97HAXpY6yYWAAAC", ["websocket"], 25_000, 20_000, 1_000_000));
    }

    [Fact]
    public void The_open_packet_of_websocket_offers_nothing()
    {
        const string Expected = "0{\"sid\":\"a-_9\",\"upgrades\":[],\"pingInterval\":300,\"pingTimeout\":200,\"maxPayload\":1}";
        Assert.Equal(Expected, Open("a-_9", [], 300, 200, 1));
    }

    [Fact]
    public void The_room_for_an_open_packet_suffices_for_the_largest_numbers_and_several_upgrades()
    {
        var text = Open("sid", ["websocket", "webtransport"], long.MaxValue, long.MaxValue, long.MaxValue);
        Assert.Contains("\"upgrades\":[\"websocket\",\"webtransport\"]", text, StringComparison.Ordinal);
        Assert.EndsWith("9223372036854775807}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_sid_that_would_need_escaping_is_the_callers_mistake(string sid) =>
        Assert.Throws<ArgumentException>(() => Open(sid, [], 1, 1, 1));

    private static string Open(string sid, string[] upgrades, long pingInterval, long pingTimeout, long maxPayload)
    {
        var output = new ArrayBufferWriter<byte>();
        EnginePayloadWriter.WriteOpen(output, sid, upgrades, pingInterval, pingTimeout, maxPayload);
        var destination = new byte[EnginePayloadWriter.MaxOpenLength(sid, upgrades)];
        var length = EnginePayloadWriter.WriteOpen(destination, sid, upgrades, pingInterval, pingTimeout, maxPayload);
        Assert.True(output.WrittenSpan.SequenceEqual(destination.AsSpan(0, length)));
        return Encoding.ASCII.GetString(destination, 0, length);
    }
}
