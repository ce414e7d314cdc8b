using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class AttachmentAssemblerTests
{
    private const string TwoText = "52-/a,7[\"x\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]";

    private static ProtocolError Begin(AttachmentAssembler assembler, byte[] text)
    {
        Assert.Equal(ProtocolError.None, SocketPacketReader.TryRead(text, SocketPacketLimits.Default, out var packet));
        return assembler.Begin(packet);
    }

    private static ProtocolError Begin(AttachmentAssembler assembler, string text = TwoText) => Begin(assembler, Encoding.UTF8.GetBytes(text));

    [Fact]
    public void A_packet_is_complete_with_its_last_attachment()
    {
        var assembler = new AttachmentAssembler();
        Assert.False(assembler.IsWaiting);
        Assert.False(assembler.IsComplete);
        Assert.Equal(ProtocolError.None, Begin(assembler));
        Assert.True(assembler.IsWaiting);
        Assert.Equal(ProtocolError.None, assembler.Add([1, 2]));
        Assert.True(assembler.IsWaiting);
        Assert.False(assembler.IsComplete);
        Assert.Equal(ProtocolError.None, assembler.Add([]));
        Assert.False(assembler.IsWaiting);
        Assert.True(assembler.IsComplete);
        Assert.Equal([[1, 2], []], assembler.Attachments.Select(a => a.ToArray()));
        Assert.Equal(Packet.Read(TwoText), Packet.From(assembler.Packet));
    }

    [Fact]
    public void Text_and_attachments_are_copies_that_outlive_the_buffers_and_the_assembler()
    {
        var assembler = new AttachmentAssembler();
        var text = Encoding.UTF8.GetBytes(TwoText);
        byte[] data = [1, 2, 3];
        Begin(assembler, text);
        assembler.Add(data);
        assembler.Add(data);
        Array.Clear(text);
        Array.Clear(data);
        var packet = assembler.Packet;
        var attachments = assembler.Attachments;
        assembler.Clear();
        Assert.Equal(Packet.Read(TwoText), Packet.From(packet));
        Assert.All(attachments, a => Assert.Equal([1, 2, 3], a.ToArray()));
    }

    [Fact]
    public void A_binary_acknowledgement_is_assembled_like_an_event()
    {
        var assembler = new AttachmentAssembler();
        Assert.Equal(ProtocolError.None, Begin(assembler, "61-99[{\"_placeholder\":true,\"num\":0}]"));
        assembler.Add([9]);
        Assert.True(assembler.IsComplete);
        Assert.True(assembler.Packet.IsAck);
        Assert.Equal(99, assembler.Packet.AckId);
    }

    [Fact]
    public void Text_while_attachments_are_missing_is_refused()
    {
        var assembler = new AttachmentAssembler();
        Assert.Equal(ProtocolError.None, assembler.CheckText());
        Begin(assembler);
        Assert.Equal(ProtocolError.SocketIOUnexpectedText, assembler.CheckText());
        assembler.Add([1]);
        Assert.Equal(ProtocolError.SocketIOUnexpectedText, assembler.CheckText());
        Assert.Equal(ProtocolError.SocketIOUnexpectedText, Begin(assembler));
        assembler.Add([1]);
        Assert.Equal(ProtocolError.None, assembler.CheckText());
    }

    [Fact]
    public void Binary_that_nobody_announced_is_refused()
    {
        var assembler = new AttachmentAssembler();
        Assert.Equal(ProtocolError.SocketIOUnexpectedBinary, assembler.Add([1]));
        Begin(assembler);
        assembler.Add([1]);
        assembler.Add([1]);
        Assert.Equal(ProtocolError.SocketIOUnexpectedBinary, assembler.Add([1]));
        assembler.Clear();
        Assert.Equal(ProtocolError.SocketIOUnexpectedBinary, assembler.Add([1]));
    }

    [Fact]
    public void Clearing_ends_the_wait()
    {
        var assembler = new AttachmentAssembler();
        Begin(assembler);
        assembler.Clear();
        Assert.False(assembler.IsWaiting);
        Assert.False(assembler.IsComplete);
        Assert.Empty(assembler.Attachments);
        Assert.Equal(ProtocolError.None, assembler.CheckText());
    }

    [Fact]
    public void A_second_packet_follows_a_complete_one()
    {
        var assembler = new AttachmentAssembler();
        Begin(assembler);
        assembler.Add([1]);
        assembler.Add([2]);
        var first = assembler.Attachments;
        Assert.Equal(ProtocolError.None, Begin(assembler, "51-[\"y\",{\"_placeholder\":true,\"num\":0}]"));
        Assert.True(assembler.IsWaiting);
        assembler.Add([3]);
        Assert.Equal("y", Encoding.UTF8.GetString(assembler.Packet.EventName));
        Assert.Equal([3], Assert.Single(assembler.Attachments).ToArray());
        Assert.Equal([2], first[1].ToArray());
    }

    [Fact]
    public void The_bytes_of_a_packet_with_its_attachments_are_limited_to_4_000_000()
    {
        var assembler = new AttachmentAssembler();
        Assert.Equal(4_000_000, assembler.MaxEventBytes);
        Begin(assembler);
        assembler.Add(new byte[2_000_000]);
        var room = 4_000_000 - 2_000_000 - TwoText.Length;
        Assert.Equal(ProtocolError.SocketIOEventTooLarge, assembler.Add(new byte[room + 1]));
        Assert.Equal(ProtocolError.None, assembler.Add(new byte[room]));
        Assert.True(assembler.IsComplete);
    }

    [Fact]
    public void The_limit_counts_the_text_as_well()
    {
        Assert.Equal(ProtocolError.SocketIOEventTooLarge, Begin(new AttachmentAssembler(TwoText.Length - 1)));
        var exact = new AttachmentAssembler(TwoText.Length);
        Assert.Equal(ProtocolError.None, Begin(exact));
        Assert.Equal(ProtocolError.SocketIOEventTooLarge, exact.Add([1]));
    }

    [Fact]
    public void A_packet_without_attachments_is_not_assembled()
    {
        var assembler = new AttachmentAssembler();
        Assert.Equal(ProtocolError.SocketIOInvalidAttachmentCount, Begin(assembler, "2[\"x\"]"));
        Assert.False(assembler.IsWaiting);
    }

    [Fact]
    public void What_was_only_announced_takes_no_memory()
    {
        var assembler = new AttachmentAssembler();
        var text = Encoding.UTF8.GetBytes(TwoText);
        Begin(assembler, text);
        assembler.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Begin(assembler, text);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1024);
    }
}
