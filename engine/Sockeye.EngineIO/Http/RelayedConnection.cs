using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>A connection whose peer is connected to another server, which hands on one request and what follows an upgrade.</summary>
/// <remarks>It owns nothing. On the connection's loop. Made by <see cref="HttpServer.OpenRelayed"/>.</remarks>
public sealed class RelayedConnection
{
    private readonly HttpChannelHandler? _handler;

    internal RelayedConnection(VirtualConnection connection, HttpChannelHandler? handler) => (Connection, _handler) = (connection, handler);

    /// <summary>The connection.</summary>
    public VirtualConnection Connection { get; }

    /// <summary>The other server stops: an answer that is held back is given now, a WebSocket is closed with 1001.</summary>
    public void Shutdown() => _handler?.Shutdown();
}
