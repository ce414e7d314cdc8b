using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Server.Cluster;

/// <summary>Writes the head of a message between nodes (docs/cluster-wire.md).</summary>
/// <remarks>It owns its array, which grows with the longest head and is given up above <see cref="KeptBytes"/>. One for each thread, in use from <see cref="Begin"/> until the message has been published.</remarks>
internal sealed class HeadWriter
{
    /// <summary>Bytes of an array that is kept for the next head (own).</summary>
    private const int KeptBytes = 16 << 10;

    [ThreadStatic]
    private static HeadWriter? s_mine;

    private byte[] _bytes = new byte[512];
    private int _length;

    /// <summary>Whether a field was too long for the wire: then the message cannot be sent.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The head so far.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>A head of this thread, begun anew.</summary>
    public static HeadWriter Begin(ClusterKind kind, int node, long incarnation) => (s_mine ??= new HeadWriter()).Start(kind, node, incarnation);

    /// <summary>As <see cref="Begin"/>, of a writer that somebody keeps.</summary>
    public HeadWriter Start(ClusterKind kind, int node, long incarnation)
    {
        if (_bytes.Length > KeptBytes)
        {
            _bytes = new byte[512];
        }

        IsTooLong = false;
        _length = ClusterMessage.FixedBytes;
        var head = _bytes.AsSpan(0, ClusterMessage.FixedBytes);
        head.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(head, ClusterMessage.Magic);
        head[2] = ClusterMessage.Version;
        head[3] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], node);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], incarnation);
        return this;
    }

    public HeadWriter Field(WireField field, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(field, value.Length));
        return this;
    }

    public HeadWriter Field(WireField field, string value)
    {
        // By way of UTF-8, which replaces lone surrogates: they are equal to nothing, there and here.
        var bytes = Encoding.UTF8.GetByteCount(value);
        if (Reserve(field, bytes) is { IsEmpty: false } room)
        {
            Encoding.UTF8.GetBytes(value, room);
        }

        return this;
    }

    public HeadWriter Field(WireField field, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(field, sizeof(long)), value);
        return this;
    }

    /// <summary>Room for a field, to be filled at once; empty if it is too long.</summary>
    public Span<byte> Reserve(WireField field, int length)
    {
        if (length > ushort.MaxValue)
        {
            IsTooLong = true;
            return default;
        }

        Grow(length + 3);
        var at = _bytes.AsSpan(_length);
        at[0] = (byte)field;
        BinaryPrimitives.WriteUInt16LittleEndian(at[1..], (ushort)length);
        _length += 3 + length;
        return at.Slice(3, length);
    }

    /// <summary>Its place in a stream, and the node whose stream that is.</summary>
    public void Number(int node, uint stream, long sequence) => ClusterMessage.Number(_bytes, node, stream, sequence);

    /// <summary>The head of a message that waits for its number, and for the checksum that belongs to it.</summary>
    public ReadOnlySpan<byte> Unnumbered(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        Lengths(parts, isSealed: false);
        return Written;
    }

    /// <summary>The head is complete.</summary>
    /// <param name="subject">Where it goes, which the seal holds too.</param>
    /// <param name="parts">The body.</param>
    /// <param name="seal">Seals it; null: nobody does.</param>
    public ReadOnlySpan<byte> End(string subject, ReadOnlySpan<ReadOnlyMemory<byte>> parts, WireSeal? seal)
    {
        if (seal is not null)
        {
            Grow(ClusterMessage.SealBytes);
        }

        var length = Lengths(parts, seal is not null);
        seal?.Write(subject, _bytes.AsSpan(0, _length), parts, _bytes.AsSpan(_length, ClusterMessage.SealBytes));
        var sum = ClusterMessage.Checksum(ClusterMessage.Checksum(uint.MaxValue, _bytes.AsSpan(0, ClusterMessage.ChecksumAt)), _bytes.AsSpan(ClusterMessage.FixedBytes, length - ClusterMessage.FixedBytes));
        foreach (var part in parts)
        {
            sum = ClusterMessage.Checksum(sum, part.Span);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(ClusterMessage.ChecksumAt), sum);
        return _bytes.AsSpan(0, length);
    }

    private int Lengths(ReadOnlySpan<ReadOnlyMemory<byte>> parts, bool isSealed)
    {
        long body = 0;
        foreach (var part in parts)
        {
            body += part.Length;
        }

        var length = _length + (isSealed ? ClusterMessage.SealBytes : 0);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(4), length);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(8), isSealed ? ClusterMessage.Sealed : (ushort)0);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(36), (uint)body);
        return length;
    }

    private void Grow(int more)
    {
        if (_length + more > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_length + more, 2 * _bytes.Length));
        }
    }
}
