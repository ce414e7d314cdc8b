namespace Sockeye.Shared;

/// <summary>Bytes that an action allocates on this thread.</summary>
internal static class Allocated
{
    /// <summary>The least of several runs. The runtime allocates a little on its own account, once, at a moment of its choosing (types it loads,
    /// better code it compiles); what the action itself allocates is in every run.</summary>
    /// <param name="run">One run: many repetitions, so that the pools it uses have come to rest in most runs.</param>
    /// <param name="runs">How many at most.</param>
    public static long Least(Action run, int runs = 25)
    {
        var least = long.MaxValue;
        for (var i = 0; i < runs && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
