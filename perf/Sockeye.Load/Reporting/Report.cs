using System.Text.RegularExpressions;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>Writes docs/performance.md: the prose of the template with the figures of the last runs, and the plots beside it.</summary>
internal static partial class Report
{
    private const string SuiteFile = "suite.json", ScaleFile = "scale.json", ClusterFile = "cluster.json";

    private static string Folder => Path.Combine(Setup.Root, "docs/performance");

    public static void Write()
    {
        Directory.CreateDirectory(Folder);
        var suite = Results.Load<SuiteResults>(Take(SuiteFile) ?? throw new FileNotFoundException("There are no figures yet: run ./build.ps1 perf first."));
        var scale = Take(ScaleFile) is { } path ? Results.Load<ScaleResults>(path) : null;
        var cluster = Take(ClusterFile) is { } of ? Results.Load<ClusterResults>(of) : null;
        var tables = new ReportTables(suite);
        var loops = new ReportLoopTables(suite);
        var page = Placeholder().Replace(File.ReadAllText(Path.Combine(Setup.Root, "perf/performance.template")), match => match.Groups[1].Value switch
        {
            "run" => Format($"Measured {suite.Time:yyyy-MM-dd HH:mm} UTC in {suite.Minutes:0} minutes by `{suite.Command}`{Load(suite)}.{tables.Later()}"),
            "scale-json" => scale is null ? "" : ", [scale.json](performance/scale.json)",
            "missing" => string.Concat(suite.Missing.Select(missing => $"Not measured: {missing.Key}, because {missing.Value}.\n\n")),
            "bars" => tables.Bars(),
            "memory" => tables.Memory(),
            "slow" => tables.SlowReader(),
            "machine" => tables.Machine(),
            "generator" => tables.Generator(),
            "latency" => tables.Latency(),
            "threads" => File.Exists(Path.Combine(Setup.Root, "docs/threads.md")) ? "What that means for handlers, rooms and contention stands in [threads.md](threads.md). " : "",
            "turns" => loops.Turns(),
            "loops" => loops.Loops(),
            "game-loops" => loops.GameLoops(),
            "plots" => scale is null ? "`./build.ps1 perf scale` was not run." : ReportPlots.Write(scale, Folder),
            "cluster" => ReportCluster.Write(cluster),
            "slower" => tables.Slower(),
            "details" => tables.Details(),
            var name => throw new InvalidDataException($"The template wants '{name}', which is not known."),
        });
        var target = Path.Combine(Setup.Root, "docs/performance.md");
        File.WriteAllText(target, page.TrimEnd('\n') + "\n");
        Console.WriteLine($"written: {target}");
        Console.WriteLine("rows for the README:");
        Console.WriteLine(tables.ReadmeRows());
    }

    // The figures of the last run are kept beside the page; without a run those kept there are used.
    private static string? Take(string name)
    {
        string fresh = Setup.Figures(name), kept = Path.Combine(Folder, name);
        if (File.Exists(fresh))
        {
            File.Copy(fresh, kept, overwrite: true);
        }

        return File.Exists(kept) ? kept : null;
    }

    private static string Load(SuiteResults suite) =>
        suite.Benchmarks.Count == 0 ? "" : Format($", load average {suite.Benchmarks.Min(benchmark => benchmark.LoadAverage):0.0} to {suite.Benchmarks.Max(benchmark => benchmark.LoadAverage):0.0} (the suite itself is 1 to 2)");

    [GeneratedRegex(@"\{\{([a-z-]+)\}\}")]
    private static partial Regex Placeholder();
}
