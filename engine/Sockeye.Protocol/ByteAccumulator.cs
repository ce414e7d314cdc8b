namespace Sockeye.Protocol;

/// <summary>
/// Bytes that arrived but cannot be used yet. Memory follows what was received, never what was announced: the first append is
/// right-sized, later ones double, so that the cost of collecting stays linear. Owns one array of the garbage-collected heap
/// (spans handed out earlier stay readable after it is dropped). One thread at a time.
/// </summary>
public sealed class ByteAccumulator
{
    /// <summary>What <see cref="Clear"/> keeps at most, in bytes: a page, so that small remainders cost no allocation.</summary>
    public const int MaxKeptBytes = 4096;

    private const int MinGrowthBytes = 64;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>The bytes so far; may be changed in place. Valid until the next append.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The number of bytes so far.</summary>
    public int Length => _length;

    /// <summary>The bytes reserved now: at most twice those received, and at most the greatest length that the owner named.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Adds a copy of <paramref name="bytes"/>. The owner checks its own limit before.</summary>
    /// <param name="bytes">What arrived.</param>
    /// <param name="maxLength">The greatest length that the whole can reach, in bytes; no more is reserved.</param>
    public void Append(ReadOnlySpan<byte> bytes, int maxLength = int.MaxValue)
    {
        var needed = checked(_length + bytes.Length);
        if (needed > _bytes.Length)
        {
            Grow(needed, maxLength);
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

    private void Grow(int needed, int maxLength)
    {
        long capacity = needed;
        if (_length > 0)
        {
            var doubled = Math.Max(2L * _length, MinGrowthBytes);
            capacity = Math.Max(needed, Math.Min(doubled, Math.Min(maxLength, Array.MaxLength)));
        }

        var larger = GC.AllocateUninitializedArray<byte>((int)capacity);
        Written.CopyTo(larger);
        _bytes = larger;
    }
}
