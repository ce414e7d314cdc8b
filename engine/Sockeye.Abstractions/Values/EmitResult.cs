namespace Sockeye;

/// <summary>What became of an event at the moment of the call. The first two mean that it is queued, the others that it is not.</summary>
/// <remarks>
/// <para>For a broadcast it is the worst result among the members on the calling event loop, and <see cref="Accepted"/> if there are none;
/// what happened to members elsewhere is reported by counters and by <see cref="BroadcastTarget.OnSlow(Action{SockeyeSocket, EmitResult})"/>.</para>
/// <para>From another thread than the socket's event loop (the pool, a game loop, another event loop) it tells what could be known at the call: that the socket is gone, that a volatile event
/// met a socket above its high watermark, or that too much waits for the event loop. What the outbox then refuses is reported by <see cref="BroadcastTarget.OnSlow(Action{SockeyeSocket, EmitResult})"/>, <c>sockeye.dropped</c> and
/// <see cref="ClientConnection.DroppedMessages"/>. <c>EmitAsync</c> tells on every thread.</para>
/// </remarks>
public enum EmitResult : byte
{
    /// <summary>Queued.</summary>
    Accepted,

    /// <summary>Queued, and the outbox now holds more than <see cref="OutboxOptions.HighWatermarkBytes"/>: slow down.</summary>
    AboveHighWatermark,

    /// <summary>Not queued: volatile above the high watermark, or, on the socket's event loop, refused by the outbox policy.</summary>
    Dropped,

    /// <summary>Not queued: the socket is gone.</summary>
    Closed,
}
