using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class SocketPacketRefusalTests
{
    [Theory]
    [InlineData("", ProtocolError.SocketIOEmptyPacket)]
    [InlineData("7", ProtocolError.SocketIOUnknownPacketType)]
    [InlineData("8[\"a\"]", ProtocolError.SocketIOUnknownPacketType)]
    [InlineData("9", ProtocolError.SocketIOUnknownPacketType)]
    [InlineData("abc", ProtocolError.SocketIOUnknownPacketType)]
    [InlineData("999", ProtocolError.SocketIOUnknownPacketType)]
    [InlineData("[\"a\"]", ProtocolError.SocketIOUnknownPacketType)]
    [InlineData(" 2[\"a\"]", ProtocolError.SocketIOUnknownPacketType)]
    public void Unknown_types_are_refused(string text, ProtocolError expected) => Assert.Equal(expected, Packet.Check(text));

    [Theory]
    [InlineData("0[]")]
    [InlineData("0\"token\"")]
    [InlineData("0 1")]
    [InlineData("0null")]
    [InlineData("0/a,true")]
    [InlineData("1{}")]
    [InlineData("1[]")]
    [InlineData("1 ")]
    [InlineData("1\"x\"")]
    [InlineData("1/admin,{}")]
    [InlineData("4[]")]
    [InlineData("4null")]
    [InlineData("4 1")]
    [InlineData("2{}")]
    [InlineData("2\"a\"")]
    [InlineData("2null")]
    [InlineData("2")]
    [InlineData("2/a")]
    [InlineData("2/a,")]
    [InlineData("2123")]
    [InlineData("3{}")]
    [InlineData("3")]
    [InlineData("312")]
    [InlineData("3\"a\"")]
    [InlineData("51-{}")]
    [InlineData("51-")]
    [InlineData("61-{}")]
    [InlineData("61-9")]
    public void A_payload_that_does_not_fit_the_type_is_refused(string text)
    {
        Assert.Equal(ProtocolError.SocketIOInvalidPayload, Packet.Check(text));
    }

    [Theory]
    [InlineData("0{")]
    [InlineData("0{\"a\"}")]
    [InlineData("0{}{}")]
    [InlineData("4{\"message\":}")]
    [InlineData("4")]
    [InlineData("4\"open")]
    [InlineData("2[")]
    [InlineData("2[\"a\"")]
    [InlineData("2[\"a")]
    [InlineData("2[\"a\",")]
    [InlineData("2[\"a\",]")]
    [InlineData("2[\"a\",,1]")]
    [InlineData("2[\"a\" 1]")]
    [InlineData("2[\"a\"]]")]
    [InlineData("2[\"a\"],")]
    [InlineData("2[\"a\"]x")]
    [InlineData("2[\"a\"}")]
    [InlineData("2[\"a\":1]")]
    [InlineData("2[\"a\",{\"b\"}]")]
    [InlineData("2[\"a\",{b:1}]")]
    [InlineData("2[\"a\",01]")]
    [InlineData("2[\"a\",NaN]")]
    [InlineData("2[\"a\",'b']")]
    [InlineData("2[\"a\",undefined]")]
    [InlineData("2[\"a\\x\"]")]
    [InlineData("2[\"a\u0001\"]")]
    [InlineData("2[\"a\n\"]")]
    [InlineData("2[\"a\0\"]")]
    [InlineData("2[1.]")]
    [InlineData("2[-]")]
    [InlineData("2[01]")]
    [InlineData("3[1")]
    [InlineData("3[1,]")]
    [InlineData("3[]]")]
    public void What_is_not_JSON_is_refused(string text) => Assert.Equal(ProtocolError.SocketIOInvalidJson, Packet.Check(text));

    [Theory]
    [InlineData("2[\"\\ud800\"]", ProtocolError.SocketIOLoneSurrogateInName)]
    [InlineData("2[\"\\udc00\"]", ProtocolError.SocketIOLoneSurrogateInName)]
    [InlineData("2[\"a\\ud83d\\u0062\",1]", ProtocolError.SocketIOLoneSurrogateInName)]
    [InlineData("2[\"a\",\"\\ud83dx\"]", ProtocolError.SocketIOLoneSurrogate)]
    [InlineData("2[\"a\",\"\\ud83d\\ud83d\"]", ProtocolError.SocketIOLoneSurrogate)]
    [InlineData("2[\"a\",{\"\\ude00\":1}]", ProtocolError.SocketIOLoneSurrogate)]
    [InlineData("2[\"a\",{\"k\":1,\"\\ude00\":1}]", ProtocolError.SocketIOLoneSurrogate)]
    [InlineData("31[[\"\\ud83d\"]]", ProtocolError.SocketIOLoneSurrogate)]
    [InlineData("0{\"token\":\"\\ud83d\"}", ProtocolError.SocketIOLoneSurrogate)]
    public void Half_of_a_surrogate_pair_is_told_apart(string text, ProtocolError error) => Assert.Equal(error, Packet.Check(text));

    [Theory]
    [InlineData("2[\"a\",\"\\ud83dx\"]", "2[\"a\",\"\\ufffdx\"]")]
    [InlineData("2[\"a\",\"\\ud83d\\ud83d\\ude00\\ude00\"]", "2[\"a\",\"\\ufffd\\ud83d\\ude00\\ufffd\"]")]
    [InlineData("2[\"a\",\"\\\\ud83d\"]", "2[\"a\",\"\\\\ud83d\"]")] // an escaped backslash, and five characters
    [InlineData("2[\"a\",{\"\\uDE00\":[\"\\n\\uD83D\"]}]", "2[\"a\",{\"\\ufffd\":[\"\\n\\ufffd\"]}]")]
    [InlineData("2[\"a\",\"\\x\\ud8\\", "2[\"a\",\"\\x\\ud8\\")]
    public void Half_of_a_surrogate_pair_can_be_replaced_and_nothing_else_changes(string text, string expected)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        JsonString.ReplaceLoneSurrogates(bytes);
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(bytes));
    }

    [Theory]
    [InlineData("2[]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("2[ ]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("2[[]]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("2[true,1]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("2[{\"a\":1}]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("51-[]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("51-[{\"_placeholder\":true,\"num\":0}]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("2[\"a\\u0000\"]", ProtocolError.SocketIOInvalidEventName)]
    [InlineData("2[\"\\u0063onnect\"]", ProtocolError.SocketIOReservedEvent)]
    [InlineData("2[\"disconnec\\u0074\",1]", ProtocolError.SocketIOReservedEvent)]
    [InlineData("51-[\"connect\",{\"_placeholder\":true,\"num\":0}]", ProtocolError.SocketIOReservedEvent)]
    public void A_name_that_is_no_name_is_refused(string text, ProtocolError expected) => Assert.Equal(expected, Packet.Check(text));

    [Theory]
    [InlineData("5")]
    [InlineData("6")]
    [InlineData("5[\"a\"]")]
    [InlineData("6[]")]
    [InlineData("51")]
    [InlineData("51[\"a\"]")]
    [InlineData("51/a,[\"a\"]")]
    [InlineData("5-[\"a\"]")]
    [InlineData("5-1-[\"a\"]")]
    [InlineData("5 1-[\"a\"]")]
    [InlineData("51.5-[\"a\"]")]
    [InlineData("51e0-[\"a\"]")]
    [InlineData("5x-[\"a\"]")]
    [InlineData("5/a,1-[\"a\"]")]
    [InlineData("50-[\"a\"]")]
    [InlineData("60-[]")]
    public void A_count_of_attachments_is_a_positive_number_and_a_hyphen(string text) =>
        Assert.Equal(ProtocolError.SocketIOInvalidAttachmentCount, Packet.Check(text));

    [Fact]
    public void The_count_of_attachments_is_limited()
    {
        Assert.Equal(ProtocolError.None, Packet.Check("510-[\"a\"]"));
        Assert.Equal(ProtocolError.SocketIOTooManyAttachments, Packet.Check("511-[\"a\"]"));
        var more = new SocketPacketLimits { MaxAttachments = 1000 };
        Assert.Equal(ProtocolError.None, Packet.Check("51000-[\"a\"]", more));
        Assert.Equal(ProtocolError.SocketIOTooManyAttachments, Packet.Check("51001-[\"a\"]", more));
        Assert.Equal(ProtocolError.SocketIOTooManyAttachments, Packet.Check("599999999999999999999999999-[\"a\"]"));
    }

    [Theory]
    [InlineData("29007199254740991[\"a\"]", ProtocolError.None)] // 2^53-1
    [InlineData("29007199254740992[\"a\"]", ProtocolError.SocketIOInvalidAckId)]
    [InlineData("29999999999999999[\"a\"]", ProtocolError.SocketIOInvalidAckId)]
    [InlineData("20000000000000001[\"a\"]", ProtocolError.None)] // 16 digits
    [InlineData("200000000000000001[\"a\"]", ProtocolError.SocketIOInvalidAckId)] // 17 digits
    [InlineData("399999999999999999999999999999[]", ProtocolError.SocketIOInvalidAckId)]
    [InlineData("2-1[\"a\"]", ProtocolError.SocketIOInvalidPayload)]
    [InlineData("21.5[\"a\"]", ProtocolError.SocketIOInvalidPayload)]
    [InlineData("21e3[\"a\"]", ProtocolError.SocketIOInvalidPayload)]
    public void An_acknowledgement_id_is_an_integer_up_to_two_to_the_53_minus_one(string text, ProtocolError expected) =>
        Assert.Equal(expected, Packet.Check(text));

    [Fact]
    public void Leading_zeros_of_an_acknowledgement_id_mean_nothing() => Assert.Equal(7, Packet.Read("2007[\"a\"]").AckId);

    [Fact]
    public void A_namespace_name_is_limited_without_its_query_string()
    {
        var longest = "/" + new string('n', 254);
        Assert.Equal(longest, Packet.Read($"0{longest},").Namespace);
        Assert.Equal(longest, Packet.Read($"0{longest}?{new string('q', 300)},").Namespace);
        Assert.Equal(ProtocolError.SocketIONamespaceTooLong, Packet.Check($"0{longest}n,"));
        Assert.Equal(ProtocolError.SocketIONamespaceTooLong, Packet.Check($"0{longest}n"));
        Assert.Equal(ProtocolError.SocketIONamespaceTooLong, Packet.Check("0/abc,", new SocketPacketLimits { MaxNamespaceBytes = 3 }));
        Assert.Equal(ProtocolError.None, Packet.Check("0/abc,", new SocketPacketLimits { MaxNamespaceBytes = 4 }));
    }

    [Theory]
    [InlineData("0/a\0b,")]
    [InlineData("0/a\n,")]
    [InlineData("0/\u001f")]
    [InlineData("0/a\u007f,")]
    [InlineData("0/a\u0080,")]
    [InlineData("0/a\u009f,")]
    public void A_namespace_name_has_no_control_characters(string text) =>
        Assert.Equal(ProtocolError.SocketIOInvalidNamespace, Packet.Check(text));

    [Theory]
    [InlineData("0/a b,")]
    [InlineData("0/\u00a0é€\U0001F41F,")]
    public void A_namespace_name_may_have_any_other_character(string text) =>
        Assert.Equal(ProtocolError.None, Packet.Check(text));

    [Fact]
    public void An_event_name_is_limited_in_bytes_once_its_escapes_are_resolved()
    {
        var longest = new string('e', 255);
        var escaped = string.Concat(Enumerable.Repeat("\\u0065", 255));
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"{longest}\"]"));
        Assert.Equal(ProtocolError.SocketIOEventNameTooLong, Packet.Check($"2[\"{longest}e\"]"));
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"{escaped}\"]"));
        Assert.Equal(ProtocolError.SocketIOEventNameTooLong, Packet.Check($"2[\"{escaped}\\u0065\"]"));
        Assert.Equal(ProtocolError.None, Packet.Check($"2[{new string('1', 255)}]"));
        Assert.Equal(ProtocolError.SocketIOEventNameTooLong, Packet.Check($"2[{new string('1', 256)}]"));

        var large = new SocketPacketLimits { MaxEventNameBytes = 2000 };
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"\\n{new string('e', 1999)}\"]", large));
        Assert.Equal(ProtocolError.SocketIOEventNameTooLong, Packet.Check($"2[\"\\n{new string('e', 2000)}\"]", large));
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Nesting_is_limited_to_64_with_the_payloads_own_array(char open, char close)
    {
        // One level is the event's or the acknowledgement's array.
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"a\",{Nested(63)}]"));
        Assert.Equal(ProtocolError.SocketIOJsonTooDeep, Packet.Check($"2[\"a\",{Nested(64)}]"));
        Assert.Equal(ProtocolError.None, Packet.Check($"30[{Nested(63)}]"));
        Assert.Equal(ProtocolError.SocketIOJsonTooDeep, Packet.Check($"30[{Nested(64)}]"));
        Assert.Equal(ProtocolError.None, Packet.Check($"0{{\"a\":{Nested(63)}}}"));
        Assert.Equal(ProtocolError.SocketIOJsonTooDeep, Packet.Check($"0{{\"a\":{Nested(64)}}}"));
        var shallow = new SocketPacketLimits { MaxDepth = 2 };
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"a\",{Nested(1)}]", shallow));
        Assert.Equal(ProtocolError.SocketIOJsonTooDeep, Packet.Check($"2[\"a\",{Nested(2)}]", shallow));
        var beyond = new SocketPacketLimits { MaxDepth = 1000 };
        Assert.Equal(ProtocolError.SocketIOJsonTooDeep, Packet.Check($"2[\"a\",{Nested(64)}]", beyond));

        string Nested(int levels)
        {
            var inner = open == '{' ? "\"k\":" : "";
            return string.Concat(Enumerable.Repeat(open + inner, levels - 1)) + open + new string(close, levels);
        }
    }

    [Fact]
    public void Every_prefix_of_a_packet_is_refused_or_is_a_packet_of_its_own_and_never_throws()
    {
        foreach (var text in new[] { "51-/ns,12[\"na\\u0065me\",{\"_placeholder\":true,\"num\":0},[1.5e+3,-0,\"\\ud83d\\udc1f\"],null,false]", "0/a,{\"b\":[{}]}", "4\"x\"", "312[true]" })
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            for (var length = 0; length < bytes.Length; length++)
            {
                var error = SocketPacketReader.TryRead(bytes.AsSpan(0, length), SocketPacketLimits.Default, out var packet);
                if (error == ProtocolError.None)
                {
                    Assert.Equal(SocketPacketType.Connect, packet.Type); // the only type that is whole without its payload
                }
            }
        }
    }
}
