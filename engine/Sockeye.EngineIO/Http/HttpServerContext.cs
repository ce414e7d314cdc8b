using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;

namespace Sockeye.EngineIO.Http;

/// <summary>What the channels of one server share.</summary>
internal sealed record HttpServerContext(HttpOptions Options, IHttpHandler Handler, ILogger Logger, ConnectionRegistry Connections, Action<string>? RuleBroken)
{
    public WebSocketContext WebSockets { get; } = new(
        Options.FramesPerTurn, Options.MessageTimeout, Options.CloseHandshakeTimeout, Options.WriteStallTimeout, Logger, Connections, RuleBroken);
}
