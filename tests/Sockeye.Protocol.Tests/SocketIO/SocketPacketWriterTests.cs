using System.Buffers;
using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class SocketPacketWriterTests
{
    [Theory]
    [InlineData(SocketPacketType.Connect, 0, "/", -1, "0")]
    [InlineData(SocketPacketType.Connect, 0, "", -1, "0")]
    [InlineData(SocketPacketType.Connect, 0, "/custom", -1, "0/custom,")]
    [InlineData(SocketPacketType.Disconnect, 0, "/a", -1, "1/a,")]
    [InlineData(SocketPacketType.Event, 0, "/", -1, "2")]
    [InlineData(SocketPacketType.Event, 0, "/", 0, "20")]
    [InlineData(SocketPacketType.Event, 0, "/woot", 456, "2/woot,456")]
    [InlineData(SocketPacketType.Ack, 0, "/", 12, "312")]
    [InlineData(SocketPacketType.Ack, 0, "/", SocketPacketReader.MaxAckId, "39007199254740991")]
    [InlineData(SocketPacketType.BinaryEvent, 1, "/", 99, "51-99")]
    [InlineData(SocketPacketType.BinaryEvent, 10, "/€", -1, "510-/€,")]
    [InlineData(SocketPacketType.BinaryAck, 1, "/a", 7, "61-/a,7")]
    public void A_header_is_type_count_namespace_and_id(SocketPacketType type, int attachments, string nsp, long ackId, string expected)
    {
        Assert.Equal(expected, Encoding.UTF8.GetString(Packet.Write(type, attachments, nsp, ackId, "")));
    }

    [Fact]
    public void A_destination_that_is_too_small_is_the_callers_mistake() =>
        Assert.Throws<ArgumentException>(() => SocketPacketWriter.WriteHeader(new byte[3], SocketPacketType.Ack, 0, "/"u8, 123));

    [Theory]
    [InlineData("/", "", "0")]
    [InlineData("/", "{\"token\":1}", "0{\"token\":1}")]
    [InlineData("/a", "", "0/a,")]
    [InlineData("/a", "{}", "0/a,{}")]
    public void A_client_connects_with_its_auth(string nsp, string auth, string expected) =>
        Assert.Equal(expected, Written(output => SocketPacketWriter.WriteConnect(output, Encoding.UTF8.GetBytes(nsp), Encoding.UTF8.GetBytes(auth))));

    [Fact]
    public void A_server_accepts_with_the_id_of_the_socket()
    {
        Assert.Equal("0{\"sid\":\"wZX3oN0bSVIhsaknAAAI\"}", Written(output => SocketPacketWriter.WriteConnected(output, "/"u8, "wZX3oN0bSVIhsaknAAAI")));
        Assert.Equal("0/a,{\"sid\":\"s\",\"pid\":\"p\"}", Written(output => SocketPacketWriter.WriteConnected(output, "/a"u8, "s", "p")));
    }

    [Fact]
    public void A_server_refuses_with_a_message_and_data()
    {
        Assert.Equal("4/nope,{\"message\":\"Invalid namespace\"}", Written(output => SocketPacketWriter.WriteConnectError(output, "/nope"u8, "Invalid namespace")));
        Assert.Equal("4{\"message\":\"no\",\"data\":{\"code\":1}}", Written(output => SocketPacketWriter.WriteConnectError(output, "/"u8, "no", "{\"code\":1}"u8)));
    }

    [Theory]
    [InlineData("say \"hi\"\n\\")]
    [InlineData("nul \0 and \u2028")]
    [InlineData("\U0001F41F €")]
    public void A_message_survives_whatever_it_says(string message)
    {
        var packet = Packet.Read(Written(output => SocketPacketWriter.WriteConnectError(output, "/"u8, message)));
        using var json = System.Text.Json.JsonDocument.Parse(packet.Payload);
        Assert.Equal(message, json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void A_lone_surrogate_in_a_message_is_replaced()
    {
        var text = Written(output => SocketPacketWriter.WriteConnectError(output, "/"u8, "a\ud800b"));
        Assert.Equal(ProtocolError.None, Packet.Check(text));
    }

    [Fact]
    public void A_disconnect_is_type_and_namespace()
    {
        Assert.Equal("1", Written(output => SocketPacketWriter.WriteDisconnect(output, "/"u8)));
        Assert.Equal("1/admin,", Written(output => SocketPacketWriter.WriteDisconnect(output, "/admin"u8)));
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
