namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// One Socket.IO packet as it was read. It owns nothing: every span points into the text that was read and is valid as long as that is.
/// </summary>
public ref struct SocketPacket
{
    // The reader fills these in place: to copy what was just written stalls the processor.
    internal ReadOnlySpan<byte> Text;
    internal SocketPacketLayout Layout;

    internal SocketPacket(ReadOnlySpan<byte> text, scoped in SocketPacketLayout layout)
    {
        Text = text;
        Layout = layout;
    }

    /// <summary>The packet type as on the wire; see <see cref="IsEvent"/> and <see cref="IsAck"/>.</summary>
    public readonly SocketPacketType Type => Layout.Type;

    /// <summary>An event, with or without attachments.</summary>
    public readonly bool IsEvent => Type is SocketPacketType.Event or SocketPacketType.BinaryEvent;

    /// <summary>An acknowledgement, with or without attachments.</summary>
    public readonly bool IsAck => Type is SocketPacketType.Ack or SocketPacketType.BinaryAck;

    /// <summary>Announced attachments: at least 1 for the binary types, else 0.</summary>
    public readonly int Attachments => Layout.Attachments;

    /// <summary>The namespace with its slash, without a query string; <c>/</c> when the packet names none.</summary>
    public readonly ReadOnlySpan<byte> Namespace => Layout.NamespaceLength == 0 ? "/"u8 : Text.Slice(Layout.NamespaceStart, Layout.NamespaceLength);

    /// <summary>The acknowledgement id, 0 to 2^53-1, or -1.</summary>
    public readonly long AckId => Layout.AckId;

    /// <summary>The JSON, whole and valid; empty when the packet has none.</summary>
    public readonly ReadOnlySpan<byte> Payload => Text[Layout.PayloadStart..];

    /// <summary>Of an event: the raw bytes between the name's quotes, or a number's token. Escapes are not resolved, see <see cref="NameHasEscape"/>.</summary>
    public readonly ReadOnlySpan<byte> EventName => Text.Slice(Layout.NameStart, Layout.NameLength);

    /// <summary>Whether the event's name is a JSON number.</summary>
    public readonly bool IsNumericName => Layout.IsNumericName;

    /// <summary>Whether <see cref="EventName"/> has escapes that <see cref="JsonString.TryUnescape"/> has to resolve before it is compared.</summary>
    public readonly bool NameHasEscape => Layout.NameHasEscape;

    /// <summary>The elements of the payload's array, of an event those after the name, without brackets: <c>1,"x"</c>; may be empty.</summary>
    public readonly ReadOnlySpan<byte> Arguments => Text.Slice(Layout.ArgumentsStart, Layout.ArgumentsLength);


}

/// <summary>Where the parts of a packet lie in its text, so that a packet can be kept together with a copy of the text.</summary>
internal struct SocketPacketLayout
{
    public SocketPacketType Type;
    public bool IsNumericName;
    public bool NameHasEscape;
    public int Attachments;
    public long AckId;
    public int NamespaceStart;
    public int NamespaceLength;
    public int PayloadStart;
    public int NameStart;
    public int NameLength;
    public int ArgumentsStart;
    public int ArgumentsLength;
}
