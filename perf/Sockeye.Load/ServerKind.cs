namespace Sockeye.Load;

/// <summary>A server that the suite can start.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="Dialect">How it is spoken to.</param>
/// <param name="Polls">True if it speaks HTTP long-polling.</param>
/// <param name="IsPeer">True for servers of others, which stand beside for comparison.</param>
/// <param name="Command">Program and arguments for the root of the repository and a port.</param>
internal sealed record ServerKind(string Name, Dialect Dialect, bool Polls, bool IsPeer, Func<string, int, string[]> Command)
{
    public const string Floor = "floor", FloorGathered = "floor, gathered", Sockeye = "Sockeye";

    /// <summary>How far above the port given the wanted server listens.</summary>
    public int PortOffset { get; init; }

    public Dictionary<string, string> Environment { get; init; } = [];

    public static ServerKind[] All { get; } =
    [
        new(Floor, Dialect.SocketIO, true, false, (root, port) => [Setup.FloorProgram(root), $"{port}"]),
        new(FloorGathered, Dialect.SocketIO, true, false, (root, port) => [Setup.FloorProgram(root), $"{port}", "--gather"]),
        new(Sockeye, Dialect.SocketIO, true, false, (root, port) => ["dotnet", Path.Combine(root, "tests/Sockeye.Conformance/bin/Release/net10.0/Sockeye.Conformance.dll"), "--base", $"{port}"]) { PortOffset = 12 },
        new("socket.io on Node", Dialect.SocketIO, true, true, (root, port) => ["node", Path.Combine(Setup.NodePeer(root), "server.mjs"), $"{port}"]) { Environment = new() { ["NODE_ENV"] = "production" } },
        new("Kestrel, raw WebSocket", Dialect.Raw, false, true, (root, port) => ["dotnet", Setup.AspNetPeer(root), $"{port}"]),
        new("SignalR, JSON", Dialect.SignalR, false, true, (root, port) => ["dotnet", Setup.AspNetPeer(root), $"{port}"]),
    ];
}
