namespace Sockeye.Protocol.EngineIO;

/// <summary>
/// One Engine.IO packet as it was read. It owns nothing: <see cref="Data"/> points into the bytes that were given to the reader
/// (or into the reader's scratch for base64) and is valid as long as they are unchanged.
/// </summary>
public readonly ref struct EnginePacket
{
    /// <summary>Makes a packet over existing bytes.</summary>
    /// <param name="type">The packet type.</param>
    /// <param name="data">What follows the type character, or the whole binary message.</param>
    /// <param name="isBinary">Whether <paramref name="data"/> is a binary message.</param>
    public EnginePacket(EnginePacketType type, ReadOnlySpan<byte> data, bool isBinary = false)
    {
        Type = type;
        Data = data;
        IsBinary = isBinary;
    }

    /// <summary>The packet type; always <see cref="EnginePacketType.Message"/> when <see cref="IsBinary"/>.</summary>
    public EnginePacketType Type { get; }

    /// <summary>UTF-8 text without the type character, or the bytes of a binary message.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Whether this is a binary message.</summary>
    public bool IsBinary { get; }
}
