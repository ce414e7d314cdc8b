namespace Sockeye.Transport.Channels;

/// <summary>What a channel knows about itself. Any thread reads it, its loop alone changes it.</summary>
[Flags]
internal enum ChannelState
{
    None = 0,

    /// <summary>Neither closed nor half-way: reads and writes are served.</summary>
    Active = 1,
    Registered = 2,
    AutoRead = 4,

    /// <summary>One read was asked for while <see cref="AutoRead"/> is off.</summary>
    ReadRequested = 8,

    /// <summary>The kernel may have bytes for us: the last read did not find the end of them.</summary>
    ReadReady = 16,
    InRead = 32,

    /// <summary>The peer has ended its output, or the connection is broken: read on until the end or the error shows.</summary>
    EndSignalled = 64,

    /// <summary>Both directions are over: nothing can be sent.</summary>
    HungUp = 128,

    /// <summary>The end of the peer's output has been read.</summary>
    InputEnded = 256,

    /// <summary>The kernel took less than it was given; wait for room.</summary>
    Blocked = 512,

    /// <summary>Close was asked for: pending output leaves, input is thrown away.</summary>
    Closing = 1024,

    /// <summary>Our output has ended; the descriptor stays a moment so that the peer can read what we sent.</summary>
    Lingering = 2048,

    /// <summary>The descriptor is closed.</summary>
    Closed = 4096,
    Moving = 8192,

    /// <summary>Queued for the loop's next turn.</summary>
    Queued = 16384,
    InactivePending = 32768,

    /// <summary>The peer's end was read: close in the next turn, after the turn-end items of this one have written.</summary>
    EndPending = 65536,
}

/// <summary>What the wait has told about a descriptor.</summary>
[Flags]
internal enum Readiness
{
    None = 0,
    Readable = 1,
    Writable = 2,

    /// <summary>The peer has ended its output.</summary>
    InputEnd = 4,

    /// <summary>Both directions are over, or an error is pending.</summary>
    HangUp = 8,
}

/// <summary>Results of a receive or send that are no byte count.</summary>
internal static class IoResult
{
    /// <summary>Nothing to read, or no room.</summary>
    internal const int WouldBlock = -1;

    /// <summary>The connection is broken.</summary>
    internal const int Failed = -2;
}
