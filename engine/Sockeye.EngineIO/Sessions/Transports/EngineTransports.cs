namespace Sockeye.EngineIO;

/// <summary>The transports that a server offers.</summary>
[Flags]
public enum EngineTransports : byte
{
    /// <summary>None; not a valid choice.</summary>
    None = 0,

    /// <summary>HTTP long-polling.</summary>
    Polling = 1,

    /// <summary>WebSocket.</summary>
    WebSocket = 2,

    /// <summary>Both.</summary>
    All = Polling | WebSocket,
}
