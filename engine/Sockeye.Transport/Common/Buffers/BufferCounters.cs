using Sockeye.Transport.Common;

namespace Sockeye.Transport;

/// <summary>How many frames and loop buffers were lent and given back in this process, equal whenever nothing is in flight, and the bytes that the engine holds.</summary>
/// <remarks>Any thread: each counts for itself, and reading adds up. As long as the process.</remarks>
public static class BufferCounters
{
    /// <summary>Lent so far.</summary>
    public static long Rented => BufferPool.Totals.Rented;

    /// <summary>Bytes that the engine holds in this process: the memory of frames, each once however many outboxes share it, of lent loop buffers, and what was counted with <see cref="Hold"/>.
    /// What waits in pools for the next use is not counted. Reading it adds up a number for each thread.</summary>
    public static long HeldBytes => BufferPool.HeldTotal;

    /// <summary>Counts memory in that is held elsewhere, such as an unfinished message, or with a negative number out again. Any thread.</summary>
    /// <param name="bytes">The change.</param>
    public static void Hold(int bytes) => BufferPool.Current.CountHeld(bytes);

    /// <summary>Given back so far.</summary>
    public static long Returned => BufferPool.Totals.Returned;
}
