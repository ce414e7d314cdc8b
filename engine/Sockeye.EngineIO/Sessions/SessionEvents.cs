using Microsoft.Extensions.Logging;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Calls the handler above the engine. What it throws is logged and goes no further: it neither closes a session nor reaches the pipeline.</summary>
/// <remarks>It owns nothing but the way there. On the session's loop. Lives as long as its <see cref="EngineServer"/>.</remarks>
internal sealed class SessionEvents(IEngineHandler handler, ILogger logger)
{
    public void Open(EngineSession session)
    {
        try
        {
            handler.OnOpen(session);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(logger, session.RemoteEndPoint, nameof(IEngineHandler.OnOpen), exception);
        }
    }

    public void Message(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
    {
        try
        {
            handler.OnMessage(session, data, isBinary);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(logger, session.RemoteEndPoint, nameof(IEngineHandler.OnMessage), exception);
        }
    }

    public void Writable(EngineSession session)
    {
        try
        {
            handler.OnWritable(session);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(logger, session.RemoteEndPoint, nameof(IEngineHandler.OnWritable), exception);
        }
    }

    public void PayloadTooLarge(EngineSession session)
    {
        try
        {
            handler.OnPayloadTooLarge(session);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(logger, session.RemoteEndPoint, nameof(IEngineHandler.OnPayloadTooLarge), exception);
        }
    }

    public void Close(EngineSession session, DisconnectReason reason, string? detail)
    {
        EngineLog.Closed(logger, session.RemoteEndPoint, session.Transport, reason.Text(), detail ?? "");
        try
        {
            handler.OnClose(session, reason, detail);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(logger, session.RemoteEndPoint, nameof(IEngineHandler.OnClose), exception);
        }
    }

    public void SlowConsumer(EngineSession session) => EngineLog.SlowConsumer(logger, session.RemoteEndPoint, session.OutboxBytes, session.Outbox.Count);
}
