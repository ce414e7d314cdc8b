using Sockeye.EngineIO;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Clients;

/// <summary>Socket.IO on Engine.IO sessions: each carries a <see cref="SocketIOClient"/>.</summary>
/// <remarks>Called on the loop of each session. One for each server, without a state of its own.</remarks>
internal sealed class SocketIOHandler(NamespaceRegistry namespaces) : IEngineHandler
{
    /// <inheritdoc />
    public void OnOpen(EngineSession session)
    {
        namespaces.Server.Metrics.ConnectionOpened(session.Loop.Index);
        session.Tag = new SocketIOClient(namespaces, session);
    }

    /// <inheritdoc />
    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) => Client(session).OnMessage(data, isBinary);

    /// <inheritdoc />
    public void OnWritable(EngineSession session) => Client(session).OnWritable();

    /// <inheritdoc />
    public void OnPayloadTooLarge(EngineSession session) => Client(session).OnPayloadTooLarge();

    /// <inheritdoc />
    public void OnClose(EngineSession session, DisconnectReason reason, string? detail)
    {
        namespaces.Server.Metrics.ConnectionClosed(session.Loop.Index);
        Client(session).OnClose(reason, detail);
    }

    private static SocketIOClient Client(EngineSession session) => (SocketIOClient)session.Tag!;
}
