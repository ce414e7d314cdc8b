using System.Diagnostics;

namespace Sockeye.Transport.Transports;

/// <summary>Drives manual loops that share a clock. It owns nothing.</summary>
/// <remarks>On the thread that calls it. Loops that do not come to rest within <see cref="TurnLimit"/> turns are an error.</remarks>
internal static class ManualDriver
{
    /// <summary>More turns than this without coming to rest are a handler that keeps itself busy.</summary>
    internal const int TurnLimit = 1_000_000;

    internal static void RunUntilIdle(ManualLoopSet loops)
    {
        for (var turns = 0; turns < TurnLimit; turns++)
        {
            var ran = false;
            foreach (var loop in loops.All)
            {
                ran |= loop.TryRunTurn();
            }

            if (!ran)
            {
                return;
            }
        }

        throw new InvalidOperationException($"The loops have not come to rest after {TurnLimit} turns.");
    }

    internal static void Advance(ManualLoopSet loops, ManualClock clock, TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = clock.Now + by;
        RunUntilIdle(loops);
        while (NextDue(loops) is { } due && due <= end)
        {
            clock.Now = due;
            RunUntilIdle(loops);
        }

        clock.Now = end;
        RunUntilIdle(loops);
    }

    /// <summary>Runs until the condition holds; waits for work that other threads post. Returns false if the time ran out.</summary>
    internal static bool RunUntil(ManualLoopSet loops, Func<bool> condition, TimeSpan timeout)
    {
        Arrivals arrivals = new();
        loops.WorkArrived += arrivals.Note;
        try
        {
            var start = Stopwatch.GetTimestamp();
            while (true)
            {
                RunUntilIdle(loops);
                if (condition())
                {
                    return true;
                }

                var left = timeout - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }

                // The condition may also become true without posted work, so look again now and then.
                arrivals.Wait(left < s_look ? left : s_look);
            }
        }
        finally
        {
            loops.WorkArrived -= arrivals.Note;
        }
    }

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private static TimeSpan? NextDue(ManualLoopSet loops)
    {
        TimeSpan? next = null;
        foreach (var loop in loops.All)
        {
            if (loop.NextDue is { } due && (next is null || due < next))
            {
                next = due;
            }
        }

        return next;
    }

    /// <summary>Whether work has arrived since somebody waited for it. Any thread; a thread that posts while the waiting ends may come late, so there is nothing to dispose.</summary>
    private sealed class Arrivals
    {
        private readonly object _lock = new();
        private bool _any;

        internal void Note()
        {
            lock (_lock)
            {
                _any = true;
                Monitor.Pulse(_lock);
            }
        }

        internal void Wait(TimeSpan timeout)
        {
            lock (_lock)
            {
                if (!_any)
                {
                    Monitor.Wait(_lock, timeout);
                }

                _any = false;
            }
        }
    }
}
