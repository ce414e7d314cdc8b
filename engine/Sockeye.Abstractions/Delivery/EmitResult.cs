namespace Sockeye;

/// <summary>What became of an event at the moment of the call. The first two mean that it is queued, the others that it is not.</summary>
/// <remarks>
/// For a broadcast it is the worst result among the members on the calling event loop, and <see cref="Accepted"/> if there are none;
/// what happened to members elsewhere is reported by counters and by <see cref="BroadcastTarget.OnSlow(Action{SockeyeSocket, EmitResult})"/>.
/// </remarks>
public enum EmitResult : byte
{
    /// <summary>Queued.</summary>
    Accepted,

    /// <summary>Queued, and the outbox now holds more than <see cref="OutboxOptions.HighWatermarkBytes"/>: slow down.</summary>
    AboveHighWatermark,

    /// <summary>Not queued: volatile above the high watermark, or refused by the outbox policy.</summary>
    Dropped,

    /// <summary>Not queued: the socket is gone.</summary>
    Closed,
}
