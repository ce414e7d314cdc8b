using System.Numerics;

namespace Sockeye.Load;

/// <summary>Counts of durations in nanoseconds, in buckets of 1/64 of their size: percentiles within 1.6 %, no allocation while counting.</summary>
internal sealed class Histogram
{
    private const int SubBits = 6;

    private readonly long[] _counts = new long[(64 - SubBits) << SubBits];

    public long Count { get; private set; }

    public void Add(long nanoseconds)
    {
        _counts[IndexOf(Math.Max(0, nanoseconds))]++;
        Count++;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>The upper edge, in microseconds, of the bucket that holds this share of all counts.</summary>
    public double Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && _counts[i] > 0)
            {
                return UpperEdge(i) / 1000.0;
            }
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        if (value < 1 << (SubBits + 1))
        {
            return (int)value;
        }

        var shift = 63 - BitOperations.LeadingZeroCount((ulong)value) - SubBits;
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long UpperEdge(int index)
    {
        if (index < 1 << (SubBits + 1))
        {
            return index;
        }

        var shift = (index >> SubBits) - 1;
        return ((long)(index - (shift << SubBits)) + 1 << shift) - 1;
    }
}
