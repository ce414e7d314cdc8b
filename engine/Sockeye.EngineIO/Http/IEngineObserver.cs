namespace Sockeye.EngineIO;

/// <summary>Watches an <see cref="Http.HttpServer"/> and the engines on it, for counters and alarms: given with <see cref="Http.HttpServerOptions.Observer"/>.</summary>
/// <remarks>It is called where things happen, so it returns quickly and never waits. What it throws is logged and goes no further.</remarks>
public interface IEngineObserver
{
    /// <summary>A peer has broken a rule of HTTP, WebSocket or Engine.IO, or met a limit. On the loop of its connection.</summary>
    /// <param name="rule">One of <see cref="BrokenRules.All"/>, never a peer's text: <c>http_header_timeout</c> for example.</param>
    void OnRuleBroken(string rule);

    /// <summary>Messages to clients of Engine.IO were dropped. Any thread.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="count">How many, at least 1.</param>
    void OnMessagesDropped(OutboxDrop reason, long count);

    /// <summary>A request of Engine.IO was refused. On the loop of its connection, before the answer.</summary>
    /// <param name="refusal">What the client is told, and more.</param>
    void OnConnectionError(EngineConnectionError refusal);

    /// <summary>The answer to a ping of Engine.IO has come. On the loop of the session.</summary>
    /// <param name="roundTrip">From the turn that has sent the ping, over polling from the one that has queued it, to the turn that has read the answer: the network both ways, the client, and what waited in front.</param>
    void OnHeartbeat(TimeSpan roundTrip)
    {
    }
}
