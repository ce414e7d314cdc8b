using System.Net;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>End points under one name, with a limit of connections and routes of their own: a listener as its operator sees it, who may mean several addresses by one (<c>localhost</c>).</summary>
/// <remarks>Any thread. It belongs to the one <see cref="HttpServer"/> that is started with it, and lives as long.</remarks>
public sealed class HttpListenerGroup
{
    private readonly Lock _lock = new();
    private Func<string, HttpRouteKind, bool>? _answers;
    private HttpRouter.View? _routes;

    /// <summary>Says where to listen, under which name.</summary>
    /// <param name="name">The name in logs and reports.</param>
    /// <param name="endPoints">Where; port 0 takes a free one.</param>
    public HttpListenerGroup(string name, IEnumerable<IPEndPoint> endPoints)
    {
        ArgumentNullException.ThrowIfNull(endPoints);
        Limit = new ListenerLimit(name);
        EndPoints = [.. endPoints];
    }

    /// <summary>Its name.</summary>
    public string Name => Limit.Name;

    /// <summary>Where it listens; with the real ports once it does.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; internal set; }

    /// <summary>How many connections there may be, and are. May be changed at any time.</summary>
    public ListenerLimit Limit { get; }

    /// <summary>Which routes it has, by their path and kind; what the application answers where no route matches is its route <c>*</c>. A route that it has not is not there: another one that matches answers, or nobody does (404).
    /// Null, as at first: all. May be changed at any time; requests that a route has taken go on.</summary>
    public Func<string, HttpRouteKind, bool>? Answers
    {
        get => _answers;
        set
        {
            lock (_lock)
            {
                _answers = value;
                if (_routes is { } routes)
                {
                    routes.Answers = value;
                }
            }
        }
    }

    /// <summary>Whether a route of its server answers here now: if not, every request gets what <see cref="HttpRouter.Default"/> says. False before the server listens.</summary>
    public bool HasRoutes => _routes is { IsEmpty: false };

    /// <summary>Its routes on its server, before that listens.</summary>
    internal IHttpHandler RoutesOf(HttpRouter router)
    {
        lock (_lock)
        {
            _routes ??= router.For();
            _routes.Answers = _answers;
            return _routes;
        }
    }
}
