namespace Sockeye.Conformance;

/// <summary>What this process has done since its start, for measurements from outside: the answer to <c>runtime()</c>.</summary>
/// <param name="Collections">Collections of all generations.</param>
/// <param name="PauseMilliseconds">All pauses of the collector together.</param>
/// <param name="AllocatedBytes">Bytes allocated by all threads.</param>
/// <param name="LongestPauseMilliseconds">The longest pause of the collector since the last such question.</param>
/// <param name="Sends">Calls that handed bytes to the kernel, of the event loops of all servers.</param>
/// <param name="Turns">How long the turns of the event loops of all servers took: pairs of an upper bound in microseconds and the turns above the bound of the pair before, none of them
/// empty; a bound of -1 is that of the turns longer than every other bound.</param>
internal sealed record RuntimeFigures(long Collections, double PauseMilliseconds, long AllocatedBytes, double LongestPauseMilliseconds, long Sends, double[][] Turns)
{
    public static RuntimeFigures Now()
    {
        var loops = LoopFigures.Now();
        return new(
            GC.CollectionCount(0), // a collection of an older generation counts here too
            GC.GetTotalPauseDuration().TotalMilliseconds,
            GC.GetTotalAllocatedBytes(),
            PauseWatch.TakeLongest().TotalMilliseconds,
            loops.Sends,
            loops.Turns);
    }
}
