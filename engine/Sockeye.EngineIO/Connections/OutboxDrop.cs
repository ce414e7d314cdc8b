namespace Sockeye.EngineIO;

/// <summary>Why a message is not delivered.</summary>
public enum OutboxDrop : byte
{
    /// <summary>Volatile, and the outbox was above its high mark.</summary>
    Volatile,

    /// <summary>No room, and the policy keeps what is there (Wait, DropNewest).</summary>
    Refused,

    /// <summary>Queued, and given up for a newer one (DropOldest, KeepLatest).</summary>
    Oldest,

    /// <summary>Queued, and replaced by a newer one under its key.</summary>
    Replaced,

    /// <summary>The hard limit was met and the connection was closed over it: the message itself, and what was queued.</summary>
    Overflow,

    /// <summary>Queued when the connection ended, or sent to one that was ending.</summary>
    Closed,

    /// <summary>Queued when the connection was closed because of the memory budget.</summary>
    Budget,
}
