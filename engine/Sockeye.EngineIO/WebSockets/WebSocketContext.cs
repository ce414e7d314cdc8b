using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>What the sessions of one plain endpoint share.</summary>
internal sealed record WebSocketSessionSettings(OutboxOptions Outbox, bool PausesWhenFull, TimeSpan PingInterval, TimeSpan IdleTimeout);

/// <summary>What the WebSocket connections of one server share. The times and the budget are those of the server's HTTP options.</summary>
internal sealed record WebSocketContext(
    int FramesPerTurn,
    TimeSpan MessageTimeout,
    TimeSpan CloseHandshakeTimeout,
    TimeSpan WriteStallTimeout,
    ILogger Logger,
    ConnectionRegistry Connections,
    Action<string>? RuleBroken)
{
    /// <summary>The memory budget of the engine on the same server; null: none is attached. Set before the server starts.</summary>
    public IMemoryBudget? Budget { get; set; }
}
