namespace Sockeye.EngineIO.Sessions;

/// <summary>The GET side of a polling client.</summary>
internal enum PollState : byte
{
    /// <summary>No GET is here.</summary>
    None,

    /// <summary>A GET waits for something to be sent.</summary>
    Waiting,

    /// <summary>Its answer is on its way: the kernel has not taken all of it.</summary>
    Answering,

    /// <summary>The same, and the answer is the close packet: the session is over when the kernel has taken it.</summary>
    AnsweringLast,
}

/// <summary>The POST side of a polling client.</summary>
internal enum PostState : byte
{
    /// <summary>No POST is here.</summary>
    None,

    /// <summary>Its body is being read.</summary>
    Reading,

    /// <summary>Its packets are being delivered: this is the time within the handlers.</summary>
    Delivering,

    /// <summary>The body, or its rest, waits because reading is paused.</summary>
    Held,

    /// <summary>The rest of the body goes on in a later turn.</summary>
    Scheduled,

    /// <summary>It brought the client's close, and its answer waits for the client's poll.</summary>
    Delivered,
}

/// <summary>What polling does for its session.</summary>
internal enum PollingPhase : byte
{
    /// <summary>It carries the session.</summary>
    Carrying,

    /// <summary>The session has ended; what is queued and the close packet wait for polls.</summary>
    Closing,

    /// <summary>The client has closed; a poll that may be under way is waited for a moment.</summary>
    AwaitingPoll,

    /// <summary>The server stops, and the client, which upgrades, does not poll again: its upgrade is waited for.</summary>
    AwaitingUpgrade,

    /// <summary>A WebSocket carries the session; a last POST and a last answer may be left.</summary>
    Detached,
}
