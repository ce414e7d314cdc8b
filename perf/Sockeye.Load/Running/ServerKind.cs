namespace Sockeye.Load;

/// <summary>A server that the suite can start.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="Dialect">How it is spoken to.</param>
/// <param name="Command">Program and arguments for a port and the settings of a benchmark.</param>
internal sealed record ServerKind(string Name, Dialect Dialect, Func<int, ServerSettings, string[]> Command)
{
    public const string Floor = "floor", FloorGathered = "floor, gathered", Sockeye = "Sockeye", Sockeye2Loops = "Sockeye, 2 loops", Sockeye4Loops = "Sockeye, 4 loops", SockeyeGameLoop = "Sockeye, game loop", SockeyeNoTrim = "Sockeye, no trim", Before = "before";
    public const string ReadyToRun = "Sockeye as ReadyToRun", NativeAot = "Sockeye as Native AOT";
    public const string Node = "socket.io on Node", Kestrel = "Kestrel, raw WebSocket", SignalR = "SignalR, JSON";

    /// <summary>True for servers of others, which stand beside for comparison.</summary>
    public bool IsPeer { get; init; }

    /// <summary>True if it speaks HTTP long-polling.</summary>
    public bool Polls { get; init; }

    /// <summary>True if it pings as often as it is told to.</summary>
    public bool HasPings { get; init; } = true;

    /// <summary>True if its code is compiled while it runs, so that the first runs do not count.</summary>
    public bool Compiles { get; init; } = true;

    /// <summary>True if it answers questions about its turns and its collector.</summary>
    public bool TellsRuntime { get; init; }

    /// <summary>True if it has a processor of its own.</summary>
    public bool IsPinned { get; init; } = true;

    /// <summary>How far above the port given the wanted server listens.</summary>
    public int PortOffset { get; init; }

    public Dictionary<string, string> Environment { get; init; } = [];

    public static ServerKind[] All { get; } =
    [
        new(Floor, Dialect.SocketIO, (port, settings) => FloorCommand(port, settings)) { Polls = true, Compiles = false },
        new(FloorGathered, Dialect.SocketIO, (port, settings) => [.. FloorCommand(port, settings), "--gather"]) { Polls = true, Compiles = false },
        OwnServer(Sockeye, 1),
        OwnServer(Before, 1, program: ["dotnet", Setup.BeforeConformanceApp]),
        OwnServer(Sockeye2Loops, 2),
        OwnServer(Sockeye4Loops, 4),
        OwnServer(SockeyeGameLoop, 1, GameProfile),
        OwnServer(SockeyeNoTrim, 1, trims: false),
        OwnServer(ReadyToRun, 1, program: ["dotnet", Setup.ReadyConformanceApp]),
        OwnServer(NativeAot, 1, program: [Setup.NativeConformanceApp]) with { Compiles = false },
        new(Node, Dialect.SocketIO, (port, settings) => ["node", Path.Combine(Setup.NodePeer, "server.mjs"), $"{port}", $"{settings.PingMilliseconds}"]) { IsPeer = true, Polls = true, Environment = new() { ["NODE_ENV"] = "production" } },
        new(Kestrel, Dialect.Raw, AspNetCommand) { IsPeer = true, HasPings = false },
        new(SignalR, Dialect.SignalR, AspNetCommand) { IsPeer = true },
    ];

    public static ServerKind Of(string name) => All.First(kind => kind.Name == name);

    /// <summary>Sockeye with another number of loops, another profile, built in another way, or without the idle trim that a benchmark asks for.</summary>
    public static ServerKind OwnServer(string name, int loops, int profile = LoadProfile, string[]? program = null, bool trims = true, string? cluster = null) =>
        new(name, Dialect.SocketIO, (port, settings) => [.. program ?? ["dotnet", Setup.ConformanceApp], "--base", $"{port}", "--only", $"{profile}", "--loops", $"{loops}", "--ping", $"{settings.PingMilliseconds}", "--ticks", $"{settings.TicksPerSecond}", "--idle-trim", $"{(trims ? settings.IdleTrimSeconds : 0)}", .. cluster is null ? [] : new[] { "--cluster", cluster }])
        {
            Polls = true,
            TellsRuntime = true,
            PortOffset = profile,
        };

    private const int LoadProfile = 12, GameProfile = 14;

    private static string[] FloorCommand(int port, ServerSettings settings) => [Setup.FloorProgram, $"{port}", "--ping", $"{settings.PingMilliseconds}"];

    private static string[] AspNetCommand(int port, ServerSettings settings) => ["dotnet", Setup.AspNetPeer, $"{port}", $"{settings.PingMilliseconds}"];
}

/// <summary>What a benchmark wants of the servers.</summary>
internal sealed record ServerSettings
{
    /// <summary>Time between two pings to a client; SignalR keeps connections alive at the same pace.</summary>
    public int PingMilliseconds { get; init; } = 25_000;

    /// <summary>Rate of the game loop, where there is one.</summary>
    public int TicksPerSecond { get; init; } = 20;

    /// <summary>After how much quiet Sockeye gives memory back; 0: never, which is the default of an embedded server.</summary>
    public int IdleTrimSeconds { get; init; }
}
