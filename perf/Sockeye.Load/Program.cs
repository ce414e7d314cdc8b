using System.Globalization;
using System.Text.Json;
using Sockeye.Load;

const string Usage = """
    Sockeye.Load suite [quick] [--only NAME] [--servers NAME,NAME] [--repetitions N] [--json FILE]
    Sockeye.Load report [--json FILE]           writes docs/performance.md from the figures of the last suite
    Sockeye.Load run SCENARIO --port N --pid N  one run against a server that is up
      SCENARIO: echo | ack | broadcast | polling | storm | idle | slow
      --dialect socketio | raw | signalr, --connections N, --in-flight N, --payload BYTES, --rate PER_SECOND, --seconds N, --json
    """;

if (args.Length == 0)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

if (args[0] != "report" && Affinity.RunPinned(args) is { } exitCode)
{
    return exitCode;
}

string results = Option("--json") ?? Path.Combine(Setup.Root, "artifacts/perf/results.json");
switch (args[0])
{
    case "suite":
        bool quick = args.Contains("quick");
        var options = new SuiteOptions
        {
            IsQuick = quick,
            Repetitions = Number("--repetitions", quick ? 3 : 5),
            Only = Option("--only"),
            Servers = Option("--servers")?.Split(',') ?? [],
        };
        new Suite(options).Run().Save(results);
        Console.WriteLine($"figures: {results}");
        return 0;
    case "report":
        Report.Write(Results.Load(results), Path.Combine(Setup.Root, "docs/performance.md"));
        return 0;
    case "run" when args.Length > 1:
        PrintRun();
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

void PrintRun()
{
    Dialect dialect = (Option("--dialect") ?? "socketio") switch { "raw" => Dialect.Raw, "signalr" => Dialect.SignalR, _ => Dialect.SocketIO };
    var target = new Target("server", Number("--port", 3000), Number("--pid", Environment.ProcessId), dialect);
    int connections = Number("--connections", 100), inFlight = Number("--in-flight", 1), payload = Number("--payload", 32);
    using Scenario scenario = args[1] switch
    {
        "echo" => new EchoScenario(target, connections, inFlight, payload, ratePerSecond: Number("--rate", 0)),
        "ack" => new EchoScenario(target, connections, inFlight, payload, ack: true, Number("--rate", 0)),
        "broadcast" => new BroadcastScenario(target, connections, inFlight, payload),
        "polling" => new PollingScenario(target, connections, payload),
        "storm" => new StormScenario(target, connections),
        "heartbeat" => new HeartbeatScenario(target, connections),
        "idle" => new IdleScenario(target, connections),
        "slow" => new SlowReaderScenario(target, 12_800, 16 * 1024),
        _ => throw new ArgumentException($"There is no scenario '{args[1]}'."),
    };
    Measurement measurement = scenario.Run(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(Number("--seconds", 3)));
    Console.WriteLine(args.Contains("--json")
        ? JsonSerializer.Serialize(measurement)
        : Table.Format($"{measurement.ServerCpuMicroseconds:0.000} µs of server CPU per unit, {measurement.UnitsPerSecond:#,0}/s, p50 {measurement.P50:#,0} p99 {measurement.P99:#,0} p99.9 {measurement.P999:#,0} µs, generator {measurement.GeneratorCpuMicroseconds:0.000} µs, memory {measurement.MemoryBytes:#,0} B {measurement.Note}"));
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length && !args[at + 1].StartsWith("--", StringComparison.Ordinal) ? args[at + 1] : null;

int Number(string name, int standard) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
