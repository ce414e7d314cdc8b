using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Tells of handshakes that look like a mistake on this side: a page whose origin nobody has named, a client of another age, a path at which nothing is served.</summary>
/// <remarks>It owns the origins that were told. Any thread. Lives as long as its engine. At most <see cref="MaxOrigins"/> origins are told, each once; the rest is limited by its logger.</remarks>
internal sealed class HandshakeHints(ILogger logger, CorsPolicy? cors, string path)
{
    /// <summary>Origins that are told (own).</summary>
    public const int MaxOrigins = 16;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _origins = [];

    /// <summary>A session is opened over polling: a browser keeps the answer from a page of another origin, unless the answer allows it.</summary>
    public void OnPolling(HttpExchange exchange)
    {
        if (!exchange.Head.TryGetHeader("Origin"u8, out var origin) || origin.SequenceEqual("null"u8) || (cors is not null && cors.IsAllowed(origin)) || CorsPolicy.IsSameOrigin(exchange, origin))
        {
            return;
        }

        var text = LogText.Escape(Encoding.Latin1.GetString(origin));
        lock (_lock)
        {
            if (_origins.Count == MaxOrigins || !_origins.Add(text))
            {
                return;
            }
        }

        EngineLog.ForeignPage(logger, exchange.RemoteEndPoint, text);
    }

    /// <summary>The client asks for another revision of the protocol.</summary>
    public void OnRevision(HttpExchange exchange) => EngineLog.OldClient(logger, exchange.RemoteEndPoint);

    /// <summary>In the place of what answers where no route does.</summary>
    /// <param name="answer">What answers.</param>
    /// <param name="route">The engine's own path: who asks there for nothing has come to a listener that has not the route, as somebody has wanted.</param>
    public IHttpHandler Beside(IHttpHandler answer, string route) => new Elsewhere(this, answer, Encoding.ASCII.GetBytes(route));

    private sealed class Elsewhere(HandshakeHints hints, IHttpHandler answer, byte[] route) : IHttpHandler
    {
        public void OnRequest(HttpExchange exchange)
        {
            if (!exchange.Head.Path.StartsWith(route))
            {
                hints.OnElsewhere(exchange);
            }

            answer.OnRequest(exchange);
        }
    }

    private void OnElsewhere(HttpExchange exchange)
    {
        if (QueryString.TryGet(exchange.Head.Query, "EIO"u8, out _))
        {
            EngineLog.Elsewhere(logger, exchange.RemoteEndPoint, LogText.Escape(exchange.Head.Path), path);
        }
    }
}
