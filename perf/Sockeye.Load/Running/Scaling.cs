namespace Sockeye.Load;

/// <summary>How the cost of a message changes with what there is more of: one series of benchmarks for each plot.</summary>
internal sealed class Scaling(RunnerOptions options, string? only)
{
    private static readonly string[] Three = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.Node];
    private static readonly string[] Four = [.. Three, ServerKind.SignalR];
    private static readonly string[] WithRooms = [ServerKind.Sockeye, ServerKind.Node];

    private static Series[] All { get; } =
    [
        new("connections", "connections", "server CPU, µs per echo", [100, 300, 1000, 3000, 7500, 15_000], Four, connections => new Benchmark("", "echo", target => new EchoScenario(target, connections, 1, 32)) { Servers = [] }),
        new("payload", "payload, bytes", "server CPU, µs per echo", [32, 128, 512, 2048, 8192, 32_768], Three, bytes => new Benchmark("", "echo", target => new EchoScenario(target, 100, 1, bytes)) { Servers = [] }),
        new("members", "members of the room", "server CPU, µs per delivery", [10, 100, 1000, 5000, 10_000], Four, members => new Benchmark("", "delivery", target => new BroadcastScenario(target, members, 1, 128)) { Servers = [] }),
        new("rooms", "rooms per socket", "server CPU, µs per delivery", [1, 4, 16, 64, 120], WithRooms, rooms => new Benchmark("", "delivery", target => new BroadcastScenario(target, 1000, 1, 128, rooms)) { Servers = [] }),
        new("loops-echo", "loops", "server CPU, µs per echo", [1, 2, 4, 8], [], _ => new Benchmark("", "echo", target => new EchoScenario(target, 100, 1, 32)) { Servers = [] }) { IsOverLoops = true },
        new("loops-broadcast", "loops", "server CPU, µs per delivery", [1, 2, 4, 8], [], _ => new Benchmark("", "delivery", target => new BroadcastScenario(target, 1000, 1, 128)) { Servers = [] }) { IsOverLoops = true },
    ];

    public void Run(string path)
    {
        using var runner = new Runner(options);
        Series[] wanted = [.. All.Where(series => only is null || series.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        runner.Prepare(wanted.SelectMany(series => series.Servers).Where(options.Wants));
        var results = new ScaleResults { Time = DateTimeOffset.UtcNow, Command = "./build.ps1 perf scale", Pinned = Affinity.IsPossible, Versions = Setup.Versions(), Missing = runner.Missing };
        foreach (var series in wanted)
        {
            var curve = new ScaleCurves { Name = series.Name, XLabel = series.XLabel, YLabel = series.YLabel };
            results.Curves.Add(curve);
            foreach (var x in series.Values)
            {
                ServerKind[] kinds = series.IsOverLoops
                    ? [ServerKind.Of(ServerKind.Floor), ServerKind.OwnServer(x == 1 ? ServerKind.Sockeye : Table.Format($"{ServerKind.Sockeye}, {x} loops"), x)]
                    : [.. series.Servers.Where(name => options.Wants(name) && !runner.Missing.ContainsKey(name)).Select(ServerKind.Of)];
                curve.Points.Add(new ScalePoint(x, runner.Run(series.Create(x) with { Name = Table.Format($"{series.Name} {x:#,0}") }, kinds)));
                results.Save(path);
            }
        }

        Console.WriteLine(Table.Format($"{(DateTimeOffset.UtcNow - results.Time).TotalMinutes:0.0} minutes, figures: {path}"));
    }

    private sealed record Series(string Name, string XLabel, string YLabel, int[] Values, string[] Servers, Func<int, Benchmark> Create)
    {
        /// <summary>The value is the number of loops of the server.</summary>
        public bool IsOverLoops { get; init; }
    }
}
