using Microsoft.Extensions.Logging;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>Settings of an <see cref="HttpServer"/>, read when it is made.</summary>
public sealed class HttpServerOptions
{
    /// <summary>Limits and times of the connections.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>For the transport that the server makes when it is given none.</summary>
    public TransportOptions Transport { get; init; } = new();

    /// <summary>How long <see cref="HttpServer.StopAsync"/> lets connections finish before it resets them. Default 5 s (own); zero resets at once.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Told the rule that a peer has broken, one of a bounded set of names, on whichever loop noticed it: for counters.</summary>
    internal Action<string>? RuleBroken { get; init; }

    /// <summary>The clock by which repeated log lines are limited.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the server logs, category "Sockeye.EngineIO". Default null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
