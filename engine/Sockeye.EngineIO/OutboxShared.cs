namespace Sockeye.EngineIO;

/// <summary>Why a message is not delivered.</summary>
internal enum OutboxDrop : byte
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

/// <summary>What the outboxes of one server share: their bounds, and who counts what they drop.</summary>
/// <param name="options">Read at each call; must not change.</param>
/// <param name="dropped">Counts, on any thread; null: nobody does.</param>
internal sealed class OutboxShared(OutboxOptions options, Action<OutboxDrop, long>? dropped = null)
{
    public OutboxOptions Options { get; } = options;

    /// <summary>From this cost on an outbox is above its high mark, however few bytes its messages have: whoever waits for room, waits before the hard limit.</summary>
    public int HighCost => Options.MaxBytes / 2;

    public void Count(OutboxDrop why, long messages = 1) => dropped?.Invoke(why, messages);
}
