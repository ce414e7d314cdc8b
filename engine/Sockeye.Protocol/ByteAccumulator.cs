namespace Sockeye.Protocol;

/// <summary>
/// Bytes that arrived but cannot be used yet. Memory follows what was received, never what was announced: the first append is
/// right-sized, later ones double, so that the cost of collecting stays linear. Owns one array of the garbage-collected heap
/// (spans handed out earlier stay valid after it is dropped). One thread at a time.
/// </summary>
/// <param name="maxLength">The most that the owner will ever append, in bytes; growth does not reserve beyond it.</param>
public sealed class ByteAccumulator(int maxLength)
{
    /// <summary>What <see cref="Clear"/> keeps at most, in bytes: a page, so that small remainders cost no allocation.</summary>
    public const int MaxKeptBytes = 4096;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>An accumulator whose owner checks its own limit.</summary>
    public ByteAccumulator() : this(Array.MaxLength)
    {
    }

    /// <summary>The bytes so far; may be changed in place. Valid until the next <see cref="Append"/>.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The number of bytes so far.</summary>
    public int Length => _length;

    /// <summary>The bytes reserved now.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Adds a copy of <paramref name="bytes"/>.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int needed = checked(_length + bytes.Length);
        if (needed > _bytes.Length)
        {
            Grow(needed);
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length = needed;
    }

    /// <summary>Forgets the bytes; an array above <see cref="MaxKeptBytes"/> is dropped.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > MaxKeptBytes)
        {
            _bytes = [];
        }
    }

    private void Grow(int needed)
    {
        long doubled = _bytes.Length == 0 ? needed : Math.Min(2L * _bytes.Length, maxLength);
        byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Max(needed, doubled));
        Written.CopyTo(larger);
        _bytes = larger;
    }
}
