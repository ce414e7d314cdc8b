namespace Sockeye.Cluster;

/// <summary>What has become of a request.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Payload">The answer's bytes, a copy; empty without one.</param>
public readonly record struct BusReply(BusReplyStatus Status, ReadOnlyMemory<byte> Payload = default)
{
    /// <summary>Whether there is an answer.</summary>
    public bool IsAnswered => Status == BusReplyStatus.Answered;
}

/// <summary>How a request ended.</summary>
public enum BusReplyStatus
{
    /// <summary>It was answered.</summary>
    Answered,

    /// <summary>The time was over first.</summary>
    TimedOut,

    /// <summary>Nobody has subscribed to what it was published to.</summary>
    NoResponders,

    /// <summary>It was not sent: too many requests are open, or the bus had no room for it.</summary>
    Overloaded,

    /// <summary>The requester or the bus has been closed.</summary>
    Closed,
}
