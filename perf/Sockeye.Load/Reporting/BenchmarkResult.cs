namespace Sockeye.Load;

/// <summary>One row: the runs of each server.</summary>
internal sealed record BenchmarkResult
{
    public required string Name { get; init; }
    public required string Unit { get; init; }
    public required string Reference { get; init; }
    public DateTimeOffset Time { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Of Sockeye; null: that of the whole suite.</summary>
    public string? Revision { get; init; }

    public double? Bar { get; init; }
    public double? MemoryBarBytes { get; init; }
    public Dictionary<string, List<Measurement>> Runs { get; init; } = [];

    /// <summary>Servers with a run that failed, and how.</summary>
    public Dictionary<string, string> Failures { get; init; } = [];

    /// <summary>The machine's load at the end. The suite itself is a little more than 1, for the generator polls.</summary>
    public double LoadAverage { get; set; }

    public void Add(string server, Measurement measurement)
    {
        if (!Runs.TryGetValue(server, out var runs))
        {
            Runs.Add(server, runs = []);
        }

        runs.Add(measurement);
    }

    public double? Memory(string server) => Runs.TryGetValue(server, out var runs) ? runs[^1].MemoryBytes : null;

    /// <summary>Median of the server's CPU time per unit; 0 without runs.</summary>
    public double Median(string server, Func<Measurement, double>? figure = null) =>
        Runs.TryGetValue(server, out var runs) ? MedianOf(runs.Select(figure ?? (run => run.ServerCpuMicroseconds))) : 0;

    /// <summary>The middle one, or the mean of the two in the middle; 0 for none.</summary>
    public static double MedianOf(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? 0 : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>How many times the reference's median; null where it was not measured.</summary>
    public double? Ratio(string server) => Median(Reference) is > 0 and var floor && Median(server) is > 0 and var own ? own / floor : null;
}
