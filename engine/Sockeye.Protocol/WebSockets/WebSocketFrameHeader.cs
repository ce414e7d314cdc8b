using System.Buffers.Binary;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The layout of a frame header as it is read: two bytes, 0, 2 or 8 bytes of length, 0 or 4 bytes of mask.</summary>
internal static class WebSocketFrameHeader
{
    /// <summary>The bytes of extended length that the second byte announces.</summary>
    public static int LengthBytes(byte second) => (second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };

    /// <summary>The bytes of the whole header that the second byte announces.</summary>
    public static int Length(byte second) => 2 + LengthBytes(second) + (second >> 7 << 2);

    /// <summary>The length of the payload.</summary>
    public static ulong PayloadLength(ReadOnlySpan<byte> header, int lengthBytes) => lengthBytes switch
    {
        0 => (ulong)(header[1] & 0x7F),
        2 => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
        _ => BinaryPrimitives.ReadUInt64BigEndian(header[2..]),
    };
}
