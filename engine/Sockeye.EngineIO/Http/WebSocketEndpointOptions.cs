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

    /// <summary>Sub-protocols that the endpoint speaks, the preferred first: of those that a client offers the first of this list is chosen, or none. Default: empty, which chooses the
    /// first that the client offers (as the ws library).</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Chooses the sub-protocol instead, of those that the client offers, in its order; null: none. Asked on the loop when at least one is offered. If it throws, or returns one
    /// that was not offered, the request gets 400. Default null: as <see cref="Subprotocols"/> say.</summary>
    public Func<HttpRequestHead, IReadOnlyList<string>, string?>? SelectSubprotocol { get; init; }

    /// <summary>How long a client may be silent until it is pinged. Default 25 s (as Engine.IO's); 10 ms to 1 day, or <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a client may be silent, the answers to pings included, until its connection is closed with 1001. While the client is not read, since its outbox is full, the time
    /// does not run. Looked at once in each <see cref="PingInterval"/>, so it ends up to one such interval later. Default 120 s (uWebSockets); 10 ms to 1 day, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>What is wrong with the values: one sentence for each, none if all are in their ranges.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        Time(nameof(PingInterval), PingInterval);
        Time(nameof(IdleTimeout), IdleTimeout);
        foreach (var name in Subprotocols)
        {
            if (!HttpResponseHead.IsValidHeaderName(name))
            {
                faults.Add($"{nameof(Subprotocols)}: '{LogText.Escape(name ?? "")}' is no token.");
            }
        }

        return faults;

        void Time(string name, TimeSpan value)
        {
            if (value != Timeout.InfiniteTimeSpan && (value < TimeSpan.FromMilliseconds(10) || value > TimeSpan.FromDays(1)))
            {
                faults.Add($"{name} is {value}; it must be 10 ms to 1 day, or infinite.");
            }
        }
    }

    /// <summary>Who may connect from pages of other origins. Default null: pages of every origin; what cookies authenticate needs a policy.</summary>
    public CorsPolicy? Cors { get; init; }
}
