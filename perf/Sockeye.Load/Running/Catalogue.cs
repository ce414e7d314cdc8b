namespace Sockeye.Load;

/// <summary>What the suite measures.</summary>
internal static class Catalogue
{
    /// <summary>Connections of the idle measurements, one after the other on the same servers. 20,000 descriptors are what a process usually may have.</summary>
    public static readonly int[] IdleConnections = [10_000, 19_000];

    public const double IdleMemoryBarBytes = 1536;

    /// <summary>The idle trim of Sockeye while idle memory is measured, as in the standalone host.</summary>
    public const int IdleTrimSeconds = 10;

    private const int Connections = 100;

    private static readonly string[] Everyone = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.Node, ServerKind.Kestrel, ServerKind.SignalR];
    private static readonly string[] WithAcks = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.Node];
    private static readonly string[] WithPings = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.Node, ServerKind.SignalR];
    private static readonly string[] Loops = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.Sockeye2Loops, ServerKind.Sockeye4Loops];

    private static readonly string[] GameLoop = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.SockeyeGameLoop];

    public static IReadOnlyList<string> IdleServers => [.. Everyone, ServerKind.SockeyeNoTrim];

    public static Benchmark[] All { get; } =
    [
        new("echo, 1 in flight, 32 B", "echo", target => new EchoScenario(target, Connections, 1, 32)) { Servers = Everyone, Bar = 1.15, IsQuick = true },
        new("echo, 1 in flight, 1 KiB", "echo", target => new EchoScenario(target, Connections, 1, 1024)) { Servers = Everyone, Bar = 1.15 },
        new("echo, 1 in flight, 32 KiB", "echo", target => new EchoScenario(target, Connections, 1, 32 * 1024)) { Servers = Everyone, Bar = 1.4 },
        new("echo with ack, 32 B", "ack", target => new EchoScenario(target, Connections, 1, 32) { Ack = true }) { Servers = WithAcks, Bar = 1.15, IsQuick = true },
        new("echo, 16 in one read, 32 B", "echo", target => new EchoScenario(target, Connections, 16, 32)) { Servers = Everyone, Bar = 1.25, IsQuick = true },
        new("echo, 16 in one read, 1 KiB", "echo", target => new EchoScenario(target, Connections, 16, 1024)) { Servers = Everyone, Bar = 1.3 },
        new("echo at half the maximum rate, 32 B", "echo", target => new EchoScenario(target, Connections, 1, 32) { HalfRate = true }) { Servers = Everyone, Seconds = 3 },
        new("broadcast to 100, 128 B", "delivery", target => new BroadcastScenario(target, 100, 1, 128)) { Servers = Everyone, Bar = 1.1 },
        new("broadcast to 1,000, 128 B", "delivery", target => new BroadcastScenario(target, 1000, 1, 128)) { Servers = Everyone, Bar = 1.1, IsQuick = true },
        new("broadcast to 5,000, 128 B", "delivery", target => new BroadcastScenario(target, 5000, 1, 128)) { Servers = Everyone, Bar = 1.1 },
        new("broadcast to 1,000, 8 outstanding, 128 B", "delivery", target => new BroadcastScenario(target, 1000, 8, 128)) { Servers = [ServerKind.Floor, ServerKind.FloorGathered, .. Everyone[1..]], Bar = 1.25, IsQuick = true, Reference = ServerKind.FloorGathered },
        new("polling round trip, 32 B", "POST and GET", target => new PollingScenario(target, Connections, 32)) { Servers = WithAcks, Bar = 1.4, IsQuick = true },
        new("connect storm, 5,000", "connection", target => new StormScenario(target, 5000)) { Servers = Everyone, Bar = 2.5, IsQuick = true },
        new("heartbeats of 5,000 connections", "heartbeat", target => new HeartbeatScenario(target, 5000)) { Servers = WithPings, Bar = 1.3, IsQuick = true, Seconds = 3, WarmUpSeconds = 1.2, Settings = new() { PingMilliseconds = 1000 } },
        new("echo over several loops, 1 in flight, 32 B", "echo", target => new EchoScenario(target, Connections, 1, 32)) { Servers = Loops },
        new("echo over several loops, 16 in one read, 32 B", "echo", target => new EchoScenario(target, Connections, 16, 32)) { Servers = Loops },
        new("broadcast to 1,000 across loops, 128 B", "delivery", target => new BroadcastScenario(target, 1000, 1, 128)) { Servers = Loops },
        new("echo by a handler on a game loop, 1 in flight, 32 B", "echo", target => new EchoScenario(target, Connections, 1, 32)) { Servers = GameLoop },
        new("echo by a handler on a game loop, 16 in one read, 32 B", "echo", target => new EchoScenario(target, Connections, 16, 32)) { Servers = GameLoop },
        Ticks(20, 100),
        Ticks(60, 100),
        Ticks(20, 1000),
        new("slow reader, 200 MiB", "delivered message", target => new SlowReaderScenario(target, 12_800, 16 * 1024)) { Servers = Everyone, MemoryBarBytes = (8 + 16) * 1024 * 1024, IsFresh = true, Seconds = 4 },
    ];

    private static Benchmark Ticks(int perSecond, int members) =>
        new(Table.Format($"{perSecond} ticks per second to {members:#,0} members, 4 x 32 B"), "delivery", target => new TickScenario(target, members))
        {
            Servers = [ServerKind.SockeyeGameLoop],
            Reference = ServerKind.SockeyeGameLoop,
            Seconds = 5,
            Settings = new()
            {
                TicksPerSecond = perSecond
            },
        };
}
