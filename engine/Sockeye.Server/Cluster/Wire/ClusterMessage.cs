using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Sockeye.Server.Cluster;

/// <summary>A message between nodes as it lies in its bytes: a fixed head, fields, the body (docs/cluster-wire.md). Reading never throws, whatever the bytes are.</summary>
internal readonly ref struct ClusterMessage
{
    /// <summary>Bytes of the fixed head.</summary>
    public const int FixedBytes = 44;

    /// <summary>Bytes of a seal at the end of the head.</summary>
    public const int SealBytes = 16;

    /// <summary>The version that is written, and the only one that is read.</summary>
    public const byte Version = 1;

    /// <summary>"SK".</summary>
    public const ushort Magic = 0x4B53;

    /// <summary>Flag: the last bytes of the head are a seal.</summary>
    public const ushort Sealed = 1;

    /// <summary>Where the checksum stands.</summary>
    public const int ChecksumAt = 40;

    /// <summary>Flags that a reader may pass over are the lower eight.</summary>
    private const ushort MustBeKnown = 0xFF00;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _fieldsEnd;
    private readonly int _headEnd;

    private ClusterMessage(ReadOnlySpan<byte> bytes, int fieldsEnd, int headEnd)
    {
        _bytes = bytes;
        _fieldsEnd = fieldsEnd;
        _headEnd = headEnd;
    }

    public ClusterKind Kind => (ClusterKind)_bytes[3];

    /// <summary>The node that has published it.</summary>
    public int Node => BinaryPrimitives.ReadInt32LittleEndian(_bytes[12..]);

    /// <summary>Which of the servers that have been, or will be, this node.</summary>
    public long Incarnation => BinaryPrimitives.ReadInt64LittleEndian(_bytes[16..]);

    /// <summary>Its number in its stream, from 1 on; 0: it is in none.</summary>
    public long Sequence => BinaryPrimitives.ReadInt64LittleEndian(_bytes[24..]);

    /// <summary>The stream that the number counts in: another one begins at 1 again.</summary>
    public uint Stream => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[32..]);

    public ReadOnlySpan<byte> Body => _bytes[_headEnd..];

    /// <summary>Whether its sender has a key.</summary>
    public bool IsSealed => (_bytes[8] & Sealed) != 0;

    /// <summary>The fields, one after the other.</summary>
    public FieldReader Fields => new(_bytes[FixedBytes.._fieldsEnd]);

    /// <summary>Reads what a message says of itself.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="message">The message, if there is no fault.</param>
    public static WireFault TryRead(ReadOnlySpan<byte> bytes, out ClusterMessage message)
    {
        message = default;
        if (bytes.Length < FixedBytes || BinaryPrimitives.ReadUInt16LittleEndian(bytes) != Magic)
        {
            return WireFault.Foreign;
        }

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (bytes[2] != Version || (flags & MustBeKnown) != 0)
        {
            return WireFault.Unknown;
        }

        var head = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        var body = BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]);
        var seal = (flags & Sealed) != 0 ? SealBytes : 0;
        if (head < (uint)(FixedBytes + seal) || head + (ulong)body != (ulong)bytes.Length)
        {
            return WireFault.Truncated;
        }

        var sum = Checksum(Checksum(uint.MaxValue, bytes[..ChecksumAt]), bytes[FixedBytes..]);
        if (sum != BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) >= 1 << 24 || BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]) < 0)
        {
            return WireFault.Corrupt;
        }

        var fields = new FieldReader(bytes[FixedBytes..((int)head - seal)]);
        while (fields.TryNext(out var field, out _))
        {
            if ((byte)field >= 128)
            {
                return WireFault.Unknown;
            }
        }

        if (!fields.IsAtEnd)
        {
            return WireFault.Corrupt;
        }

        message = new ClusterMessage(bytes, (int)head - seal, (int)head);
        return WireFault.None;
    }

    /// <summary>Writes the place of a message in a stream.</summary>
    public static void Number(Span<byte> head, int node, uint stream, long sequence)
    {
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], node);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(head[32..], stream);
    }

    /// <summary>Writes the checksum of a whole message.</summary>
    public static void Sum(Span<byte> message) =>
        BinaryPrimitives.WriteUInt32LittleEndian(message[ChecksumAt..], Checksum(Checksum(uint.MaxValue, message[..ChecksumAt]), message[FixedBytes..]));

    /// <summary>How long the message is that begins here, as it says itself; 0: it is cut off.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length < FixedBytes ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) + (ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]);
        return length < FixedBytes || length > (ulong)bytes.Length ? 0 : (int)length;
    }

    /// <summary>CRC-32C, further over more bytes.</summary>
    public static uint Checksum(uint sum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var one in bytes)
        {
            sum = BitOperations.Crc32C(sum, one);
        }

        return sum;
    }

    /// <summary>The first field of a kind; empty: there is none.</summary>
    public ReadOnlySpan<byte> Find(WireField wanted)
    {
        var fields = Fields;
        while (fields.TryNext(out var field, out var value))
        {
            if (field == wanted)
            {
                return value;
            }
        }

        return default;
    }

    /// <summary>The first field of a kind as text; empty: there is none.</summary>
    public string Text(WireField wanted) => Encoding.UTF8.GetString(Find(wanted));

    /// <summary>The first field of a kind as a number of 8 bytes; 0: there is none, or it is none.</summary>
    public long Number(WireField wanted) => Find(wanted) is { Length: 8 } value ? BinaryPrimitives.ReadInt64LittleEndian(value) : 0;

    /// <summary>The lengths of the attachments; false: the body is not as long as they say.</summary>
    /// <param name="text">Bytes before the attachments.</param>
    /// <param name="lengths">4 bytes for each.</param>
    public bool TrySplitBody(out int text, out ReadOnlySpan<byte> lengths)
    {
        lengths = Find(WireField.Attachments);
        ulong sum = 0;
        for (var i = 0; i + 4 <= lengths.Length; i += 4)
        {
            sum += BinaryPrimitives.ReadUInt32LittleEndian(lengths[i..]);
        }

        var fits = lengths.Length % 4 == 0 && sum <= (ulong)Body.Length;
        text = fits ? Body.Length - (int)sum : 0;
        return fits;
    }

    /// <summary>Reads fields that have been checked.</summary>
    internal ref struct FieldReader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public bool TryNext(out WireField field, out ReadOnlySpan<byte> value)
        {
            field = default;
            value = default;
            if (_rest.Length < 3)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest[1..]);
            if (_rest.Length - 3 < length)
            {
                return false;
            }

            field = (WireField)_rest[0];
            value = _rest.Slice(3, length);
            _rest = _rest[(3 + length)..];
            return true;
        }
    }
}
