using System.Net;
using Sockeye.EngineIO;

namespace Sockeye.Server.Sockets;

/// <summary>The client behind a socket, as its sockets see it: its session, and what they ask of it because they share it.</summary>
/// <remarks>Belongs to the session's loop, apart from the members of <see cref="ClientConnection"/> and <see cref="OwesAck"/>, which any thread may call. Lives as long as the session.</remarks>
internal abstract class ClientLink(EngineSession session) : ClientConnection
{
    public EngineSession Session { get; } = session;

    /// <inheritdoc />
    public sealed override string Id => Session.Id;

    /// <inheritdoc />
    public sealed override string Transport => Session.Transport;

    /// <inheritdoc />
    public sealed override int Revision => Session.Revision;

    /// <inheritdoc />
    public sealed override IPEndPoint RemoteEndPoint => Session.RemoteEndPoint;

    /// <inheritdoc />
    public sealed override int OutboxBytes => Session.OutboxBytes;

    /// <inheritdoc />
    public sealed override int OutboxPeakBytes => Session.Outbox.PeakBytes;

    /// <inheritdoc />
    public sealed override long DroppedMessages => Session.Outbox.Dropped;

    /// <summary>Whether it owes an acknowledgement: what answers it must be read, also when handlers are behind. Any thread.</summary>
    public abstract bool OwesAck { get; }

    /// <inheritdoc />
    public sealed override void Close() => Session.Close(DisconnectReason.ForcedServerClose, "closed by the application");

    /// <summary>One of its sockets begins to owe acknowledgements.</summary>
    public abstract void BeginOwing();

    /// <summary>One of its sockets owes no acknowledgement any more.</summary>
    public abstract void EndOwing();

    /// <summary>A socket's handlers are behind: nothing more is read until they have caught up.</summary>
    public abstract void Pause();

    /// <summary>The handlers of a socket have caught up.</summary>
    public abstract void Resume();

    /// <summary>The application puts a socket out. In order with what was emitted to it before.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="close">Whether all sockets of the client go, and its connection with them.</param>
    public abstract void Disconnect(ServerSocket socket, bool close);

    /// <summary>A socket is put out because its identity has expired. The connection goes with the last one.</summary>
    public abstract void Expire(ServerSocket socket);
}
