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

    /// <summary>Closes the connection without a disconnect packet for its sockets; what is queued leaves first.</summary>
    public abstract void Close();
}
