namespace Sockeye.EngineIO.Sessions;

/// <summary>How a session comes to its end.</summary>
internal enum CloseKind : byte
{
    /// <summary>By us: what is queued leaves, then the client is told; it has <see cref="EngineOptions.CloseTimeout"/> to fetch both.</summary>
    Flush,

    /// <summary>By us: the client is told, what is queued is dropped.</summary>
    Discard,

    /// <summary>The server stops: what can be told at once is told.</summary>
    Shutdown,

    /// <summary>The client asked for it.</summary>
    ByClient,

    /// <summary>The client broke a rule or fell silent: it is told if it listens, nothing is kept.</summary>
    Failure,
}

/// <summary>What carries the packets of one session: its channel or its requests. The outbox is the session's, and outlives a change of the transport.</summary>
/// <remarks>Loop thread only. Lives from the request that began it until nothing is left to carry.</remarks>
internal abstract class EngineTransport(EngineSession session)
{
    protected EngineSession Session { get; } = session;

    /// <summary>As in the query of the requests.</summary>
    public abstract string Name { get; }

    /// <summary>The request that carried the message being handled.</summary>
    public abstract EngineRequest? CurrentRequest { get; }

    /// <summary>Bytes of memory that what has come and is not delivered takes. Any thread.</summary>
    public abstract int UnfinishedCost { get; }

    /// <summary>The outbox has something to send: at the end of the turn, with all that comes until then.</summary>
    public abstract void FlushLater();

    /// <summary>Makes room for a text message in what leaves next, past the outbox, which is empty. False: it has to be queued.</summary>
    /// <param name="length">The exact length of the message.</param>
    /// <param name="body">The message, to be filled at once.</param>
    public abstract bool TryReserve(int length, out Span<byte> body);

    /// <summary>Sends a ping before what is queued.</summary>
    public abstract void SendPing();

    /// <summary>Ends. Calls <see cref="EngineSession.Finish"/> once nothing is left to do, perhaps at once.</summary>
    public abstract void Close(CloseKind kind, DisconnectReason reason);

    /// <summary>Nothing is waited for any longer.</summary>
    public abstract void Abort();

    /// <summary>The session takes larger or smaller messages from now on.</summary>
    public abstract void LimitPayload(int maxBytes);

    /// <summary>Delivers nothing until <see cref="ResumeReading"/>.</summary>
    public abstract void PauseReading();

    /// <summary>Goes on with what was held back.</summary>
    public abstract void ResumeReading();
}
