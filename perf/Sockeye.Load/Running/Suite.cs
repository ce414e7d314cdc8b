namespace Sockeye.Load;

/// <summary>Runs the catalogue and keeps the figures on disk as it goes.</summary>
internal sealed class Suite(SuiteOptions options)
{
    private const string IdleName = "idle connections";

    public void Run(string path)
    {
        Benchmark[] benchmarks = [.. Catalogue.All.Where(IsWanted)];
        bool idle = !options.IsQuick && IsWanted(IdleName);
        using var runner = new Runner(options.Runner);
        runner.Prepare(benchmarks.SelectMany(benchmark => benchmark.Servers).Concat(idle ? Catalogue.IdleServers : []).Where(options.Runner.Wants));
        var results = new SuiteResults
        {
            Time = DateTimeOffset.UtcNow,
            Command = options.Command,
            Pinned = Affinity.IsPossible,
            Versions = Setup.Versions(),
            Missing = runner.Missing,
        };
        foreach ((string name, string version) in results.Versions)
        {
            Console.WriteLine($"{name}: {version}");
        }

        foreach (Benchmark benchmark in benchmarks)
        {
            results.Benchmarks.Add(runner.Run(benchmark));
            Save(results, path);
        }

        if (idle)
        {
            ServerKind[] kinds = [.. Catalogue.IdleServers.Where(name => options.Runner.Wants(name) && !runner.Missing.ContainsKey(name)).Select(ServerKind.Of)];
            runner.Dispose(); // nothing else runs while memory is measured
            results.Benchmarks.AddRange(new IdleMeasurement(options.IdleConnections, options.IdleSeconds).Run(kinds));
        }

        Save(results, path);
        Console.WriteLine($"{(DateTimeOffset.UtcNow - results.Time).TotalMinutes:0.0} minutes, figures: {path}");
    }

    private static void Save(SuiteResults results, string path)
    {
        results.Minutes = (DateTimeOffset.UtcNow - results.Time).TotalMinutes;
        results.Save(path);
    }

    private bool IsWanted(Benchmark benchmark) => (!options.IsQuick || benchmark.IsQuick) && IsWanted(benchmark.Name);

    private bool IsWanted(string name) => options.Only is null || name.Contains(options.Only, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What of the suite is run.</summary>
internal sealed record SuiteOptions
{
    public required string Command { get; init; }

    public bool IsQuick { get; init; }

    /// <summary>A part of a benchmark's name; null: all.</summary>
    public string? Only { get; init; }

    /// <summary>How long idle connections are left alone before memory is read.</summary>
    public double IdleSeconds { get; init; } = 30;

    public int[] IdleConnections { get; init; } = Catalogue.IdleConnections;

    public required RunnerOptions Runner { get; init; }
}
