using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Sessions;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO;

/// <summary>What an <see cref="ISessionRelay"/> needs of its engine. Requests are handed on before anything is asked about them: the other server asks, once.</summary>
public static class EngineRelaying
{
    /// <summary>A request could not be handed on, or came back without an answer: it is answered here. On its loop.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="sid">Its session.</param>
    /// <param name="isBusy">Whether there is no room at the moment; else there is no such session any more.</param>
    public static void RefuseRelayed(this EngineServer engine, HttpExchange exchange, string sid, bool isBusy)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(sid);
        exchange.Handler = engine;
        if (engine.Cors?.Apply(exchange) == CorsResult.Responded)
        {
            return;
        }

        if (isBusy)
        {
            exchange.RefuseForNow();
        }
        else
        {
            engine.Refuse(exchange, Refusal.SessionIdUnknown(sid));
        }
    }

    /// <summary>The connection answers the fault of a body that is collected here: its answer may be read by the page that it is for. On its loop.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="exchange">The POST.</param>
    public static void AddCorsHeaders(this EngineServer engine, HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(exchange);
        _ = engine.Cors?.Apply(exchange);
    }

    /// <summary>The answer to a poll has left this server, and has not reached the client by way of another: as if its connection had been lost. Any thread.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="sid">The session.</param>
    public static void OnAnswerLost(this EngineServer engine, string sid)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(sid);
        if (engine.TryResolve(sid, out var id))
        {
            var table = engine.TableOf(id);
            table.Loop.Post(static lost => ((LostAnswer)lost!).Run(), new LostAnswer(table, id));
        }
    }

    /// <summary>Hands a request on, if its session is another server's and it has not come from one.</summary>
    internal static bool TryRelay(this EngineServer engine, ISessionRelay relay, HttpExchange exchange)
    {
        var head = exchange.Head;
        return !exchange.IsRelayed && QueryString.TryGet(head.Query, "sid"u8, out var sid)
            && RandomId.TryParse(sid, out var id) && !engine.IsNode(id.Node) && QueryString.Count(head.Query, "sid"u8) == 1
            && relay.TryRelay(exchange, sid, id.Node, id.Loop);
    }

    private sealed class LostAnswer(SessionTable table, RandomId id)
    {
        /// <summary>One that polls again has got it.</summary>
        public void Run()
        {
            if (table.Find(id) is { IsReachable: true, Polling: { Poll: PollState.None, Phase: not PollingPhase.Detached } } session)
            {
                session.OnTransportLost(DisconnectReason.TransportError, "poll connection closed prematurely");
            }
        }
    }
}
