using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sockeye.Transport;

/// <summary>
/// How long the turns of one loop took that found something to do: a histogram of fixed buckets, four for each power of two, so that a
/// percentile is known to within a quarter. Written by the loop's thread alone; any thread may read.
/// </summary>
/// <remarks>
/// A turn's length runs from the wake-up, when the wait for events has returned, to the end of the turn, when all that it owed has been sent.
/// So it bounds the time between the wake-up that brought a message and the send of its answer. It is time of the clock, by the two readings
/// that a turn makes anyhow, and therefore also bounds the time on the processor. The portable transport has no turns; there it is the length
/// of each task of its loop.
/// </remarks>
public sealed class TurnLengths
{
    /// <summary>Number of buckets: one for the shortest turns, four for each of 21 powers of two, one for the longest.</summary>
    public const int BucketCount = 2 + (Octaves << SubBits);

    private const int SubBits = 2;
    private const int Octaves = 21;

    /// <summary>The first bucket ends at 2 to the power of this in units of 100 ns: 0.8 µs.</summary>
    private const int FirstBits = 3;

    private readonly long[] _counts = new long[BucketCount];

    /// <summary>Turns in one bucket.</summary>
    /// <param name="bucket">From 0 to <see cref="BucketCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public long this[int bucket]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bucket, (uint)BucketCount, nameof(bucket));
            return Volatile.Read(ref _counts[bucket]);
        }
    }

    /// <summary>The longest length that still belongs to a bucket; its shortest is longer than the bound of the bucket before.</summary>
    /// <param name="bucket">From 0 to <see cref="BucketCount"/> - 1.</param>
    /// <returns>0.8 µs for the first, 1.67 s for the last but one, <see cref="TimeSpan.MaxValue"/> for the last.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public static TimeSpan UpperBound(int bucket)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bucket, (uint)BucketCount, nameof(bucket));
        if (bucket == BucketCount - 1)
        {
            return TimeSpan.MaxValue;
        }

        if (bucket == 0)
        {
            return new TimeSpan(1 << FirstBits);
        }

        int octave = (bucket - 1) >> SubBits, quarter = (bucket - 1) & ((1 << SubBits) - 1);
        return new TimeSpan((long)((1 << SubBits) + quarter + 1) << (FirstBits - SubBits + octave));
    }

    internal void Add(TimeSpan took) => _counts[BucketOf(took.Ticks)]++;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BucketOf(long ticks)
    {
        // The bucket is that of one less, so that a bound belongs to its bucket and not to the next.
        var value = ticks - 1;
        if (value < 1 << FirstBits)
        {
            return 0;
        }

        var bits = BitOperations.Log2((ulong)value);
        var quarter = (int)(value >> (bits - SubBits)) & ((1 << SubBits) - 1);
        return Math.Min(1 + ((bits - FirstBits) << SubBits) + quarter, BucketCount - 1);
    }
}
