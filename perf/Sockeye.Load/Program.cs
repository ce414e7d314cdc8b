using System.Globalization;
using System.Text.Json;
using Sockeye.Load;

const string Usage = """
    Sockeye.Load suite [quick] [--only NAME]    runs the catalogue; figures in artifacts/perf/suite.json (quick.json)
      --only: just the rows whose names contain this; they take their places in the figures that are there
    Sockeye.Load scale [--only NAME]            cost against connections, payload, rooms and loops; artifacts/perf/scale.json
    Sockeye.Load builds [--only NAME]           JIT, ReadyToRun and Native AOT beside each other; artifacts/perf/builds.json
    Sockeye.Load cluster [--only bus | poll]    a message from node to node over NATS, and a poll at another node than its session's; artifacts/perf/cluster.json
      --rate N, --members N,N, --spin yes,no, --settle S, --polls N, --pauses MILLISECONDS,MILLISECONDS
      all: [--servers NAME,NAME] [--rounds N] [--seconds S] [--idle CONNECTIONS,CONNECTIONS] [--json FILE]
      suite: [--before FILE]                    another build's Sockeye.Conformance.dll, measured in the same rounds as "before"
    Sockeye.Load report                         writes docs/performance.md and its plots from the figures of the last runs
    Sockeye.Load run SCENARIO --port N --pid N  one run against a server that is up
      SCENARIO: echo | ack | broadcast | polling | storm | heartbeat | idle | slow | reload
      reload: a host with tests/Sockeye.Probe as its plugin (--Plugins:probe:OnSockets false: its handlers are on namespaces alone); --folder DIR: its folder, which is changed each 2 s and SIGHUP sent; without it: the same traffic alone
      --dialect socketio | raw | signalr, --connections N, --in-flight N, --payload BYTES, --half-rate, --warm-up S, --seconds S, --json
    """;

var command = args.FirstOrDefault() ?? "";
if (command is "suite" or "scale" or "builds" or "run" && Affinity.RunPinned(args) is { } exitCode)
{
    return exitCode;
}

switch (command)
{
    case "suite":
        Setup.BeforeConformanceApp = Option("--before") is { } before ? Path.GetFullPath(before) : "";
        var quick = args.Contains("quick");
        new Suite(new SuiteOptions
        {
            Command = quick ? "./build.ps1 perf quick" : "./build.ps1 perf",
            IsQuick = quick,
            Only = Option("--only"),
            IdleSeconds = Seconds(30),
            IdleConnections = Option("--idle") is { } steps ? Numbers(steps) : Catalogue.IdleConnections,
            Runner = Runner(rounds: quick ? 3 : 5) with { WithoutPeers = quick },
        }).Run(Option("--json") ?? Setup.Figures(quick ? "quick.json" : "suite.json"));
        return 0;
    case "scale":
        new Scaling(Runner(rounds: 3) with { PeerRounds = Number("--rounds", 2) }, Option("--only")).Run(Option("--json") ?? Setup.Figures("scale.json"));
        return 0;
    case "builds":
        new Builds(Runner(rounds: 5), Option("--only")).Run(Option("--json") ?? Setup.Figures("builds.json"));
        return 0;
    case "cluster":
        var standard = new ClusterSuiteOptions();
        new ClusterSuite(new ClusterSuiteOptions
        {
            Only = Option("--only"),
            Members = Option("--members") is { } members ? Numbers(members) : standard.Members,
            Spinning = Option("--spin") is { } spin ? [.. spin.Split(',').Select(static text => text == "yes")] : standard.Spinning,
            Rate = Number("--rate", standard.Rate),
            Every = Number("--every", standard.Every),
            Seconds = Seconds(standard.Seconds),
            SettlingSeconds = Number("--settle", (int)standard.SettlingSeconds),
            Rounds = Number("--rounds", standard.Rounds),
            Polls = Number("--polls", standard.Polls),
            Pauses = Option("--pauses") is { } pauses ? [.. pauses.Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture))] : standard.Pauses,
        }).Run(Option("--json") ?? Setup.Figures("cluster.json"));
        return 0;
    case "receive" when args.Length == 3:
        await BareReceiver.ReceiveAsync(args[1], args[2]);
        return 0;
    case "answer" when args.Length == 2:
        BareRoundTrip.Serve(args[1]);
        return 0;
    case "report":
        Report.Write();
        return 0;
    case "run" when args.Length > 1:
        PrintRun();
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

RunnerOptions Runner(int rounds) => new()
{
    Seconds = Seconds(1.2),
    LongestSeconds = Option("--seconds") is null ? double.MaxValue : Seconds(0),
    Rounds = Number("--rounds", rounds),
    PeerRounds = Number("--rounds", 3),
    SettlingRounds = Option("--seconds") is null ? 8 : 1,
    Servers = Option("--servers")?.Split(',') ?? [],
};

void PrintRun()
{
    var target = new Target("server", Number("--port", 3000), Number("--pid", Environment.ProcessId), Dialect.Of(Option("--dialect") ?? Dialect.SocketIO.Name));
    if (args[1] == "idle")
    {
        using var idle = new IdleScenario(target);
        Print([.. idle.Run(Numbers(Option("--connections") ?? "100"), TimeSpan.FromSeconds(Seconds(30)))]);
        return;
    }

    int connections = Number("--connections", 100), inFlight = Number("--in-flight", 1), payload = Number("--payload", 32);
    using Scenario scenario = args[1] switch
    {
        "echo" => new EchoScenario(target, connections, inFlight, payload) { HalfRate = args.Contains("--half-rate") },
        "ack" => new EchoScenario(target, connections, inFlight, payload) { Ack = true, HalfRate = args.Contains("--half-rate") },
        "broadcast" => new BroadcastScenario(target, connections, inFlight, payload),
        "polling" => new PollingScenario(target, connections, payload),
        "storm" => new StormScenario(target, connections),
        "heartbeat" => new HeartbeatScenario(target, connections),
        "reload" => new ReloadScenario(target, connections, Option("--folder")),
        "slow" => new SlowReaderScenario(target, 12_800, 16 * 1024),
        _ => throw new ArgumentException($"There is no scenario '{args[1]}'."),
    };
    Print([scenario.Run(TimeSpan.FromSeconds(Number("--warm-up", 1)), TimeSpan.FromSeconds(Seconds(3)))]);
}

void Print(Measurement[] measurements)
{
    if (args.Contains("--json"))
    {
        Console.WriteLine(JsonSerializer.Serialize(measurements));
        return;
    }

    foreach (var m in measurements)
    {
        Console.WriteLine(Table.Format($"{m.ServerCpuMicroseconds:0.000} µs of server CPU per unit, {m.Units} units, {m.UnitsPerSecond:#,0}/s, p50 {m.P50:#,0} p99 {m.P99:#,0} p99.9 {m.P999:#,0} µs, generator {m.GeneratorCpuMicroseconds:0.000} µs, memory {m.MemoryBytes:#,0} B {m.Note}{m.Turns}{m.Ticks}"));
    }
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length && !args[at + 1].StartsWith("--", StringComparison.Ordinal) ? args[at + 1] : null;

int Number(string name, int standard) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

static int[] Numbers(string text) => [.. text.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];

double Seconds(double standard) => Option("--seconds") is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : standard;
