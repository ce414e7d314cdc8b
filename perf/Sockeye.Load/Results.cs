using System.Text.Json;

namespace Sockeye.Load;

/// <summary>All that one suite measured, as it lies in <c>artifacts/perf/results.json</c>.</summary>
internal sealed record Results
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public required DateTimeOffset Time { get; init; }
    public required string Command { get; init; }
    public required bool Pinned { get; init; }
    public required Dictionary<string, string> Versions { get; init; }
    public required Dictionary<string, string> Missing { get; init; }
    public List<BenchmarkResult> Benchmarks { get; init; } = [];

    public static Results Load(string path) => JsonSerializer.Deserialize<Results>(File.ReadAllText(path), Json) ?? throw new InvalidDataException($"{path} is empty.");

    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json));
}

/// <summary>One row: the runs of each server.</summary>
internal sealed record BenchmarkResult
{
    public required string Name { get; init; }
    public required string Unit { get; init; }
    public required string Reference { get; init; }
    public double? Goal { get; init; }
    public double? MemoryGoalBytes { get; init; }
    public Dictionary<string, List<Measurement>> Runs { get; init; } = [];

    /// <summary>Median of the server's CPU time per unit; 0 without runs.</summary>
    public double Median(string server, Func<Measurement, double>? figure = null)
    {
        if (!Runs.TryGetValue(server, out List<Measurement>? runs) || runs.Count == 0)
        {
            return 0;
        }

        double[] sorted = [.. runs.Select(figure ?? (run => run.ServerCpuMicroseconds)).Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>How many times the reference's median; null where it was not measured.</summary>
    public double? Ratio(string server) => Median(Reference) is > 0 and var floor && Median(server) is > 0 and var own ? own / floor : null;
}
