namespace Sockeye.Transport;

/// <summary>How many frames and loop buffers were lent and given back in this process: equal whenever nothing is in flight. Any thread.</summary>
public static class BufferCounters
{
    /// <summary>Lent so far.</summary>
    public static long Rented => BufferPool.Totals.Rented;

    /// <summary>Given back so far.</summary>
    public static long Returned => BufferPool.Totals.Returned;
}
