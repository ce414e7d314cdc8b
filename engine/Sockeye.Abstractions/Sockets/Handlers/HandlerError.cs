namespace Sockeye;

/// <summary>What failed.</summary>
public enum HandlerKind : byte
{
    /// <summary>The handler of an event, or the reading of its arguments.</summary>
    Event,

    /// <summary>An <see cref="EventFilter"/>, by failing or by rejecting.</summary>
    Filter,

    /// <summary>A catch-all listener.</summary>
    CatchAll,

    /// <summary>Admission of a client.</summary>
    Admission,

    /// <summary>A handler of connections.</summary>
    Connection,

    /// <summary>A handler of disconnections.</summary>
    Disconnect,

    /// <summary>Posted work, or a listener of slow and writable sockets.</summary>
    Other,

    /// <summary>A tick of a game loop. Reported to the server, which is the main namespace.</summary>
    Tick,
}

/// <summary>A handler of the application failed. The connection stays; the error has been logged and counted.</summary>
/// <remarks>What fails on a <see cref="GameLoop"/> outside of any socket, a tick or posted work, has no <see cref="Socket"/>: it is null then.</remarks>
public sealed class HandlerError
{
    internal HandlerError(HandlerKind kind, EventContext context, Exception exception)
    {
        Kind = kind;
        Context = context;
        Exception = exception;
    }

    /// <summary>What failed.</summary>
    public HandlerKind Kind { get; }

    /// <summary>The socket, and for events the name and the way to answer.</summary>
    public EventContext Context { get; }

    /// <summary>The socket.</summary>
    public SockeyeSocket Socket => Context.Socket;

    /// <summary>What was thrown; an <see cref="EventFormatException"/> if arguments were not of the handler's types.</summary>
    public Exception Exception { get; }
}
