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

/// <summary>Where a session stands.</summary>
public enum EngineState : byte
{
    /// <summary>Messages go both ways.</summary>
    Open,

    /// <summary>Closed for the application; what was queued before may still leave.</summary>
    Closing,

    /// <summary>Nothing is left of it.</summary>
    Closed,
}
