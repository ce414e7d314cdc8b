using System.Buffers.Binary;
using Sockeye.Protocol.SocketIO;
using Sockeye.Server.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Nodes;

/// <summary>Packets between frames and the bodies of messages: the bytes stay as they are, apart from an acknowledgement id, which each server gives by itself.</summary>
internal static class NodeFrames
{
    /// <summary>Longest header of a packet: type, attachments, the longest namespace that a message can name, a comma, an id.</summary>
    private const int MostHeaderBytes = ushort.MaxValue + 32;

    [ThreadStatic]
    private static ReadOnlyMemory<byte>[]? s_parts;

    /// <summary>The parts of a body, valid until the next call on this thread or <see cref="Done"/>.</summary>
    /// <param name="frame">The packet and its attachments.</param>
    /// <param name="nsp">Its namespace.</param>
    /// <param name="ackId">Its acknowledgement id, which is left out; -1: none.</param>
    public static ReadOnlySpan<ReadOnlyMemory<byte>> Parts(Frame frame, ReadOnlySpan<byte> nsp, long ackId)
    {
        var attachments = frame.MessageCount - 1;
        var parts = Room(attachments + 2);
        var count = 0;
        if (ackId < 0)
        {
            parts[count++] = frame.Memory;
        }
        else
        {
            var header = new byte[SocketPacketWriter.HeaderLength(attachments, nsp, -1)];
            SocketPacketWriter.WriteHeader(header, TypeOf(attachments), attachments, nsp, -1);
            parts[count++] = header;
            parts[count++] = frame.Memory[SocketPacketWriter.HeaderLength(attachments, nsp, ackId)..];
        }

        for (var next = frame.Next; next is not null; next = next.Next)
        {
            parts[count++] = next.Memory;
        }

        return parts.AsSpan(0, count);
    }

    /// <summary>As <see cref="Parts(Frame, ReadOnlySpan{byte}, long)"/>, of an event that has no frame: its array and attachments.</summary>
    public static ReadOnlySpan<ReadOnlyMemory<byte>> Parts(EventWriter e)
    {
        var attachments = e.Attachments;
        var parts = Room(attachments.Length + 1);
        parts[0] = e.Payload.ToArray();
        attachments.CopyTo(parts.AsSpan(1));
        return parts.AsSpan(0, attachments.Length + 1);
    }

    /// <summary>Lets go of what the parts refer to.</summary>
    public static void Done() => s_parts.AsSpan().Clear();

    /// <summary>Writes how long the attachments are.</summary>
    /// <param name="head">The head.</param>
    /// <param name="parts">The body, with the attachments at its end.</param>
    /// <param name="attachments">How many.</param>
    public static HeadWriter Attachments(this HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int attachments)
    {
        if (attachments > 0 && head.Reserve(WireField.Attachments, 4 * attachments) is { IsEmpty: false } field)
        {
            foreach (var part in parts[^attachments..])
            {
                BinaryPrimitives.WriteInt32LittleEndian(field, part.Length);
                field = field[4..];
            }
        }

        return head;
    }

    /// <summary>The packet of a message as frames.</summary>
    /// <param name="message">The message.</param>
    /// <param name="nsp">The namespace that it is for.</param>
    /// <param name="ackId">The id that is put in; -1: none.</param>
    /// <returns>Null: the body is no packet of the namespace.</returns>
    public static Frame? Read(in ClusterMessage message, ReadOnlySpan<byte> nsp, long ackId)
    {
        if (!message.TrySplitBody(out var text, out var lengths))
        {
            return null;
        }

        var attachments = lengths.Length / 4;
        var length = SocketPacketWriter.HeaderLength(attachments, nsp, -1);
        if (text <= length || length > MostHeaderBytes)
        {
            return null;
        }

        var header = length <= 512 ? stackalloc byte[length] : new byte[length];
        SocketPacketWriter.WriteHeader(header, TypeOf(attachments), attachments, nsp, -1);
        if (!message.Body.StartsWith(header))
        {
            return null;
        }

        var array = message.Body[length..text];
        return Write(message.Body[text..], lengths, array, nsp, ackId);
    }

    /// <summary>The event of a message for a pattern as frames of one of its namespaces.</summary>
    public static Frame? ReadPattern(in ClusterMessage message, ReadOnlySpan<byte> nsp, long ackId) =>
        message.TrySplitBody(out var text, out var lengths) && text > 1 ? Write(message.Body[text..], lengths, message.Body[..text], nsp, ackId) : null;

    private static Frame Write(ReadOnlySpan<byte> attached, ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> array, ReadOnlySpan<byte> nsp, long ackId)
    {
        var attachments = lengths.Length / 4;
        var header = SocketPacketWriter.HeaderLength(attachments, nsp, ackId);
        var frame = Frame.Rent(header + array.Length);
        SocketPacketWriter.WriteHeader(frame.GetSpan(header), TypeOf(attachments), attachments, nsp, ackId);
        frame.Advance(header);
        frame.Append(array);
        for (var last = frame; !lengths.IsEmpty; lengths = lengths[4..])
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(lengths);
            last = last.Next = Frame.Rent(length);
            last.IsBinary = true;
            last.Append(attached[..length]);
            attached = attached[length..];
        }

        return frame;
    }

    private static SocketPacketType TypeOf(int attachments) => attachments == 0 ? SocketPacketType.Event : SocketPacketType.BinaryEvent;

    private static ReadOnlyMemory<byte>[] Room(int count)
    {
        if (s_parts is null || s_parts.Length < count)
        {
            s_parts = new ReadOnlyMemory<byte>[Math.Max(count, 8)];
        }

        return s_parts;
    }
}
