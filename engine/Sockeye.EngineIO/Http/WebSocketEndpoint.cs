using System.Text;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Http;

/// <summary>Settings of a plain WebSocket endpoint.</summary>
public sealed class WebSocketEndpointOptions
{
    /// <summary>Limits of incoming messages. An echo for messages of 64 MiB in 100,000 fragments sets both members.</summary>
    public WebSocketLimits Limits { get; init; } = WebSocketLimits.Default;

    /// <summary>Bounds of each session's outbox.</summary>
    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>Whether a session is not read while its outbox is at or above the high mark. Default true.</summary>
    public bool PausesWhenFull { get; init; } = true;

    /// <summary>Sub-protocols that the endpoint speaks, the preferred first; of those that a client offers the first of this list is chosen. Default: none.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Who may connect from pages of other origins. Default null: pages of every origin; what cookies authenticate needs a policy.</summary>
    public CorsPolicy? Cors { get; init; }
}

/// <summary>Upgrades requests to sessions of one handler.</summary>
internal sealed class WebSocketEndpoint(IWebSocketHandler handler, WebSocketEndpointOptions options, WebSocketContext server) : IHttpHandler
{
    public void OnRequest(HttpExchange exchange)
    {
        if (options.Cors?.Apply(exchange) == CorsResult.Responded)
        {
            return;
        }

        if (server.Budget?.IsRefusing() is true)
        {
            server.RuleBroken?.Invoke(IMemoryBudget.Rule);
            exchange.RefuseForNow();
        }
        else if (exchange.ValidateUpgrade())
        {
            string? subprotocol = Choose(exchange.Head);
            var session = new WebSocketSession(exchange.Head, handler, options.Outbox, options.PausesWhenFull, server.Logger);
            session.Open(exchange.Upgrade(session, options.Limits, subprotocol), subprotocol);
        }
    }

    private string? Choose(HttpRequestHead head)
    {
        foreach (string wanted in options.Subprotocols)
        {
            for (int i = 0; i < head.HeaderCount; i++)
            {
                if (Ascii.EqualsIgnoreCase(head.HeaderName(i), "Sec-WebSocket-Protocol"u8) && Lists(head.HeaderValue(i), wanted))
                {
                    return wanted;
                }
            }
        }

        return null;
    }

    private static bool Lists(ReadOnlySpan<byte> value, string wanted)
    {
        foreach (Range range in value.Split((byte)','))
        {
            if (Ascii.Equals(value[range].Trim(" \t"u8), wanted))
            {
                return true;
            }
        }

        return false;
    }
}
