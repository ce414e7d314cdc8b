using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Load;

/// <summary>What one command measured and where, as it lies in <c>artifacts/perf</c>.</summary>
internal abstract record Results
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // the bound of the longest turns
    };

    public required DateTimeOffset Time { get; init; }
    public required string Command { get; init; }
    public required bool Pinned { get; init; }
    public required Dictionary<string, string> Versions { get; init; }

    /// <summary>Servers that could not be measured, and why.</summary>
    public required Dictionary<string, string> Missing { get; init; }

    public static T Load<T>(string path)
        where T : Results => JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json) ?? throw new InvalidDataException($"{path} is empty.");

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, GetType(), Json));
    }
}

/// <summary>The catalogue's figures.</summary>
internal sealed record SuiteResults : Results
{
    public double Minutes { get; set; }
    public List<BenchmarkResult> Benchmarks { get; init; } = [];

    /// <summary>Adds a row, or puts it where one of its name is.</summary>
    public void Put(BenchmarkResult row)
    {
        var place = Benchmarks.FindIndex(benchmark => benchmark.Name == row.Name);
        if (place < 0)
        {
            Benchmarks.Add(row);
        }
        else
        {
            Benchmarks[place] = row;
        }
    }

    public BenchmarkResult? Find(string name) => Benchmarks.Find(benchmark => benchmark.Name == name);
}

/// <summary>How costs grow: the figures of the plots.</summary>
internal sealed record ScaleResults : Results
{
    public List<ScaleCurves> Curves { get; init; } = [];
}

/// <summary>One plot.</summary>
internal sealed record ScaleCurves
{
    public required string Name { get; init; }
    public required string XLabel { get; init; }
    public required string YLabel { get; init; }
    public List<ScalePoint> Points { get; init; } = [];
}

/// <summary>All servers at one value of the x axis.</summary>
internal sealed record ScalePoint(int X, BenchmarkResult Result);
