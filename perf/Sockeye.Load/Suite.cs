namespace Sockeye.Load;

/// <summary>Starts all servers, runs the benchmarks with the servers interleaved in random order, and collects what they measured.</summary>
internal sealed class Suite(SuiteOptions options)
{
    private const int SettlingRounds = 8;
    private const double SettlingSeconds = 0.5;
    private const double SettledShare = 0.02;

    private readonly List<ServerProcess> _servers = [];

    public Results Run()
    {
        Setup.BuildFloor();
        var missing = new Dictionary<string, string>();
        var kinds = new List<ServerKind>();
        try
        {
            foreach (ServerKind kind in ServerKind.All.Where(IsWanted))
            {
                if ((kind.IsPeer ? Setup.Prepare(kind) : null) is { } why)
                {
                    missing[kind.Name] = why;
                    continue;
                }

                _servers.Add(ServerProcess.Start(kind, Setup.Root));
                kinds.Add(kind);
            }

            var results = new Results
            {
                Time = DateTimeOffset.UtcNow,
                Command = options.IsQuick ? "./build.ps1 perf quick" : "./build.ps1 perf",
                Pinned = Affinity.IsPossible,
                Versions = Setup.Versions(),
                Missing = missing,
            };
            foreach (Benchmark benchmark in Benchmark.All.Where(IsWanted))
            {
                results.Benchmarks.Add(Run(benchmark, kinds));
            }

            return results;
        }
        finally
        {
            _servers.ForEach(server => server.Dispose());
        }
    }

    private bool IsWanted(ServerKind kind) => (!options.IsQuick || !kind.IsPeer) && (options.Servers.Count == 0 || options.Servers.Any(name => kind.Name.Contains(name, StringComparison.OrdinalIgnoreCase)));

    private bool IsWanted(Benchmark benchmark) => (!options.IsQuick || benchmark.IsQuick) && (options.Only is null || benchmark.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase));

    private BenchmarkResult Run(Benchmark benchmark, List<ServerKind> kinds)
    {
        var result = new BenchmarkResult { Name = benchmark.Name, Unit = benchmark.Unit, Reference = benchmark.Reference, Goal = benchmark.Goal, MemoryGoalBytes = benchmark.MemoryGoalBytes };
        ServerKind[] order = [.. kinds.Where(benchmark.Applies)];
        if (!benchmark.IsOnce)
        {
            foreach (ServerKind kind in order)
            {
                Settle(benchmark, TargetOf(kind));
            }
        }

        int repetitions = benchmark.IsOnce ? 1 : options.Repetitions;
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            Random.Shared.Shuffle(order);
            foreach (ServerKind kind in order)
            {
                Measurement measurement = Measure(benchmark, TargetOf(kind), benchmark.Seconds);
                if (!result.Runs.TryGetValue(kind.Name, out List<Measurement>? runs))
                {
                    result.Runs.Add(kind.Name, runs = []);
                }

                runs.Add(measurement);
            }
        }

        Table.Print(result);
        return result;

        Target TargetOf(ServerKind kind) => _servers[kinds.IndexOf(kind)].Target;
    }

    // Uncounted runs fill pools and let a compiler finish, which on a busy machine takes as long as it takes.
    private static void Settle(Benchmark benchmark, Target target)
    {
        // Two quiet rounds: a starved compiler may not have begun in the first.
        for (int round = 0, quiet = 0; round < SettlingRounds && quiet < 2; round++)
        {
            double compiler = ProcessFigures.CompilerMicroseconds(target.ProcessId), all = ProcessFigures.CpuMicroseconds(target.ProcessId);
            Measure(benchmark, target, SettlingSeconds);
            compiler = ProcessFigures.CompilerMicroseconds(target.ProcessId) - compiler;
            all = ProcessFigures.CpuMicroseconds(target.ProcessId) - all;
            quiet = compiler < all * SettledShare ? quiet + 1 : 0;
        }
    }

    private static Measurement Measure(Benchmark benchmark, Target target, double seconds)
    {
        using Scenario scenario = benchmark.Create(target);
        return scenario.Run(TimeSpan.FromSeconds(benchmark.WarmUpSeconds), TimeSpan.FromSeconds(seconds));
    }
}

/// <summary>What of the suite is run.</summary>
internal sealed record SuiteOptions
{
    public bool IsQuick { get; init; }
    public int Repetitions { get; init; } = 5;
    /// <summary>A part of a benchmark's name; null: all.</summary>
    public string? Only { get; init; }
    /// <summary>Parts of server names; empty: all.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];
}
