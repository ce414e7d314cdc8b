using Sockeye.EngineIO.WebSockets;

namespace Sockeye.EngineIO.Http;

/// <summary>The names of the engine's handlers in a channel's pipeline, for handlers that are placed before them.</summary>
public static class PipelineNames
{
    /// <summary>The HTTP/1.1 handler, first in every connection's life.</summary>
    public const string Http = "http";

    /// <summary>The WebSocket handler, which takes the place of <see cref="Http"/> when a connection is upgraded.</summary>
    public const string WebSocket = WebSocketChannelHandler.NameInPipeline;

    /// <summary>The handler that takes the place of <see cref="Http"/> when a WebSocket belongs to a session of another server of the cluster.</summary>
    public const string Tunnel = "tunnel";
}
