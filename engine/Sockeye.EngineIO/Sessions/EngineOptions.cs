using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO;

/// <summary>Options of an <see cref="EngineServer"/>. Plain data, read when the server is created; do not change it afterwards.</summary>
public sealed class EngineOptions
{
    /// <summary>Where the server answers: every path that begins with it, after <see cref="AddTrailingSlash"/> is applied. Default "/engine.io" (Engine.IO).</summary>
    public string Path { get; set; } = "/engine.io";

    /// <summary>Whether <see cref="Path"/> is completed with a slash. Default true (Engine.IO).</summary>
    public bool AddTrailingSlash { get; set; } = true;

    /// <summary>The time between opening or a pong and the next ping. Default 25 s (Engine.IO); 10 ms to 1 day.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a client that received a ping may stay silent. Default 20 s (Engine.IO); 10 ms to 1 day.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a probing WebSocket has to complete its upgrade; then it is closed and the session lives on. Default 10 s (Engine.IO); 10 ms to 1 h.</summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closed session waits for its client to fetch what was queued. Default 30 s (Engine.IO); 10 ms to 1 h.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the application may take with a request: its middleware (all of it together), <see cref="AllowRequestAsync"/> and <see cref="GenerateIdAsync"/>, each on its own;
    /// then the request is refused. Default 5 s (own); 10 ms to 1 h.</summary>
    public TimeSpan HookTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of one WebSocket message or one POST body of a client; announced as maxPayload. Over it: 1009 or 413, and the session closes.
    /// Default 1,000,000 (Engine.IO); 1 to 2^30.</summary>
    public int MaxPayloadBytes { get; set; } = 1_000_000;

    /// <summary>Packets in one POST body. Over it: 400, and the session closes. Default 65,536 (JavaScript clients fill a body up to maxPayload); 1 to 2^20.</summary>
    public int MaxPacketsPerPayload { get; set; } = 65536;

    /// <summary>Sessions at one time, the closed ones included whose client has not fetched the end yet; a further handshake gets 503 with Retry-After.
    /// Default 65,536 (own, as the connections of NATS); 1 to 2^24.</summary>
    public int MaxSessions { get; set; } = 65536;

    /// <summary>Packets in one poll answer. Default 16 (python-engineio takes no more); 1 to 2^20.</summary>
    public int MaxPacketsPerPollAnswer { get; set; } = 16;

    /// <summary>Bytes after which a poll answer takes no further packet; the first packet may be larger. Default 1,000,000 (own, as maxPayload); 1 to 2^30.</summary>
    public int MaxPollAnswerBytes { get; set; } = 1_000_000;

    /// <summary>The transports that are offered. Default all.</summary>
    public EngineTransports Transports { get; set; } = EngineTransports.All;

    /// <summary>Whether a polling session may change to WebSocket. Default true (Engine.IO).</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>The cookie of the polling handshake's response; null: none. It is never read back. Default null (Engine.IO).</summary>
    public CookieOptions? Cookie { get; set; }

    /// <summary>Which origins may call; null: no CORS headers. Default null (Engine.IO).</summary>
    public CorsOptions? Cors { get; set; }

    /// <summary>A text message that each new session receives right behind its handshake; null: none. Default null (Engine.IO's initialPacket).</summary>
    public string? InitialMessage { get; set; }

    /// <summary>Decides about a handshake on the loop, without waiting. Asked before <see cref="AllowRequestAsync"/>. If it throws, the request is refused.</summary>
    public Func<EngineRequest, AllowRequestResult>? AllowRequest { get; set; }

    /// <summary>Decides about a handshake; the request is held until then, at most <see cref="HookTimeout"/>. If it throws, the request is refused.</summary>
    public Func<EngineRequest, ValueTask<AllowRequestResult>>? AllowRequestAsync { get; set; }

    /// <summary>Makes the id of a new session in place of the engine: 16 to 128 letters, digits, '-' or '_'. Whoever knows the id is the client, so it must be as hard to guess as
    /// 88 random bits. If it throws, or a session has the id already, the handshake gets 400. Ids of one's own name neither node nor loop: before several nodes, a balancer
    /// has to send all requests of a session to its node. Called on the loop. Default null.</summary>
    public Func<EngineRequest, string>? GenerateId { get; set; }

    /// <summary>As <see cref="GenerateId"/>, for what has to wait; the request is held until then, at most <see cref="HookTimeout"/>. Only one of both may be set.</summary>
    public Func<EngineRequest, ValueTask<string>>? GenerateIdAsync { get; set; }

    /// <summary>Chooses the subprotocol of a WebSocket, at its handshake or upgrade, of those that the client offers, in its order; null: none. Asked on the loop when at least one is
    /// offered. If it throws, or returns one that was not offered, the request gets 400. Default null: the first that is offered (as the reference).</summary>
    public Func<EngineRequest, IReadOnlyList<string>, string?>? SelectSubprotocol { get; set; }

    /// <summary>Adds headers to the first response of a session: the polling handshake or the 101 that opens it.</summary>
    public EngineHeadersHook? InitialHeaders { get; set; }

    /// <summary>Adds headers to every response of a session: polling answers and each 101.</summary>
    public EngineHeadersHook? Headers { get; set; }

    /// <summary>Bounds of each session's queue of outgoing messages.</summary>
    public OutboxOptions Outbox { get; set; } = new();

    /// <summary>Bytes that the engine may hold in this process, of all servers together: outgoing messages, buffers, unfinished and paused input, kept heads and auth payloads.
    /// Above 80 % of it new handshakes get 503 with Retry-After, and strangers and HTTP answers that are not read are closed; above 95 % the connections for which the most is held are closed. Default null (own): half of the memory that the process may use, by its container or the machine; 65,536 to 2^62.</summary>
    public long? MemoryBudgetBytes { get; set; }

    /// <summary>The node in the id of each session and of each socket, 0 to 2^24 - 1; null: random. Default null.</summary>
    public int? NodeId { get; set; }

    /// <summary>The clock by which repeated log lines are limited. Default null: the system's.</summary>
    public TimeProvider? Time { get; set; }

    /// <summary>Loggers; null: none.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    internal List<EngineMiddleware> Middleware { get; } = [];

    /// <summary>Adds middleware for every request of <see cref="Path"/>. It runs in the order in which it was added, behind CORS and before the engine looks at the request. If it throws, or takes longer
    /// than <see cref="HookTimeout"/>, the request gets 400 with code 3, and <see cref="IEngineObserver.OnConnectionError"/> says MIDDLEWARE_FAILURE.</summary>
    /// <returns>These options.</returns>
    [OverloadResolutionPriority(1)]
    public EngineOptions Use(EngineMiddleware middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Middleware.Add(middleware);
        return this;
    }

    /// <summary>As <see cref="Use(EngineMiddleware)"/>.</summary>
    /// <returns>These options.</returns>
    public EngineOptions Use(Func<EngineMiddlewareContext, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        return Use(context => new ValueTask(middleware(context)));
    }

    /// <summary>As <see cref="Use(EngineMiddleware)"/>, for what never waits.</summary>
    /// <returns>These options.</returns>
    public EngineOptions Use(Action<EngineMiddlewareContext> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        return Use(context =>
        {
            middleware(context);
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>All faults, each with the name of its option; empty if there are none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (string.IsNullOrEmpty(Path) || Path[0] != '/' || Path.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || Path.AsSpan().IndexOfAny("?#") >= 0)
        {
            faults.Add($"{nameof(Path)} is '{LogText.Escape(Path ?? "")}'; it must begin with '/' and be visible ASCII without '?' and '#'.");
        }

        Between(nameof(PingInterval), PingInterval, TimeSpan.FromDays(1));
        Between(nameof(PingTimeout), PingTimeout, TimeSpan.FromDays(1));
        Between(nameof(UpgradeTimeout), UpgradeTimeout, TimeSpan.FromHours(1));
        Between(nameof(CloseTimeout), CloseTimeout, TimeSpan.FromHours(1));
        Between(nameof(HookTimeout), HookTimeout, TimeSpan.FromHours(1));
        UpTo(nameof(MaxPayloadBytes), MaxPayloadBytes, 1 << 30);
        UpTo(nameof(MaxPacketsPerPayload), MaxPacketsPerPayload, 1 << 20);
        UpTo(nameof(MaxSessions), MaxSessions, 1 << 24);
        UpTo(nameof(MaxPacketsPerPollAnswer), MaxPacketsPerPollAnswer, 1 << 20);
        UpTo(nameof(MaxPollAnswerBytes), MaxPollAnswerBytes, 1 << 30);
        if (Transports == EngineTransports.None || (Transports & ~EngineTransports.All) != 0)
        {
            faults.Add($"{nameof(Transports)} is {Transports}; it must be at least one of the known transports.");
        }

        if (GenerateId is not null && GenerateIdAsync is not null)
        {
            faults.Add($"{nameof(GenerateId)}: not together with {nameof(GenerateIdAsync)}.");
        }

        if (MemoryBudgetBytes is < 65536 or > 1L << 62)
        {
            faults.Add($"{nameof(MemoryBudgetBytes)} is {MemoryBudgetBytes}; it must be 65536 to {1L << 62}.");
        }

        if (NodeId is < 0 or >= 1 << 24)
        {
            faults.Add($"{nameof(NodeId)} is {NodeId}; it must be 0 to {(1 << 24) - 1}.");
        }

        Made(nameof(Cookie), () => Cookie?.Format("0"));
        Made(nameof(Cors), () => Cors is null ? null : new CorsPolicy(Cors));
        return faults;

        // The objects that are made of these options check them, and would find the fault with the first client only.
        void Made(string name, Func<object?> make)
        {
            try
            {
                _ = make();
            }
            catch (ArgumentException fault)
            {
                // Behind the sentence stand the parameter and the value.
                faults.Add($"{name}: {fault.Message.Split(" (Parameter", 2)[0]}");
            }
        }

        void Between(string name, TimeSpan value, TimeSpan max)
        {
            if (value < TimeSpan.FromMilliseconds(10) || value > max)
            {
                faults.Add($"{name} is {value}; it must be 10 ms to {max}.");
            }
        }

        void UpTo(string name, int value, int max)
        {
            if (value < 1 || value > max)
            {
                faults.Add($"{name} is {value}; it must be 1 to {max}.");
            }
        }
    }
}
