namespace Sockeye.Load;

/// <summary>How long the turns of a server's event loops took, from the wake-up until all was sent, by its own clock, and what its collector did meanwhile.
/// Lengths in microseconds, each the upper bound of its bucket.</summary>
internal sealed record TurnReport
{
    /// <summary>What p99.9 is to stay under, in microseconds.</summary>
    public const double GoalMicroseconds = 1000;

    /// <summary>What no pause of the collector is to exceed, in milliseconds.</summary>
    public const double PauseGoalMilliseconds = 10;

    public long Turns { get; init; }
    public double P50 { get; init; }
    public double P99 { get; init; }
    public double P999 { get; init; }
    public double Max { get; init; }

    /// <summary>Times that the kernel took the processor from one of the server's threads: what a turn longer than its work may come from.</summary>
    public long Preemptions { get; init; }

    public double LongestPauseMilliseconds { get; init; }
    public long Collections { get; init; }
    public long AllocatedBytes { get; init; }

    public override string ToString() =>
        Table.Format($"{Turns} turns, p50 {P50:0.#} p99 {P99:0.#} p99.9 {P999:0.#} max {Max:0.#} µs, preempted {Preemptions} times; {Collections} collections, longest pause {LongestPauseMilliseconds:0.0} ms, {AllocatedBytes / 1024.0:#,0} KiB allocated");
}
