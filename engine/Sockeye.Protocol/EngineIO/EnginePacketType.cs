namespace Sockeye.Protocol.EngineIO;

/// <summary>The seven packet types of Engine.IO v4; the value is the digit on the wire.</summary>
public enum EnginePacketType : byte
{
    /// <summary>Server to client, once: session id and timings as JSON.</summary>
    Open = 0,

    /// <summary>Either side ends the session.</summary>
    Close = 1,

    /// <summary>Server to client heartbeat; with the data <c>probe</c>, a client's test of a new transport.</summary>
    Ping = 2,

    /// <summary>Answer to a ping, with the same data.</summary>
    Pong = 3,

    /// <summary>Application data, text or binary.</summary>
    Message = 4,

    /// <summary>Client to server: the probed transport takes over.</summary>
    Upgrade = 5,

    /// <summary>No content; releases a waiting poll.</summary>
    Noop = 6,
}
