namespace Sockeye.Load;

/// <summary>Runs the catalogue and keeps the figures on disk as it goes.</summary>
internal sealed class Suite(SuiteOptions options)
{
    private const string IdleName = "idle connections";

    public void Run(string path)
    {
        Benchmark[] benchmarks = [.. Catalogue.All.Where(IsWanted).Select(WithBefore)];
        var idle = !options.IsQuick && IsWanted(IdleName);
        using var runner = new Runner(options.Runner);
        runner.Prepare(benchmarks.SelectMany(benchmark => benchmark.Servers).Concat(idle ? Catalogue.IdleServers : []).Where(options.Runner.Wants));
        var began = DateTimeOffset.UtcNow;
        var versions = Setup.Versions();
        foreach (var (name, version) in versions)
        {
            Console.WriteLine($"{name}: {version}");
        }

        var results = options.Only is not null && File.Exists(path) ? Results.Load<SuiteResults>(path) : new SuiteResults
        {
            Time = began,
            Command = options.Command,
            Pinned = Affinity.IsPossible,
            Versions = versions,
            Missing = runner.Missing,
        };
        var minutes = results.Minutes;
        foreach (var benchmark in benchmarks)
        {
            Put(runner.Run(benchmark));
        }

        if (idle)
        {
            ServerKind[] kinds = [.. Catalogue.IdleServers.Concat(Setup.BeforeConformanceApp.Length > 0 ? [ServerKind.Before] : []).Where(name => options.Runner.Wants(name) && !runner.Missing.ContainsKey(name)).Select(ServerKind.Of)];
            runner.Dispose(); // nothing else runs while memory is measured
            foreach (var result in new IdleMeasurement(options.IdleConnections, options.IdleSeconds).Run(kinds))
            {
                Put(result);
            }
        }

        Console.WriteLine(Table.Format($"{(DateTimeOffset.UtcNow - began).TotalMinutes:0.0} minutes, figures: {path}"));

        void Put(BenchmarkResult result)
        {
            results.Put(result with { Revision = versions["Sockeye"] });
            results.Minutes = minutes + (DateTimeOffset.UtcNow - began).TotalMinutes;
            results.Save(path);
        }
    }

    private static Benchmark WithBefore(Benchmark benchmark) =>
        Setup.BeforeConformanceApp.Length > 0 && benchmark.Servers.Contains(ServerKind.Sockeye) ? benchmark with
        {
            Servers = [.. benchmark.Servers, ServerKind.Before]
        } : benchmark;

    private bool IsWanted(Benchmark benchmark) => (!options.IsQuick || benchmark.IsQuick) && IsWanted(benchmark.Name);

    private bool IsWanted(string name) => options.Only is null || name.Contains(options.Only, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What of the suite is run.</summary>
internal sealed record SuiteOptions
{
    public required string Command { get; init; }

    public bool IsQuick { get; init; }

    /// <summary>A part of a benchmark's name: rows that match are measured again and take the place of those in the file. Null: all, into a new file.</summary>
    public string? Only { get; init; }

    /// <summary>How long idle connections are left alone before memory is read.</summary>
    public double IdleSeconds { get; init; } = 30;

    public int[] IdleConnections { get; init; } = Catalogue.IdleConnections;

    public required RunnerOptions Runner { get; init; }
}
