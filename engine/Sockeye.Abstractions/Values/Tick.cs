using System.Diagnostics.CodeAnalysis;

namespace Sockeye;

/// <summary>One tick of a <see cref="GameLoop"/>. Ticks stand on a fixed schedule: the n-th is due n intervals after the loop was made, however late others came.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
public readonly struct Tick
{
    internal Tick(long number, TimeSpan elapsed, TimeSpan late, long skipped)
    {
        Number = number;
        Elapsed = elapsed;
        Late = late;
        Skipped = skipped;
    }

    /// <summary>Its place on the schedule, from 1. The numbers of skipped ticks are missing.</summary>
    public long Number { get; }

    /// <summary>Time on the schedule since the last tick that ran: one interval, and one more for each skipped tick. For simulations that step by time.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>How much later than its nominal moment it began, less than one interval: what the timer of the system and work before it on the loop have cost.</summary>
    public TimeSpan Late { get; }

    /// <summary>Ticks left out before this one, because their whole interval had passed. 0: it is the next one on the schedule.</summary>
    public long Skipped { get; }
}
