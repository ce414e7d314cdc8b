using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Writes WebSocket frames (RFC 6455 section 5) and masks payloads, for both roles. Any thread.</summary>
public static class WebSocketFrames
{
    /// <summary>The longest frame header in bytes: 2, a 64-bit length and a mask.</summary>
    public const int MaxHeaderBytes = 14;

    /// <summary>The longest header without a mask, as a server writes it.</summary>
    public const int MaxServerHeaderBytes = 10;

    /// <summary>The longest payload of a control frame in bytes.</summary>
    public const int MaxControlBytes = 125;

    /// <summary>The opcode of a continuation frame.</summary>
    public const byte Continuation = 0;

    /// <summary>The opcode of a text frame.</summary>
    public const byte Text = 1;

    /// <summary>The opcode of a binary frame.</summary>
    public const byte Binary = 2;

    /// <summary>The opcode of a close frame.</summary>
    public const byte Close = 8;

    /// <summary>The opcode of a ping.</summary>
    public const byte Ping = 9;

    /// <summary>The opcode of a pong.</summary>
    public const byte Pong = 10;

    /// <summary>A close frame without code; as a code on the wire it is forbidden.</summary>
    public const ushort NoCloseCode = 1005;

    /// <summary>The bytes of the header of a frame with <paramref name="payloadLength"/> bytes.</summary>
    public static int HeaderLength(long payloadLength, bool masked = false) =>
        (payloadLength <= MaxControlBytes ? 2 : payloadLength <= ushort.MaxValue ? 4 : 10) + (masked ? 4 : 0);

    /// <summary>Writes a frame header and returns its length; <paramref name="destination"/> has <see cref="MaxHeaderBytes"/> or enough for <see cref="HeaderLength"/>.</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="opcode">The opcode, 0 to 15.</param>
    /// <param name="payloadLength">The bytes that follow.</param>
    /// <param name="fin">False when a continuation frame follows.</param>
    /// <param name="mask">The key of a client's frame, new and unpredictable for each; the payload must go through <see cref="Mask"/> with it.</param>
    public static int WriteHeader(Span<byte> destination, byte opcode, long payloadLength, bool fin = true, uint? mask = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(opcode, (byte)15);
        destination[0] = (byte)(fin ? 0x80 | opcode : opcode);
        var length = 2;
        if (payloadLength <= MaxControlBytes)
        {
            destination[1] = (byte)payloadLength;
        }
        else if (payloadLength <= ushort.MaxValue)
        {
            destination[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
            length = 4;
        }
        else
        {
            destination[1] = 127;
            BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
            length = 10;
        }

        if (mask is uint key)
        {
            destination[1] |= 0x80;
            BinaryPrimitives.WriteUInt32LittleEndian(destination[length..], key);
            length += 4;
        }

        return length;
    }

    /// <summary>Writes a whole close frame and returns its length (at most 2 + 125, with a mask 4 more).</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="code">A code for which <see cref="IsValidCloseCode"/> is true, or <see cref="NoCloseCode"/> for a frame without payload.</param>
    /// <param name="reason">UTF-8; what is beyond 123 bytes is left out, never half a character.</param>
    /// <param name="mask">The key of a client's frame.</param>
    public static int WriteClose(Span<byte> destination, ushort code, ReadOnlySpan<byte> reason, uint? mask = null)
    {
        if (code == NoCloseCode)
        {
            return WriteHeader(destination, Close, 0, mask: mask);
        }

        if (!IsValidCloseCode(code))
        {
            throw new ArgumentOutOfRangeException(nameof(code), code, "This code must not be sent.");
        }

        reason = reason[..CutAtCharacter(reason, MaxControlBytes - 2)];
        var header = WriteHeader(destination, Close, 2 + reason.Length, mask: mask);
        var payload = destination.Slice(header, 2 + reason.Length);
        BinaryPrimitives.WriteUInt16BigEndian(payload, code);
        reason.CopyTo(payload[2..]);
        if (mask is uint key)
        {
            Mask(payload, key);
        }

        return header + payload.Length;
    }

    /// <summary>True for the codes that a peer may send: 1000 to 1003, 1007 to 1014 and 3000 to 4999.</summary>
    public static bool IsValidCloseCode(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>Masks or unmasks <paramref name="payload"/> in place.</summary>
    /// <param name="payload">The bytes of one frame, or a stretch of them.</param>
    /// <param name="key">The key; its lowest byte is the first on the wire.</param>
    /// <param name="offset">How many bytes of the frame came before this stretch.</param>
    public static void Mask(Span<byte> payload, uint key, int offset = 0)
    {
        key = Rotate(key, offset);
        var native = BitConverter.IsLittleEndian ? key : BinaryPrimitives.ReverseEndianness(key);
        ref var bytes = ref MemoryMarshal.GetReference(payload);
        nuint i = 0;
        var length = (nuint)payload.Length;
        if (Vector256.IsHardwareAccelerated && length >= 32)
        {
            var mask = Vector256.Create(native).AsByte();
            for (; i + 32 <= length; i += 32)
            {
                (Vector256.LoadUnsafe(ref bytes, i) ^ mask).StoreUnsafe(ref bytes, i);
            }
        }

        if (Vector128.IsHardwareAccelerated && i + 16 <= length)
        {
            var mask = Vector128.Create(native).AsByte();
            for (; i + 16 <= length; i += 16)
            {
                (Vector128.LoadUnsafe(ref bytes, i) ^ mask).StoreUnsafe(ref bytes, i);
            }
        }

        var twice = native | ((ulong)native << 32);
        for (; i + 8 <= length; i += 8)
        {
            ref var at = ref Unsafe.Add(ref bytes, i);
            Unsafe.WriteUnaligned(ref at, Unsafe.ReadUnaligned<ulong>(ref at) ^ twice);
        }

        // Every stretch above is a multiple of four bytes, so the key starts anew.
        for (; i < length; i++)
        {
            Unsafe.Add(ref bytes, i) ^= (byte)key;
            key = uint.RotateRight(key, 8);
        }
    }

    // The key as it applies after `count` bytes.
    internal static uint Rotate(uint key, int count) => uint.RotateRight(key, (count & 3) * 8);

    private static int CutAtCharacter(ReadOnlySpan<byte> text, int max)
    {
        if (text.Length <= max)
        {
            return text.Length;
        }

        while (max > 0 && (text[max] & 0xC0) == 0x80)
        {
            max--;
        }

        return max;
    }
}
