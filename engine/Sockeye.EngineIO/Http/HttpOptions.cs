using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO.Http;

/// <summary>Limits and times of the HTTP and WebSocket connections of one server. Read when a connection starts; do not change it afterwards.</summary>
public sealed class HttpOptions
{
    /// <summary>Limits of the request parser.</summary>
    public HttpLimits Limits { get; init; } = new();

    /// <summary>From accept (or from the first byte of a further request) to the end of the head, not prolonged by bytes; then 408.
    /// Default 10 s (uWebSockets 10 s, nginx 60 s, Kestrel 30 s); 0.1 s to 1 h.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may wait between two requests; then it is closed. Default 75 s (nginx 75 s, Kestrel 130 s); 0.1 s to 1 h.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Bytes per second that a body must reach on average once <see cref="BodyGrace"/> is over; then 408. Default 240 (Kestrel); 1 to 2^30.</summary>
    public int MinBodyBytesPerSecond { get; init; } = 240;

    /// <summary>Time at the start of a body during which its rate does not count. Default 5 s (Kestrel); 0.1 s to 1 h.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the end of the head to the end of the body at any rate; then 408. Default 30 s (own); 0.1 s to 1 h.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of a body that nobody asked for which are read and thrown away to keep the connection; a longer one closes it: the answer says so, and what
    /// still comes is thrown away for a while (<see cref="Transport.TransportOptions.LingerTime"/>). Default 65,536 (own); 0 to 2^30.</summary>
    public int MaxDrainBytes { get; init; } = 65536;

    /// <summary>The peer took and acknowledged no byte for this long while data waits: the connection is reset. Checked once per interval, so it ends between one
    /// and two intervals after the last progress. Default 10 s (NATS flush deadline 10 s); 0.1 s to 1 h.</summary>
    public TimeSpan WriteStallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the peer has to answer our WebSocket close frame, anew as long as it still takes what was sent before; then the connection is reset. Default 5 s (own; ws 30 s); 0.1 s to 1 h.</summary>
    public TimeSpan CloseHandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an incoming WebSocket message may stay unfinished; then 1008. Default 30 s (own); 0.1 s to 1 day.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>WebSocket messages and control frames of one connection, or packets of one POST body, handled in one turn of a loop; the rest waits for the next turn,
    /// so that a flood of one does not hold up the others. Default 1,024 (own); 1 to 2^20.</summary>
    public int FramesPerTurn { get; init; } = 1024;

    /// <summary>What is wrong with the values: one sentence for each, none if all are in their ranges.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        var hour = TimeSpan.FromHours(1);
        Time(nameof(HeaderTimeout), HeaderTimeout, hour);
        Time(nameof(KeepAliveTimeout), KeepAliveTimeout, hour);
        Time(nameof(BodyGrace), BodyGrace, hour);
        Time(nameof(BodyTimeout), BodyTimeout, hour);
        Time(nameof(WriteStallTimeout), WriteStallTimeout, hour);
        Time(nameof(CloseHandshakeTimeout), CloseHandshakeTimeout, hour);
        Time(nameof(MessageTimeout), MessageTimeout, TimeSpan.FromDays(1));
        Number(nameof(MinBodyBytesPerSecond), MinBodyBytesPerSecond, 1, 1 << 30);
        Number(nameof(MaxDrainBytes), MaxDrainBytes, 0, 1 << 30);
        Number(nameof(FramesPerTurn), FramesPerTurn, 1, 1 << 20);
        return faults;

        void Time(string name, TimeSpan value, TimeSpan max)
        {
            if (value < TimeSpan.FromSeconds(0.1) || value > max)
            {
                faults.Add($"{name} is {value}; it must be 0.1 s to {max}.");
            }
        }

        void Number(string name, int value, int min, int max)
        {
            if (value < min || value > max)
            {
                faults.Add($"{name} is {value}; it must be {min} to {max}.");
            }
        }
    }

    internal void Check()
    {
        if (Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(' ', faults));
        }
    }
}
