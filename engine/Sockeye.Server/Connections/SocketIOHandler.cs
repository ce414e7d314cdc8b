using Sockeye.EngineIO;

namespace Sockeye;

/// <summary>Socket.IO on Engine.IO sessions: each carries a <see cref="ServerConnection"/>.</summary>
internal sealed class SocketIOHandler(NamespaceRegistry namespaces) : IEngineHandler
{
    /// <inheritdoc />
    public void OnOpen(EngineSession session)
    {
        namespaces.Server.Metrics.ConnectionOpened(session.Loop.Index);
        session.Tag = new ServerConnection(namespaces, session);
    }

    /// <inheritdoc />
    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) => Connection(session).OnMessage(data, isBinary);

    /// <inheritdoc />
    public void OnWritable(EngineSession session) => Connection(session).OnWritable();

    /// <inheritdoc />
    public void OnPayloadTooLarge(EngineSession session) => Connection(session).OnPayloadTooLarge();

    /// <inheritdoc />
    public void OnClose(EngineSession session, DisconnectReason reason, string? detail)
    {
        namespaces.Server.Metrics.ConnectionClosed(session.Loop.Index);
        Connection(session).OnClose(reason, detail);
    }

    private static ServerConnection Connection(EngineSession session) => (ServerConnection)session.Tag!;
}
