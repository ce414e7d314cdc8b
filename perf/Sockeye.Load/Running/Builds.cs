namespace Sockeye.Load;

/// <summary>The same server compiled while it runs, ahead with the runtime's compiler behind it, and ahead alone: fresh processes, settled ones, idle connections.</summary>
internal sealed class Builds(RunnerOptions options, string? only)
{
    private const int Connections = 1000;
    private static readonly TimeSpan FreshTime = TimeSpan.FromSeconds(10);

    private static readonly ServerKind[] Kinds = [ServerKind.Of(ServerKind.Sockeye), ServerKind.Of(ServerKind.ReadyToRun), ServerKind.Of(ServerKind.NativeAot)];

    private static readonly string[] Settled =
    [
        "echo, 1 in flight, 32 B", "echo with ack, 32 B", "echo, 16 in one read, 32 B", "broadcast to 1,000, 128 B", "broadcast to 1,000, 8 outstanding, 128 B",
        "polling round trip, 32 B", "connect storm, 5,000", "heartbeats of 5,000 connections",
    ];

    public void Run(string path)
    {
        var results = new SuiteResults { Time = DateTimeOffset.UtcNow, Command = "./build.ps1 perf builds", Pinned = Affinity.IsPossible, Versions = Setup.Versions(), Missing = [] };
        if (IsWanted("fresh"))
        {
            Add(results, MeasureFresh(), path);
        }

        using (var runner = new Runner(options))
        {
            foreach (var benchmark in Catalogue.All.Where(benchmark => Settled.Contains(benchmark.Name) && IsWanted(benchmark.Name)))
            {
                Add(results, [runner.Run(benchmark with { Reference = ServerKind.Sockeye, Bar = null }, Kinds)], path);
            }
        }

        if (IsWanted("idle connections"))
        {
            Add(results, new IdleMeasurement([Catalogue.IdleConnections[0]], 30).Run(Kinds), path);
        }
    }

    private BenchmarkResult[] MeasureFresh()
    {
        BenchmarkResult start = New("start", "process"), storm = New("first 1,000 connects", "connection"), heartbeats = New("their heartbeats in the first 10 s", "heartbeat");
        for (var round = 0; round < options.Rounds; round++)
        {
            ServerKind[] order = [.. Kinds];
            Random.Shared.Shuffle(order);
            foreach (var kind in order)
            {
                var began = System.Diagnostics.Stopwatch.GetTimestamp();
                using var server = ServerProcess.Start(kind, new ServerSettings { PingMilliseconds = 1000 });
                var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(began);
                start.Add(kind.Name, new Measurement
                {
                    Units = 1,
                    P50 = elapsed.TotalMicroseconds,
                    ServerCpuMicroseconds = ProcessFigures.CpuMicroseconds(server.Target.ProcessId),
                    MemoryBytes = ProcessFigures.ResidentBytes(server.Target.ProcessId),
                });
                using var fresh = new FreshScenario(server.Target);
                storm.Add(kind.Name, fresh.OpenFirst(Connections));
                heartbeats.Add(kind.Name, fresh.AnswerHeartbeats(FreshTime));
            }
        }

        BenchmarkResult[] all = [start, storm, heartbeats];
        foreach (var result in all)
        {
            result.LoadAverage = ProcessFigures.LoadAverage();
            Table.Print(result);
        }

        return all;
    }

    private static BenchmarkResult New(string name, string unit) => new() { Name = name, Unit = unit, Reference = ServerKind.Sockeye };

    private static void Add(SuiteResults results, IEnumerable<BenchmarkResult> more, string path)
    {
        results.Benchmarks.AddRange(more);
        results.Minutes = (DateTimeOffset.UtcNow - results.Time).TotalMinutes;
        results.Save(path);
    }

    private bool IsWanted(string name) => only is null || name.Contains(only, StringComparison.OrdinalIgnoreCase);
}
