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

    /// <summary>Its sockets, admitted or not. Who closes some while going through them takes a copy. On its loop.</summary>
    public abstract ReadOnlySpan<ServerSocket> Sockets { get; }

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

    /// <summary>The server puts a socket out. The connection goes with the last one.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="reason">Why.</param>
    /// <param name="detail">Why the connection goes, in words.</param>
    public abstract void PutOut(ServerSocket socket, DisconnectReason reason, string detail);

    /// <summary>The rates of a socket that has left; null: none has, or others have got them.</summary>
    public abstract SocketRates? TakeRates();

    /// <summary>A socket leaves, and what is left of its rates stays. There are never more of them than sockets were there at one time.</summary>
    public abstract void KeepRates(SocketRates rates);
}
