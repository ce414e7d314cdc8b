namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// Holds a binary packet until its attachments have come. Belongs to the session, not to its transport: the header may arrive by
/// polling and the attachments by WebSocket after the upgrade. Owned by one connection and used on its loop only. Bounded by the
/// attachments that the reader admits and by <see cref="MaxEventBytes"/>; memory grows with what has arrived, never with what was
/// announced. The owner limits the waiting time (<see cref="IsWaiting"/>).
/// </summary>
public sealed class AttachmentAssembler
{
    /// <summary>Most bytes of a packet's text and attachments together unless told otherwise: 4,000,000, four polling bodies of Socket.IO's 1,000,000.</summary>
    public const int DefaultMaxEventBytes = 4_000_000;

    private byte[] _text = [];
    private SocketPacketLayout _layout;
    private ReadOnlyMemory<byte>[] _attachments = [];
    private int _received;
    private long _bytes;

    /// <summary>Makes an assembler that waits for nothing.</summary>
    /// <param name="maxEventBytes">See <see cref="MaxEventBytes"/>.</param>
    public AttachmentAssembler(int maxEventBytes = DefaultMaxEventBytes)
    {
        MaxEventBytes = maxEventBytes;
    }

    /// <summary>Most bytes of a packet's text and attachments together.</summary>
    public int MaxEventBytes { get; }

    /// <summary>Whether attachments are missing. Meanwhile every text message is an error.</summary>
    public bool IsWaiting => _received < _attachments.Length;

    /// <summary>Whether a packet is complete and not yet cleared.</summary>
    public bool IsComplete => _attachments.Length > 0 && _received == _attachments.Length;

    /// <summary>The packet given to <see cref="Begin"/>, over a copy of its text that lives as long as anybody refers to it. Meaningful until <see cref="Clear"/>.</summary>
    public SocketPacket Packet => new(_text, _layout);

    /// <summary>The attachments in order, each an array of its own that may be kept. Complete when <see cref="IsComplete"/>.</summary>
    public ReadOnlyMemory<byte>[] Attachments => _attachments;

    /// <summary>Asks whether a text message may come now.</summary>
    public ProtocolError CheckText() => IsWaiting ? ProtocolError.SocketIOUnexpectedText : ProtocolError.None;

    /// <summary>Starts with a binary packet: checks its placeholders and copies its text.</summary>
    /// <param name="packet">A packet of type <see cref="SocketPacketType.BinaryEvent"/> or <see cref="SocketPacketType.BinaryAck"/>.</param>
    /// <returns><see cref="ProtocolError.None"/>, or why the connection has to be closed.</returns>
    public ProtocolError Begin(in SocketPacket packet)
    {
        if (IsWaiting)
        {
            return ProtocolError.SocketIOUnexpectedText;
        }

        Clear();
        if (packet.Attachments < 1)
        {
            return ProtocolError.SocketIOInvalidAttachmentCount;
        }

        if (packet.Text.Length > MaxEventBytes)
        {
            return ProtocolError.SocketIOEventTooLarge;
        }

        if (!Placeholders.Validate(packet.Payload, packet.Attachments))
        {
            return ProtocolError.SocketIOInvalidPlaceholder;
        }

        _text = packet.Text.ToArray();
        _layout = packet.Layout;
        _bytes = _text.Length;
        _attachments = new ReadOnlyMemory<byte>[packet.Attachments];
        return ProtocolError.None;
    }

    /// <summary>Takes the next binary message.</summary>
    /// <param name="data">The message; it is copied.</param>
    /// <returns><see cref="ProtocolError.None"/>, or why the connection has to be closed. See <see cref="IsComplete"/> afterwards.</returns>
    public ProtocolError Add(ReadOnlySpan<byte> data)
    {
        if (!IsWaiting)
        {
            return ProtocolError.SocketIOUnexpectedBinary;
        }

        if (_bytes + data.Length > MaxEventBytes)
        {
            return ProtocolError.SocketIOEventTooLarge;
        }

        _bytes += data.Length;
        _attachments[_received++] = data.ToArray();
        return ProtocolError.None;
    }

    /// <summary>Lets go of everything; what was handed out stays valid.</summary>
    public void Clear()
    {
        _text = [];
        _layout = default;
        _attachments = [];
        _received = 0;
        _bytes = 0;
    }
}
