using System.Net;

namespace Sockeye;

/// <summary>The Engine.IO connection under the sockets of one client; all namespaces of the client share it.</summary>
/// <remarks>All members may be called from any thread.</remarks>
public abstract class ClientConnection
{
    internal ClientConnection()
    {
    }

    /// <summary>The Engine.IO session id. It gives access to the session: do not hand it to other clients.</summary>
    public abstract string Id { get; }

    /// <summary><c>polling</c> or <c>websocket</c>, at this moment.</summary>
    public abstract string Transport { get; }

    /// <summary>Revision of the Engine.IO protocol: 4.</summary>
    public abstract int Revision { get; }

    /// <summary>Address and port of the peer.</summary>
    public abstract IPEndPoint RemoteEndPoint { get; }

    /// <summary>Bytes that the client has not taken yet: queued, or given to the transport and not taken by the kernel.</summary>
    public abstract int OutboxBytes { get; }

    /// <summary>The most that <see cref="OutboxBytes"/> has been.</summary>
    public abstract int OutboxPeakBytes { get; }

    /// <summary>Messages that were not delivered although the connection was there: volatile above the high watermark, refused or dropped by an <see cref="OutboxPolicy"/>,
    /// or replaced by a newer one under their key.</summary>
    public abstract long DroppedMessages { get; }

    /// <summary>Closes the connection without a disconnect packet for its sockets; what is queued leaves first.</summary>
    public abstract void Close();
}
