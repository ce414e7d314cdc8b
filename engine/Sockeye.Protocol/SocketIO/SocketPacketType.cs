namespace Sockeye.Protocol.SocketIO;

/// <summary>The packet types of Socket.IO v5; the value is the digit on the wire.</summary>
public enum SocketPacketType : byte
{
    /// <summary>A client asks for a namespace (auth object), the server accepts it (object with the socket's id).</summary>
    Connect = 0,

    /// <summary>Either side leaves a namespace; no payload, no answer.</summary>
    Disconnect = 1,

    /// <summary>An event: a non-empty array, the name first.</summary>
    Event = 2,

    /// <summary>The answer to an event that asked for one: an array.</summary>
    Ack = 3,

    /// <summary>The server refuses a namespace: an object with <c>message</c>, or a string from old servers. Never sent by a client.</summary>
    ConnectError = 4,

    /// <summary>An event whose binary parts follow as attachments.</summary>
    BinaryEvent = 5,

    /// <summary>An answer whose binary parts follow as attachments.</summary>
    BinaryAck = 6,
}
