namespace Sockeye;

/// <summary>What became of an awaited acknowledgement.</summary>
public enum AckStatus : byte
{
    /// <summary>It came.</summary>
    Answered,

    /// <summary>It did not come in time.</summary>
    TimedOut,

    /// <summary>The socket went away before it came.</summary>
    Disconnected,

    /// <summary>The event was not sent: the outbox refused it, or too many acknowledgements are open on this socket.</summary>
    Dropped,

    /// <summary>It came, and its first argument is not of the awaited type.</summary>
    Malformed,
}
