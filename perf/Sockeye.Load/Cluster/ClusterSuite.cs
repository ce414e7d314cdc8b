using static Sockeye.Load.ReportCluster;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>Two nodes over a nats-server, a server alone and a bare receiver, all of them up and driven in turn, so that what else the machine does meets all alike. Nothing is pinned: a node uses several threads.</summary>
internal sealed class ClusterSuite(ClusterSuiteOptions options)
{
    private const string Room = "bus", BareRoom = "bare";

    /// <summary>What a compiler may use of a run that counts, and how often one is repeated for that.</summary>
    private const double SettledShare = 0.02;
    private const int MostTries = 3;

    /// <summary>Subjects of a room, whatever the cluster, the namespace and the part of it.</summary>
    private const string BareSubject = "sockeye.data.*.*.r.*.*._" + BareRoom;

    public void Run(string path)
    {
        var results = new ClusterResults { Time = DateTimeOffset.UtcNow, Command = "./build.ps1 perf cluster", Pinned = false, Versions = Setup.Versions(), Missing = [] };
        foreach (var isSpinning in options.Spinning)
        {
            using var nodes = new Nodes(isSpinning);
            if (options.Wants("bus"))
            {
                Measure(nodes, results, isSpinning);
            }

            if (options.Wants("poll"))
            {
                foreach (var pause in options.Pauses)
                {
                    MeasurePolls(nodes, results, isSpinning, pause);
                }
            }
        }

        results.LoadAverage = ProcessFigures.LoadAverage();
        results.Save(path);
        Console.WriteLine(Format($"load average {results.LoadAverage:0.0}, figures: {path}"));
    }

    private void Measure(Nodes nodes, ClusterResults results, bool isSpinning)
    {
        ClusterRow[] rows = [.. options.Members.Select(members => new ClusterRow(members, isSpinning, options.Rate, options.Every))];
        results.Rows.AddRange(rows);
        foreach (var row in rows)
        {
            Once(nodes, row, options.SettlingSeconds, isCounted: false);
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var row in rows)
            {
                Once(nodes, row, options.Seconds, isCounted: true);
            }
        }

        foreach (var row in rows)
        {
            Console.WriteLine(Format($"{row.Members} member(s), {row.Rate:#,0} messages/s, {(isSpinning ? "pool threads spin" : "spin limit 0")}: local {Text(row.Local)}  through the bus {Text(row.Bus)}  bare {Text(row.Bare)}  ratio {row.Ratio:0.00}"));
        }
    }

    private static void Once(Nodes nodes, ClusterRow row, double seconds, bool isCounted)
    {
        Measure(nodes.Alone, nodes.Alone.Port, Room, row.Members, row.Local);
        Measure(nodes.Second, nodes.First.Port, Room, row.Members, row.Bus);
        var before = nodes.Bare.Count;
        Measure(nodes.First with { ProcessId = nodes.Bare.ProcessId }, nodes.First.Port, BareRoom, 0, row.Bare);
        if (nodes.Bare.Count == before)
        {
            throw new IOException("The bare receiver has got nothing.");
        }

        void Measure(Target target, int publisherPort, string room, int members, List<double> figures)
        {
            for (var tries = 1; ; tries++)
            {
                using var scenario = new BusScenario(target, publisherPort, room, members, row.Rate, row.Every, payloadBytes: 128);
                var compiler = ProcessFigures.CompilerMicroseconds(target.ProcessId);
                var measured = scenario.Run(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(seconds));
                compiler = ProcessFigures.CompilerMicroseconds(target.ProcessId) - compiler;
                if (Math.Abs(measured.Units - scenario.Published) > scenario.Published / 20)
                {
                    Console.WriteLine(Format($"  of {scenario.Published} messages {measured.Units} arrived in time"));
                }

                if (!isCounted)
                {
                    return;
                }

                // While its compiler still has something to do a server has not settled.
                if (compiler < measured.ServerCpuMicroseconds * measured.Units * SettledShare || tries == MostTries)
                {
                    figures.Add(measured.ServerCpuMicroseconds);
                    return;
                }
            }
        }
    }

    private void MeasurePolls(Nodes nodes, ClusterResults results, bool isSpinning, double pause)
    {
        var row = new PollRow(isSpinning, pause);
        results.Polls.Add(row);
        using var bare = nodes.StartRoundTrip();
        using var polls = new PollTimes(nodes.Second.Port, nodes.First.Port, bare, TimeSpan.FromMilliseconds(pause));
        polls.Settle(TimeSpan.FromSeconds(options.SettlingSeconds));
        for (var round = 0; round < options.Rounds; round++)
        {
            var (direct, relayed, over) = polls.Run(options.Polls);
            row.Direct.Add(direct.Percentile(0.5));
            row.Relayed.Add(relayed.Percentile(0.5));
            row.Bare.Add(over.Percentile(0.5));
            Console.WriteLine(Format($"  polls: direct p50 {direct.Percentile(0.5):0} p90 {direct.Percentile(0.9):0} µs, relayed p50 {relayed.Percentile(0.5):0} p90 {relayed.Percentile(0.9):0} p99 {relayed.Percentile(0.99):0} µs, over NATS alone p50 {over.Percentile(0.5):0} µs"));
        }

        Console.WriteLine(Format($"polls after {pause} ms, {(isSpinning ? "pool threads spin" : "spin limit 0")}: direct {Text(row.Direct)}  relayed {Text(row.Relayed)}  more {row.More:0} µs, over NATS alone {Text(row.Bare)}"));
    }

    /// <summary>What is up at once.</summary>
    private sealed class Nodes : IDisposable
    {
        private readonly NatsProcess _nats = NatsProcess.Start();
        private readonly List<ServerProcess> _servers = [];
        private readonly Dictionary<string, string> _environment;

        public Nodes(bool isSpinning)
        {
            var environment = _environment = isSpinning ? [] : new() { ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0" };
            Alone = Start(ServerKind.OwnServer("alone", 1));
            First = Start(ServerKind.OwnServer("node", 1, cluster: _nats.Url));
            Second = Start(ServerKind.OwnServer("node", 1, cluster: _nats.Url));
            Bare = BareReceiver.Start(_nats.Url, BareSubject, environment);

            Target Start(ServerKind kind)
            {
                var server = ServerProcess.Start(kind with { IsPinned = false, Environment = environment }, new ServerSettings());
                _servers.Add(server);
                return server.Target;
            }
        }

        public Target Alone { get; }

        public Target First { get; }

        public Target Second { get; }

        public BareReceiver Bare { get; }

        public BareRoundTrip StartRoundTrip() => new(_nats.Url, _environment);

        public void Dispose()
        {
            Bare.Dispose();
            _servers.ForEach(static server => server.Dispose());
            _nats.Dispose();
        }
    }
}

/// <summary>How long and how often is measured.</summary>
internal sealed record ClusterSuiteOptions
{
    public string? Only { get; init; }
    public int[] Members { get; init; } = [1, 10];
    public bool[] Spinning { get; init; } = [true, false];
    public int Rate { get; init; } = 23_000;
    public int Every { get; init; } = 1000;
    public double Seconds { get; init; } = 2;
    public double SettlingSeconds { get; init; } = 10;
    public int Rounds { get; init; } = 5;
    public int Polls { get; init; } = 200;

    /// <summary>Milliseconds of rest before a poll: of a client that polls again at once, of one that answers what it gets, and of one that is left alone.</summary>
    public double[] Pauses { get; init; } = [0, 1, 4];

    public bool Wants(string name) => Only is null || name.Contains(Only, StringComparison.OrdinalIgnoreCase);
}
