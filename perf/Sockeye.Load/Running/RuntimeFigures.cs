namespace Sockeye.Load;

/// <summary>What a server under test has done since its start, asked for with its event <c>runtime</c>.</summary>
/// <param name="Collections">Collections of all generations.</param>
/// <param name="AllocatedBytes">Bytes allocated.</param>
/// <param name="LongestPauseMilliseconds">The longest pause of the collector since the last such question.</param>
/// <param name="Turns">How long the turns of its loops took: pairs of an upper bound in microseconds, -1 for none, and a number of turns.</param>
internal sealed record RuntimeFigures(long Collections, long AllocatedBytes, double LongestPauseMilliseconds, double[][] Turns)
{
    public static RuntimeFigures Ask(Target target) => Question.Ask<RuntimeFigures>(target, "runtime");

    /// <summary>What it has done since <paramref name="before"/>, which was asked for last.</summary>
    public TurnReport Since(RuntimeFigures before)
    {
        var counts = Turns.ToDictionary(pair => pair[0] < 0 ? double.PositiveInfinity : pair[0], pair => (long)pair[1]);
        foreach (var pair in before.Turns)
        {
            counts[pair[0] < 0 ? double.PositiveInfinity : pair[0]] -= (long)pair[1];
        }

        (double Bound, long Turns)[] sorted = [.. counts.Where(pair => pair.Value > 0).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value))];
        return new TurnReport
        {
            Turns = sorted.Sum(bucket => bucket.Turns),
            P50 = Percentile(sorted, 0.5),
            P99 = Percentile(sorted, 0.99),
            P999 = Percentile(sorted, 0.999),
            Max = Percentile(sorted, 1),
            LongestPauseMilliseconds = LongestPauseMilliseconds,
            Collections = Collections - before.Collections,
            AllocatedBytes = AllocatedBytes - before.AllocatedBytes,
        };
    }

    private static double Percentile((double Bound, long Turns)[] sorted, double share)
    {
        long wanted = (long)Math.Ceiling(share * sorted.Sum(bucket => bucket.Turns)), seen = 0;
        return sorted.FirstOrDefault(bucket => (seen += bucket.Turns) >= wanted).Bound;
    }
}
