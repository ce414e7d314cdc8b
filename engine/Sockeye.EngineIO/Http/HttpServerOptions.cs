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

    /// <summary>Who is told what peers do wrong, here and in the engines on this server. Default null: nobody.</summary>
    public IEngineObserver? Observer { get; init; }

    /// <summary>The clock by which repeated log lines are limited. Default null: the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Where the server logs, category "Sockeye.EngineIO". Default null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
