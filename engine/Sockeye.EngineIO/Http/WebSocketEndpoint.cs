using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Http;

/// <summary>Upgrades requests to sessions of one handler.</summary>
internal sealed class WebSocketEndpoint(IWebSocketHandler handler, WebSocketEndpointOptions options, WebSocketContext server) : IHttpHandler
{
    private readonly WebSocketSessionSettings _settings = new(options.Outbox, options.PausesWhenFull, options.PingInterval, options.IdleTimeout);

    public void OnRequest(HttpExchange exchange)
    {
        if (options.Cors?.Apply(exchange) == CorsResult.Responded)
        {
            return;
        }

        if (server.Budget?.IsRefusing() is true)
        {
            server.RuleBroken?.Invoke(BrokenRules.MemoryBudget);
            exchange.RefuseForNow();
        }
        else if (exchange.ValidateUpgrade() && TrySelect(exchange, out var subprotocol))
        {
            var session = new WebSocketSession(exchange.Head, handler, _settings, server.Logger);
            session.Open(exchange.Upgrade(session, options.Limits, subprotocol), subprotocol);
        }
    }

    // False: the application has failed, and the request is answered.
    private bool TrySelect(HttpExchange exchange, out string? subprotocol)
    {
        subprotocol = null;
        var offered = WebSockets.Subprotocols.Offered(exchange.Head);
        if (offered.Count == 0)
        {
            return true;
        }

        if (options.SelectSubprotocol is not { } select)
        {
            subprotocol = options.Subprotocols.Count == 0 ? offered[0] : options.Subprotocols.FirstOrDefault(offered.Contains);
            return true;
        }

        try
        {
            subprotocol = WebSockets.Subprotocols.Check(select(exchange.Head, offered), offered);
            return true;
        }
        catch (Exception exception)
        {
            ChannelLog.RequestHandlerFailed(server.Logger, exchange.Head.MethodText, LogText.Escape(exchange.Head.Path), exception);
            exchange.RespondAndClose(400, null, default);
            return false;
        }
    }
}
