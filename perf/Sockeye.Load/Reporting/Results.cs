using System.Text.Json;

namespace Sockeye.Load;

/// <summary>All that one suite measured, as it lies in <c>artifacts/perf</c>.</summary>
internal sealed record Results
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public required DateTimeOffset Time { get; init; }
    public required string Command { get; init; }
    public required bool Pinned { get; init; }
    public required Dictionary<string, string> Versions { get; init; }
    /// <summary>Servers that could not be measured, and why.</summary>
    public required Dictionary<string, string> Missing { get; init; }

    public double Minutes { get; set; }
    public List<BenchmarkResult> Benchmarks { get; init; } = [];

    public static Results Load(string path) => JsonSerializer.Deserialize<Results>(File.ReadAllText(path), Json) ?? throw new InvalidDataException($"{path} is empty.");

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json));
    }

    public BenchmarkResult? Find(string name) => Benchmarks.Find(benchmark => benchmark.Name == name);
}

/// <summary>One row: the runs of each server.</summary>
internal sealed record BenchmarkResult
{
    public required string Name { get; init; }
    public required string Unit { get; init; }
    public required string Reference { get; init; }
    public double? Bar { get; init; }
    public double? MemoryBarBytes { get; init; }
    public Dictionary<string, List<Measurement>> Runs { get; init; } = [];

    /// <summary>Servers with a run that failed, and how.</summary>
    public Dictionary<string, string> Failures { get; init; } = [];

    /// <summary>The machine's load at the end. The suite itself is a little more than 1, for the generator polls.</summary>
    public double LoadAverage { get; set; }

    public void Add(string server, Measurement measurement)
    {
        if (!Runs.TryGetValue(server, out List<Measurement>? runs))
        {
            Runs.Add(server, runs = []);
        }

        runs.Add(measurement);
    }

    public double? Memory(string server) => Runs.TryGetValue(server, out List<Measurement>? runs) ? runs[^1].MemoryBytes : null;

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
