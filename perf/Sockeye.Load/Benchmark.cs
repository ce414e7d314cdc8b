namespace Sockeye.Load;

/// <summary>One row of the tables.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Unit">What the CPU time is divided by.</param>
/// <param name="Create">The run against a server.</param>
internal sealed record Benchmark(string Name, string Unit, Func<Target, Scenario> Create)
{
    /// <summary>The server whose figure is 1.</summary>
    public string Reference { get; init; } = ServerKind.Floor;

    /// <summary>The highest ratio to the reference that Sockeye may have.</summary>
    public double? Goal { get; init; }

    /// <summary>The most memory that may grow: per idle connection, or in all for a slow reader.</summary>
    public double? MemoryGoalBytes { get; init; }

    /// <summary>Part of the short suite.</summary>
    public bool IsQuick { get; init; }

    /// <summary>How long is measured, in seconds.</summary>
    public double Seconds { get; init; } = 2;

    public double WarmUpSeconds { get; init; } = 0.7;

    /// <summary>Once and without an uncounted run before it: memory and slow readers.</summary>
    public bool IsOnce { get; init; }

    public Func<ServerKind, bool> Applies { get; init; } = kind => kind.Name != ServerKind.FloorGathered;

    public static Benchmark[] All { get; } =
    [
        new("echo, 1 in flight, 32 B", "echo", target => new EchoScenario(target, 100, 1, 32)) { Goal = 1.15, IsQuick = true },
        new("echo, 1 in flight, 1 KiB", "echo", target => new EchoScenario(target, 100, 1, 1024)) { Goal = 1.15 },
        new("echo with ack, 32 B", "ack", target => new EchoScenario(target, 100, 1, 32, ack: true)) { Goal = 1.15, IsQuick = true, Applies = kind => kind.Dialect.HasAcks && kind.Name != ServerKind.FloorGathered },
        new("echo, 16 in one read, 32 B", "echo", target => new EchoScenario(target, 100, 16, 32)) { Goal = 1.3, IsQuick = true },
        new("echo, 16 in one read, 1 KiB", "echo", target => new EchoScenario(target, 100, 16, 1024)) { Goal = 1.3 },
        new("echo at 20,000 per second, 32 B", "echo", target => new EchoScenario(target, 100, 1, 32, ratePerSecond: 20_000)),
        new("broadcast to 100, 128 B", "delivery", target => new BroadcastScenario(target, 100, 1, 128)) { Goal = 1.1 },
        new("broadcast to 1,000, 128 B", "delivery", target => new BroadcastScenario(target, 1000, 1, 128)) { Goal = 1.1, IsQuick = true },
        new("broadcast to 5,000, 128 B", "delivery", target => new BroadcastScenario(target, 5000, 1, 128)) { Goal = 1.1 },
        new("broadcast to 1,000, 8 outstanding", "delivery", target => new BroadcastScenario(target, 1000, 8, 128)) { Goal = 1.25, IsQuick = true, Reference = ServerKind.FloorGathered, Applies = _ => true },
        new("polling round trip, 32 B", "POST and GET", target => new PollingScenario(target, 100, 32)) { Goal = 1.4, IsQuick = true, Applies = kind => kind.Polls && kind.Name != ServerKind.FloorGathered },
        new("connect storm, 2,000", "connection", target => new StormScenario(target, 2000)) { Goal = 2.5, IsQuick = true },
        new("slow reader, 200 MiB", "delivered message", target => new SlowReaderScenario(target, 12_800, 16 * 1024)) { MemoryGoalBytes = (8 + 16) * 1024 * 1024, IsOnce = true, Seconds = 4, Applies = kind => kind.Dialect == Dialect.SocketIO && kind.Name is not (ServerKind.Floor or ServerKind.FloorGathered) },
        new("10,000 idle connections", "heartbeat", target => new IdleScenario(target, 10_000)) { Goal = 1.3, MemoryGoalBytes = 1536, IsOnce = true, Seconds = 32 },
    ];
}
