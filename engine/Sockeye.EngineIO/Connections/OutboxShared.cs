namespace Sockeye.EngineIO.Connections;

/// <summary>What the outboxes of one server share: their bounds, and who counts what they drop.</summary>
/// <remarks>Any thread; lives as long as the server.</remarks>
/// <param name="options">Read at each call; must not change.</param>
/// <param name="dropped">Counts, on any thread; null: nobody does.</param>
internal sealed class OutboxShared(OutboxOptions options, Action<OutboxDrop, long>? dropped = null)
{
    public OutboxOptions Options { get; } = options;

    /// <summary>From this cost on an outbox is above its high mark, however few bytes its messages have: whoever waits for room, waits before the hard limit.</summary>
    public int HighCost => Options.MaxBytes / 2;

    public void Count(OutboxDrop why, long messages = 1) => dropped?.Invoke(why, messages);
}
