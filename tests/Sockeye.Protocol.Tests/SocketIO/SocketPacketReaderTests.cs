using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class SocketPacketReaderTests
{
    [Theory]
    [InlineData("0", "/", -1, "")]
    [InlineData("0{}", "/", -1, "{}")]
    [InlineData("0{\"token\":\"123\"}", "/", -1, "{\"token\":\"123\"}")]
    [InlineData("0 {\"a\":1} ", "/", -1, " {\"a\":1} ")]
    [InlineData("0/", "/", -1, "")]
    [InlineData("0/,", "/", -1, "")]
    [InlineData("0/custom", "/custom", -1, "")]
    [InlineData("0/custom,", "/custom", -1, "")]
    [InlineData("0/custom,{\"a\":[1]}", "/custom", -1, "{\"a\":[1]}")]
    [InlineData("0/custom?token=abc,", "/custom", -1, "")]
    [InlineData("0/custom?token=abc", "/custom", -1, "")]
    [InlineData("0/?a=b,{}", "/", -1, "{}")]
    public void Connect_has_an_object_or_nothing(string text, string nsp, long ackId, string payload)
    {
        Assert.Equal(new Packet(SocketPacketType.Connect, 0, nsp, ackId, payload, "", false, false, ""), Packet.Read(text));
    }

    [Theory]
    [InlineData("1", "/")]
    [InlineData("1/admin", "/admin")]
    [InlineData("1/admin,", "/admin")]
    public void Disconnect_has_nothing(string text, string nsp)
    {
        Assert.Equal(new Packet(SocketPacketType.Disconnect, 0, nsp, -1, "", "", false, false, ""), Packet.Read(text));
    }

    [Theory]
    [InlineData("4{\"message\":\"Invalid namespace\"}", "/")]
    [InlineData("4/nope,{\"message\":\"Invalid namespace\"}", "/nope")]
    [InlineData("4\"old style\"", "/")]
    [InlineData("4 \"old style\"", "/")]
    public void Connect_error_has_an_object_or_a_string(string text, string nsp)
    {
        var packet = Packet.Read(text);
        Assert.Equal(SocketPacketType.ConnectError, packet.Type);
        Assert.Equal(nsp, packet.Namespace);
    }

    [Theory]
    [InlineData("2[\"hi\"]", "/", -1, "hi", "")]
    [InlineData("2[\"chat\",\"hello\"]", "/", -1, "chat", "\"hello\"")]
    [InlineData("2[\"x\",1,{\"a\":[1,2]},null]", "/", -1, "x", "1,{\"a\":[1,2]},null")]
    [InlineData("212[\"message-with-ack\",\"a\",{\"b\":2}]", "/", 12, "message-with-ack", "\"a\",{\"b\":2}")]
    [InlineData("20[\"q\",\"hi\"]", "/", 0, "q", "\"hi\"")]
    [InlineData("2/woot,[\"a\",1,{}]", "/woot", -1, "a", "1,{}")]
    [InlineData("2/woot,456[\"a\",\"b\"]", "/woot", 456, "a", "\"b\"")]
    [InlineData("2/woot?x=1,456[\"a\"]", "/woot", 456, "a", "")]
    [InlineData("2/,7[\"a\"]", "/", 7, "a", "")]
    [InlineData("2[\"\"]", "/", -1, "", "")]
    [InlineData("2[\"€\",\"ö\"]", "/", -1, "€", "\"ö\"")]
    [InlineData("2[\"a]b,c\",\"]\"]", "/", -1, "a]b,c", "\"]\"")]
    [InlineData("2 [ \"a\" , 1 , 2 ] ", "/", -1, "a", " 1 , 2 ")]
    [InlineData("2\t[\r\n\"a\"\t]\n", "/", -1, "a", "")]
    [InlineData("2[\"x\",{\"_placeholder\":true,\"num\":0}]", "/", -1, "x", "{\"_placeholder\":true,\"num\":0}")] // data in a text packet
    [InlineData("2[\"Connect\"]", "/", -1, "Connect", "")]
    [InlineData("2[\"connection\"]", "/", -1, "connection", "")]
    [InlineData("2[\"message\",\"__proto__\",{\"constructor\":1}]", "/", -1, "message", "\"__proto__\",{\"constructor\":1}")]
    public void An_event_is_an_array_with_its_name_first(string text, string nsp, long ackId, string name, string arguments)
    {
        var packet = Packet.Read(text);
        Assert.Equal(SocketPacketType.Event, packet.Type);
        Assert.Equal((nsp, ackId, name, arguments), (packet.Namespace, packet.AckId, packet.Name, packet.Arguments));
        Assert.False(packet.IsNumericName);
        Assert.False(packet.NameHasEscape);
    }

    [Theory]
    [InlineData("2[1,\"a\"]", "1", "\"a\"")]
    [InlineData("2[0]", "0", "")]
    [InlineData("2[-1.5e3,true]", "-1.5e3", "true")]
    [InlineData("25[3]", "3", "")]
    public void An_event_may_be_named_by_a_number(string text, string name, string arguments)
    {
        var packet = Packet.Read(text);
        Assert.True(packet.IsNumericName);
        Assert.Equal((name, arguments), (packet.Name, packet.Arguments));
    }

    [Theory]
    [InlineData("2[\"a\\nb\"]", "a\\nb", "a\nb")]
    [InlineData("2[\"\\u00e9t\\u00E9\",1]", "\\u00e9t\\u00E9", "été")]
    [InlineData("2[\"\\ud83d\\udc1f\"]", "\\ud83d\\udc1f", "\U0001F41F")]
    [InlineData("2[\"\\\"\"]", "\\\"", "\"")]
    public void A_name_with_escapes_says_so_and_can_be_resolved(string text, string raw, string name)
    {
        var packet = Packet.Read(text);
        Assert.True(packet.NameHasEscape);
        Assert.Equal(raw, packet.Name);
        var unescaped = new byte[raw.Length];
        Assert.True(JsonString.TryUnescape(Encoding.UTF8.GetBytes(packet.Name), unescaped, out var length));
        Assert.Equal(name, Encoding.UTF8.GetString(unescaped, 0, length));
    }

    [Theory]
    [InlineData("312[\"a\",{\"b\":2}]", "/", 12, "\"a\",{\"b\":2}")]
    [InlineData("3/admin,456[]", "/admin", 456, "")]
    [InlineData("30[null]", "/", 0, "null")]
    [InlineData("31 [ ] ", "/", 1, " ")]
    [InlineData("3[1]", "/", -1, "1")]
    public void An_acknowledgement_is_an_array(string text, string nsp, long ackId, string arguments)
    {
        var packet = Packet.Read(text);
        Assert.Equal(SocketPacketType.Ack, packet.Type);
        Assert.Equal((nsp, ackId, arguments), (packet.Namespace, packet.AckId, packet.Arguments));
    }

    [Theory]
    [InlineData("51-99[\"x\",{\"_placeholder\":true,\"num\":0}]", SocketPacketType.BinaryEvent, 1, "/", 99)]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":0}]", SocketPacketType.BinaryEvent, 1, "/", -1)]
    [InlineData("52-/cool,23[\"x\"]", SocketPacketType.BinaryEvent, 2, "/cool", 23)]
    [InlineData("61-99[{\"_placeholder\":true,\"num\":0}]", SocketPacketType.BinaryAck, 1, "/", 99)]
    [InlineData("610-/a,0[]", SocketPacketType.BinaryAck, 10, "/a", 0)]
    public void A_binary_packet_announces_its_attachments(string text, SocketPacketType type, int attachments, string nsp, long ackId)
    {
        var packet = Packet.Read(text);
        Assert.Equal((type, attachments, nsp, ackId), (packet.Type, packet.Attachments, packet.Namespace, packet.AckId));
    }

    [Theory]
    [InlineData("20[\"a\"]", true, false)]
    [InlineData("51-[\"a\"]", true, false)]
    [InlineData("30[]", false, true)]
    [InlineData("61-0[]", false, true)]
    [InlineData("0", false, false)]
    [InlineData("1", false, false)]
    public void Binary_and_text_events_and_acknowledgements_are_told_alike(string text, bool isEvent, bool isAck)
    {
        Assert.Equal(ProtocolError.None, SocketPacketReader.TryRead(Encoding.UTF8.GetBytes(text), SocketPacketLimits.Default, out var packet));
        Assert.Equal((isEvent, isAck), (packet.IsEvent, packet.IsAck));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        byte[][] texts =
        [
            "2[\"chat\",\"hello world, 32 bytes of text\"]"u8.ToArray(), "2/a,1[\"\\u0061\",{\"a\":[1,2,{}]}]"u8.ToArray(), "312[\"a\"]"u8.ToArray(),
            "51-[\"a\",{\"_placeholder\":true,\"num\":0}]"u8.ToArray(), "2[\"connect\"]"u8.ToArray(), "0{}"u8.ToArray(), "2[\"x\","u8.ToArray(),
        ];
        Assert.Equal(0, Allocated.Least(() => ReadAll(texts)));

        static void ReadAll(byte[][] texts)
        {
            foreach (var text in texts)
            {
                SocketPacketReader.TryRead(text, SocketPacketLimits.Default, out _);
            }
        }
    }
}
