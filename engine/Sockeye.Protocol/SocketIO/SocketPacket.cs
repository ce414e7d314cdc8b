namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// One Socket.IO packet as it was read. It owns nothing: every span points into the text that was read and is valid as long as that is.
/// </summary>
public readonly ref struct SocketPacket
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly SocketPacketLayout _layout;

    internal SocketPacket(ReadOnlySpan<byte> text, scoped in SocketPacketLayout layout)
    {
        _text = text;
        _layout = layout;
    }

    /// <summary>The packet type as on the wire; see <see cref="IsEvent"/> and <see cref="IsAck"/>.</summary>
    public SocketPacketType Type => _layout.Type;

    /// <summary>An event, with or without attachments.</summary>
    public bool IsEvent => Type is SocketPacketType.Event or SocketPacketType.BinaryEvent;

    /// <summary>An acknowledgement, with or without attachments.</summary>
    public bool IsAck => Type is SocketPacketType.Ack or SocketPacketType.BinaryAck;

    /// <summary>Announced attachments: at least 1 for the binary types, else 0.</summary>
    public int Attachments => _layout.Attachments;

    /// <summary>The namespace with its slash, without a query string; <c>/</c> when the packet names none.</summary>
    public ReadOnlySpan<byte> Namespace => _layout.NamespaceLength == 0 ? "/"u8 : _text.Slice(_layout.NamespaceStart, _layout.NamespaceLength);

    /// <summary>The acknowledgement id, 0 to 2^53-1, or -1.</summary>
    public long AckId => _layout.AckId;

    /// <summary>The JSON, whole and valid; empty when the packet has none.</summary>
    public ReadOnlySpan<byte> Payload => _text[_layout.PayloadStart..];

    /// <summary>Of an event: the raw bytes between the name's quotes, or a number's token. Escapes are not resolved, see <see cref="NameHasEscape"/>.</summary>
    public ReadOnlySpan<byte> EventName => _text.Slice(_layout.NameStart, _layout.NameLength);

    /// <summary>Whether the event's name is a JSON number.</summary>
    public bool IsNumericName => _layout.IsNumericName;

    /// <summary>Whether <see cref="EventName"/> has escapes that <see cref="JsonString.TryUnescape"/> has to resolve before it is compared.</summary>
    public bool NameHasEscape => _layout.NameHasEscape;

    /// <summary>The elements of the payload's array, of an event those after the name, without brackets: <c>1,"x"</c>; may be empty.</summary>
    public ReadOnlySpan<byte> Arguments => _text.Slice(_layout.ArgumentsStart, _layout.ArgumentsLength);

    /// <summary>The whole packet.</summary>
    internal ReadOnlySpan<byte> Text => _text;

    internal SocketPacketLayout Layout => _layout;
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
