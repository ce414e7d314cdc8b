using System.Text.Json;

namespace Sockeye.Load;

/// <summary>What the scaling runs measured, as it lies in <c>artifacts/perf</c>.</summary>
internal sealed record ScaleResults
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public required DateTimeOffset Time { get; init; }
    public required string Command { get; init; }
    public required bool Pinned { get; init; }
    public required Dictionary<string, string> Versions { get; init; }
    public required Dictionary<string, string> Missing { get; init; }
    public List<ScaleCurves> Curves { get; init; } = [];

    public static ScaleResults Load(string path) => JsonSerializer.Deserialize<ScaleResults>(File.ReadAllText(path), Json) ?? throw new InvalidDataException($"{path} is empty.");

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json));
    }
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
