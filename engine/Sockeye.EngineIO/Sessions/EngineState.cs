namespace Sockeye.EngineIO;

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
