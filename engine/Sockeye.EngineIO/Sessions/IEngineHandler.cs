namespace Sockeye.EngineIO;

/// <summary>What stands on Engine.IO sessions: the only seam upward.</summary>
/// <remarks>All members are called on the session's loop, for one session one at a time and in order. An exception is logged and closes nothing.</remarks>
public interface IEngineHandler
{
    /// <summary>The handshake is done; <see cref="EngineSession.Send(Transport.Frame, bool)"/> works from here on.</summary>
    void OnOpen(EngineSession session);

    /// <summary>One message. Text is valid UTF-8. The data is valid during the call.</summary>
    void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary);

    /// <summary>The outbox fell to its low mark after it had been at its high mark.</summary>
    void OnWritable(EngineSession session)
    {
    }

    /// <summary>The client has sent a message or a body over the limit, which was answered with 1009 or 413; the session is closed next.</summary>
    void OnPayloadTooLarge(EngineSession session)
    {
    }

    /// <summary>The session is over; the last call for it, and exactly one. Never called from inside <see cref="EngineSession.Close"/> or
    /// <see cref="EngineSession.Send(Transport.Frame, bool)"/>: it follows in the same turn of the loop.</summary>
    void OnClose(EngineSession session, DisconnectReason reason, string? detail);
}
