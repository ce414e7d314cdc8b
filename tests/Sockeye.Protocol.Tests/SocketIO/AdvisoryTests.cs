using System.Diagnostics;
using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

/// <summary>What went wrong in Socket.IO's parser, each under the name of its advisory.</summary>
public sealed class AdvisoryTests
{
    [Theory]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":\"__proto__\"}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":\"0\"}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":\"splice\"}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":-1}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":0.5}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":1}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":99999999999999999999}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":null}]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true}]")]
    [InlineData("51-[\"x\"]")]
    public void CVE_2022_2421_the_index_of_a_placeholder_is_checked(string text)
    {
        Assert.Equal(ProtocolError.None, SocketPacketReader.TryRead(Encoding.UTF8.GetBytes(text), SocketPacketLimits.Default, out var packet));
        var assembler = new AttachmentAssembler();
        Assert.Equal(ProtocolError.SocketIOInvalidPlaceholder, assembler.Begin(packet));
        Assert.False(assembler.IsWaiting);
    }

    [Theory]
    [InlineData("2[{\"toString\":\"foo\"}]")]
    [InlineData("2[true]")]
    [InlineData("2[null]")]
    [InlineData("2[]")]
    [InlineData("2{}")]
    public void CVE_2023_32695_an_event_name_is_a_string_or_a_number(string text) =>
        Assert.Contains(Packet.Check(text), new[] { ProtocolError.SocketIOInvalidEventName, ProtocolError.SocketIOInvalidPayload });

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public void Parser_4_2_4_reserved_names_are_no_events(string name)
    {
        Assert.Equal(ProtocolError.SocketIOReservedEvent, Packet.Check($"2[\"{name}\"]"));
        Assert.Equal(ProtocolError.SocketIOReservedEvent, Packet.Check($"2/a,1[\"{name}\",1]"));
        Assert.Equal(ProtocolError.SocketIOReservedEvent, Packet.Check($"51-[\"{name}\",{{\"_placeholder\":true,\"num\":0}}]"));
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"{name}s\"]"));
        Assert.Equal(ProtocolError.None, Packet.Check($"2[\"a\",\"{name}\"]"));
    }

    [Fact]
    public void CVE_2026_33151_the_announced_attachments_are_limited_before_anything_is_kept()
    {
        Assert.Equal(ProtocolError.SocketIOTooManyAttachments, Packet.Check("5999999-[\"x\"]"));
        Assert.Equal(ProtocolError.SocketIOTooManyAttachments, Packet.Check("6999999-[\"x\"]"));
    }

    [Fact]
    public void CVE_2026_69185_zero_attachments_and_unannounced_attachments_are_refused()
    {
        Assert.Equal(ProtocolError.SocketIOInvalidAttachmentCount, Packet.Check("50-[\"x\"]"));
        Assert.Equal(ProtocolError.SocketIOInvalidAttachmentCount, Packet.Check("500-[\"x\"]"));
        Assert.Equal(ProtocolError.SocketIOUnexpectedBinary, new AttachmentAssembler().Add([1]));
    }

    [Theory]
    [InlineData("0/")] // an endless namespace
    [InlineData("2")] // an endless id
    [InlineData("5")] // an endless count
    [InlineData("2[")] // an endless number as name
    public void CVE_2020_36049_a_large_packet_costs_no_memory_and_linear_time(string start)
    {
        var packet = Encoding.UTF8.GetBytes(start + new string('1', 1_000_000));
        var error = ProtocolError.None;
        Assert.Equal(0, Allocated.Least(() => error = SocketPacketReader.TryRead(packet, SocketPacketLimits.Default, out _)));
        Assert.NotEqual(ProtocolError.None, error);
    }
}
