namespace Sockeye.Conformance;

/// <summary>What the collector of this process has done since its start, for measurements from outside.</summary>
/// <param name="Collections">Collections of all generations.</param>
/// <param name="PauseMilliseconds">All pauses together.</param>
/// <param name="AllocatedBytes">Bytes allocated by all threads.</param>
internal sealed record CollectorFigures(long Collections, double PauseMilliseconds, long AllocatedBytes)
{
    public static CollectorFigures Now() => new(
        GC.CollectionCount(0), // a collection of an older generation counts here too
        GC.GetTotalPauseDuration().TotalMilliseconds,
        GC.GetTotalAllocatedBytes());
}
