namespace Sockeye;

/// <summary>One received event as bytes, valid during the call that it is handed to; the compiler holds it there.</summary>
/// <remarks>The arguments are parsed only when they are read. A copy of the reader has a position of its own.</remarks>
public ref struct EventReader
{
    private readonly ReadOnlySpan<ReadOnlyMemory<byte>> _attachments;
    private readonly PayloadCodec _codec;
    private int _position;

    internal EventReader(
        EventContext context,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> arguments,
        ReadOnlySpan<ReadOnlyMemory<byte>> attachments,
        PayloadCodec codec)
    {
        Context = context;
        NameUtf8 = name;
        ArgumentsUtf8 = arguments;
        _attachments = attachments;
        _codec = codec;
    }

    /// <summary>The part of the event that may be kept.</summary>
    public EventContext Context { get; }

    /// <summary>The socket that sent the event; for outgoing events the one that receives it.</summary>
    public readonly SockeyeSocket Socket => Context.Socket;

    /// <summary>The name, unescaped; the digits if it is a number.</summary>
    public ReadOnlySpan<byte> NameUtf8 { get; }

    /// <summary>All arguments as they came, without the brackets around them: <c>1,"x"</c>.</summary>
    public ReadOnlySpan<byte> ArgumentsUtf8 { get; }

    /// <summary>The arguments that were not read yet, for codecs.</summary>
    public readonly ReadOnlySpan<byte> Remaining => ArgumentsUtf8[_position..];

    /// <summary>Number of attachments.</summary>
    public readonly int AttachmentCount => _attachments.Length;

    /// <summary>Whether the event has this name.</summary>
    /// <param name="nameUtf8">The name in UTF-8.</param>
    public readonly bool Is(ReadOnlySpan<byte> nameUtf8) => !Context.Name.IsNumber && NameUtf8.SequenceEqual(nameUtf8);

    /// <summary>The bytes of an attachment, valid during the call.</summary>
    /// <param name="index">Its number in the placeholders.</param>
    public readonly ReadOnlyMemory<byte> Attachment(int index) => _attachments[index];

    /// <summary>Moves over bytes that a codec has read.</summary>
    /// <param name="count">Number of bytes, at most what remains.</param>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(ArgumentsUtf8.Length - _position), nameof(count));
        _position += count;
    }
}
