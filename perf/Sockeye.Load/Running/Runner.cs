namespace Sockeye.Load;

/// <summary>Runs a benchmark: the servers in random order, round after round, so that what else the machine does hits all of them alike.</summary>
internal sealed class Runner(RunnerOptions options) : IDisposable
{
    private const int QuietRounds = 2;
    private const int FreshFactor = 2;
    private const double SettlingSeconds = 0.4;
    private const double SettledShare = 0.02;

    private readonly ServerPool _servers = new();

    /// <summary>Servers that cannot run here, and why.</summary>
    public Dictionary<string, string> Missing { get; } = [];

    public void Dispose() => _servers.Dispose();

    /// <summary>Makes the servers ready that the benchmarks name.</summary>
    public void Prepare(IEnumerable<string> servers)
    {
        Setup.BuildFloor();
        foreach (var name in servers.Distinct())
        {
            var kind = ServerKind.Of(name);
            if (kind.IsPeer && Setup.Prepare(kind) is { } why)
            {
                Missing[name] = why;
                Console.WriteLine($"not measured: {name}, because {why}");
            }
        }
    }

    public BenchmarkResult Run(Benchmark benchmark) => Run(benchmark, [.. benchmark.Servers.Where(name => options.Wants(name) && !Missing.ContainsKey(name)).Select(ServerKind.Of)]);

    public BenchmarkResult Run(Benchmark benchmark, ServerKind[] kinds)
    {
        var result = new BenchmarkResult
        {
            Name = benchmark.Name,
            Unit = benchmark.Unit,
            Reference = benchmark.Reference,
            Bar = benchmark.Bar,
            MemoryBarBytes = benchmark.MemoryBarBytes,
        };
        _servers.StopUnusual(kinds, benchmark.Settings);
        var running = new List<ServerKind>();
        foreach (var kind in kinds)
        {
            if (Try(result, benchmark, kind, () => Settle(benchmark, kind)))
            {
                running.Add(kind);
            }
        }

        var rounds = benchmark.IsFresh ? 1 : options.Rounds;
        for (var round = 0; round < rounds; round++)
        {
            ServerKind[] order = [.. running];
            Random.Shared.Shuffle(order);
            foreach (var kind in order)
            {
                if (kind.IsPeer && round >= options.PeerRounds)
                {
                    continue;
                }

                Try(result, benchmark, kind, () => result.Add(kind.Name, MeasureOnce(benchmark, kind)));
            }
        }

        result.LoadAverage = ProcessFigures.LoadAverage();
        Table.Print(result);
        return result;
    }

    // What fails in one server is a line of the report: the others are measured all the same.
    private bool Try(BenchmarkResult result, Benchmark benchmark, ServerKind kind, Action run)
    {
        try
        {
            run();
            return true;
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException)
        {
            Console.WriteLine($"  {kind.Name}: {e.Message}");
            result.Failures[kind.Name] = e.Message;
            _servers.Stop(kind, benchmark.Settings);
            return false;
        }
    }

    private Measurement MeasureOnce(Benchmark benchmark, ServerKind kind)
    {
        var seconds = Math.Min(benchmark.Seconds ?? options.Seconds, options.LongestSeconds);
        if (benchmark.IsFresh)
        {
            using var fresh = ServerProcess.Start(kind, benchmark.Settings);
            return Measure(benchmark, fresh.Target, seconds);
        }

        return Measure(benchmark, _servers.Get(kind, benchmark.Settings), seconds);
    }

    // Uncounted runs fill pools and let a compiler finish, which on a busy machine takes as long as it takes.
    private void Settle(Benchmark benchmark, ServerKind kind)
    {
        if (benchmark.IsFresh)
        {
            return;
        }

        var target = _servers.Get(kind, benchmark.Settings);
        var length = Math.Min(SettlingSeconds, options.Seconds);
        if (!kind.Compiles)
        {
            Measure(benchmark, target, length);
            return;
        }

        // Two quiet rounds, for a starved compiler pauses. In a fresh process they count only after a while: it begins seconds after the first message.
        var first = _servers.IsSettled(kind, benchmark.Settings) ? 0 : FreshFactor * options.SettlingRounds;
        for (int round = 0, quiet = 0; round < first + options.SettlingRounds && quiet < QuietRounds; round++)
        {
            double compiler = ProcessFigures.CompilerMicroseconds(target.ProcessId), all = ProcessFigures.CpuMicroseconds(target.ProcessId);
            Measure(benchmark, target, length);
            compiler = ProcessFigures.CompilerMicroseconds(target.ProcessId) - compiler;
            all = ProcessFigures.CpuMicroseconds(target.ProcessId) - all;
            quiet = round >= first && compiler < all * SettledShare ? quiet + 1 : 0;
        }

        _servers.Settled(kind, benchmark.Settings);
    }

    private static Measurement Measure(Benchmark benchmark, Target target, double seconds)
    {
        Measurement measurement;
        using (var scenario = benchmark.Create(target))
        {
            measurement = scenario.Run(TimeSpan.FromSeconds(benchmark.WarmUpSeconds), TimeSpan.FromSeconds(seconds));
        }

        ProcessFigures.AwaitQuiet(target.ProcessId);
        return measurement;
    }
}

/// <summary>How long and how often is measured.</summary>
internal sealed record RunnerOptions
{
    /// <summary>Length of a run in seconds, where a benchmark does not want another.</summary>
    public double Seconds { get; init; } = 1.2;

    /// <summary>No run is longer.</summary>
    public double LongestSeconds { get; init; } = double.MaxValue;

    /// <summary>Counted runs of each server.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Counted runs of each peer.</summary>
    public int PeerRounds { get; init; } = 3;

    /// <summary>The most uncounted runs of each server; one whose process is fresh has twice as many before them.</summary>
    public int SettlingRounds { get; init; } = 8;

    /// <summary>Parts of server names; empty: all.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>Sockeye and the floor alone.</summary>
    public bool WithoutPeers { get; init; }

    public bool Wants(string server) =>
        (Servers.Count == 0 || Servers.Any(name => server.Contains(name, StringComparison.OrdinalIgnoreCase))) && !(WithoutPeers && ServerKind.Of(server).IsPeer);
}
