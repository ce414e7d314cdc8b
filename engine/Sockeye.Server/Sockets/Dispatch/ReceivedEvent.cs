using Sockeye.Protocol.SocketIO;

namespace Sockeye.Server.Sockets;

/// <summary>One received event as bytes, its name unescaped. Valid as long as what it was read from.</summary>
internal readonly ref struct ReceivedEvent
{
    /// <summary>Room for an unescaped name: the limit of names is far below.</summary>
    public const int MaxNameBytes = 512;

    public ReceivedEvent(in SocketPacket packet, ReadOnlySpan<ReadOnlyMemory<byte>> attachments, Span<byte> scratch)
    {
        Name = packet.EventName;
        IsNumeric = packet.IsNumericName;
        Arguments = packet.Arguments;
        AckId = packet.AckId;
        Attachments = attachments;
        if (packet.NameHasEscape && JsonString.TryUnescape(packet.EventName, scratch, out var length))
        {
            Name = scratch[..length];
        }
    }

    public ReceivedEvent(ReadOnlySpan<byte> name, bool isNumeric, ReadOnlySpan<byte> arguments, long ackId, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        Name = name;
        IsNumeric = isNumeric;
        Arguments = arguments;
        AckId = ackId;
        Attachments = attachments;
    }

    public ReadOnlySpan<byte> Name { get; }

    public bool IsNumeric { get; }

    public ReadOnlySpan<byte> Arguments { get; }

    /// <summary>-1: the client wants no answer.</summary>
    public long AckId { get; }

    public ReadOnlySpan<ReadOnlyMemory<byte>> Attachments { get; }

    public EventName ToName() => EventName.FromWire(Name, IsNumeric);
}
