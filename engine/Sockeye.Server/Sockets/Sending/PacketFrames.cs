using System.Buffers;
using Sockeye.Protocol.SocketIO;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Makes the frames of Socket.IO packets: each encoded once, with its attachments as the frames that follow.</summary>
internal static class PacketFrames
{
    public static Frame Event(ReadOnlySpan<byte> nsp, EventWriter e, long ackId = -1) =>
        Build(e.Attachments.IsEmpty ? SocketPacketType.Event : SocketPacketType.BinaryEvent, nsp, e, ackId);

    public static Frame Ack(ReadOnlySpan<byte> nsp, EventWriter e, long ackId) =>
        Build(e.Attachments.IsEmpty ? SocketPacketType.Ack : SocketPacketType.BinaryAck, nsp, e, ackId);

    public static Frame Connected(ReadOnlySpan<byte> nsp, string socketId)
    {
        var frame = Frame.Rent(nsp.Length + socketId.Length + 16);
        SocketPacketWriter.WriteConnected(frame, nsp, socketId);
        return frame;
    }

    public static Frame Refused(ReadOnlySpan<byte> nsp, string message, ReadOnlySpan<byte> data)
    {
        var frame = Frame.Rent(nsp.Length + message.Length + data.Length + 32);
        SocketPacketWriter.WriteConnectError(frame, nsp, message, data);
        return frame;
    }

    public static Frame Disconnect(ReadOnlySpan<byte> nsp)
    {
        var frame = Frame.Rent(nsp.Length + 4);
        SocketPacketWriter.WriteDisconnect(frame, nsp);
        return frame;
    }

    private static Frame Build(SocketPacketType type, ReadOnlySpan<byte> nsp, EventWriter e, long ackId)
    {
        var attachments = e.Attachments;
        var header = SocketPacketWriter.HeaderLength(attachments.Length, nsp, ackId);
        var frame = Frame.Rent(header + e.Length);
        var span = frame.GetSpan(header + e.Length);
        header = SocketPacketWriter.WriteHeader(span, type, attachments.Length, nsp, ackId);
        e.Payload.CopyTo(span[header..]);
        frame.Advance(header + e.Length);

        var last = frame;
        foreach (var bytes in attachments)
        {
            var next = Frame.Rent(bytes.Length);
            next.IsBinary = true;
            next.Write(bytes.Span);
            last.Next = next;
            last = next;
        }

        return frame;
    }
}
