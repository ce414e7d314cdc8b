using System.Text;

namespace Sockeye.EngineIO.Http;

/// <summary>Chooses the handler of a request by its path: exact paths first, then the longest prefix, then <see cref="Default"/> (404).</summary>
/// <remarks>Any thread, also while the server runs: a request finds the routes of before a change or those after it. Paths are compared byte by byte (case matters) with the request's path without
/// its query, percent-decoded once. A listener that has not all routes (<see cref="HttpListenerGroup.Answers"/>) looks into a table of its own, which is made when routes change: a request costs the same there.</remarks>
public sealed class HttpRouter : IHttpHandler
{
    private readonly Lock _lock = new();
    private readonly List<View> _views = [];
    private RouteTable _table = RouteTable.Empty;

    /// <summary>Answers what no route matches. Default: 404 with an empty body.</summary>
    public IHttpHandler Default { get; set; } = new StatusHandler(404);

    /// <summary>Adds a route, or replaces the one with the same path.</summary>
    /// <param name="path">An absolute path of visible ASCII without query, such as "/health".</param>
    /// <param name="handler">Answers its requests.</param>
    /// <param name="prefix">Whether every path that begins with <paramref name="path"/> matches.</param>
    /// <param name="kind">Whose it is.</param>
    public void Map(string path, IHttpHandler handler, bool prefix = false, HttpRouteKind kind = HttpRouteKind.Application)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(handler);
        if (path.Length == 0 || path[0] != '/')
        {
            throw new ArgumentException($"A route's path begins with '/', '{path}' does not.", nameof(path));
        }

        foreach (var c in path)
        {
            if (c is <= ' ' or >= (char)0x7f or '?' or '#')
            {
                throw new ArgumentException($"A route's path is visible ASCII without '?' and '#': '{path}' is not.", nameof(path));
            }
        }

        lock (_lock)
        {
            Become(_table.With(new RouteTable.Route(Encoding.ASCII.GetBytes(path), handler, kind), prefix));
        }
    }

    /// <summary>Removes the route of an exact path, if it still leads to a handler. Requests that it has taken go on.</summary>
    /// <param name="path">The path.</param>
    /// <param name="handler">The handler that it was mapped to.</param>
    /// <returns>False: the path has no route, or one to another handler.</returns>
    public bool Unmap(string path, IHttpHandler handler)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(handler);
        lock (_lock)
        {
            var left = _table.Without(Encoding.ASCII.GetBytes(path), handler);
            var isGone = left != _table;
            Become(left);
            return isGone;
        }
    }

    /// <summary>The handler of a path.</summary>
    public IHttpHandler Find(ReadOnlySpan<byte> path) => Volatile.Read(ref _table).Find(path) ?? Default;

    /// <inheritdoc/>
    public void OnRequest(HttpExchange exchange) => Dispatch(exchange, Find(exchange.Head.Path));

    /// <summary>Answers what no route matches, as a route of the application that a listener may have or not.</summary>
    internal void MapRest(IHttpHandler handler)
    {
        lock (_lock)
        {
            Become(_table.WithRest(handler));
        }
    }

    /// <summary>The routes for a listener, which may choose others at any time (<see cref="View.Answers"/>). It lives as long as the router.</summary>
    internal View For()
    {
        lock (_lock)
        {
            var view = new View(this);
            _views.Add(view);
            return view;
        }
    }

    private static void Dispatch(HttpExchange exchange, IHttpHandler handler)
    {
        exchange.Handler = handler;
        handler.OnRequest(exchange);
    }

    // Lock.
    private void Become(RouteTable table)
    {
        Volatile.Write(ref _table, table);
        _views.ForEach(static view => view.Update());
    }

    /// <summary>The router as a listener has it: a route that it has not is not there.</summary>
    internal sealed class View(HttpRouter router) : IHttpHandler
    {
        private Func<string, HttpRouteKind, bool>? _answers;
        private RouteTable _table = router._table;

        /// <summary>Chooses routes by path and kind; null: all.</summary>
        public Func<string, HttpRouteKind, bool>? Answers
        {
            get => Volatile.Read(ref _answers);
            set
            {
                lock (router._lock)
                {
                    Volatile.Write(ref _answers, value);
                    Update();
                }
            }
        }

        /// <summary>Whether nothing answers here.</summary>
        public bool IsEmpty => Volatile.Read(ref _table).IsEmpty;

        /// <inheritdoc/>
        public void OnRequest(HttpExchange exchange) => Dispatch(exchange, Volatile.Read(ref _table).Find(exchange.Head.Path) ?? router.Default);

        // Lock of the router.
        public void Update() => Volatile.Write(ref _table, _answers is { } answers ? router._table.Where(answers) : router._table);
    }

    private sealed class StatusHandler(int status) : IHttpHandler
    {
        public void OnRequest(HttpExchange exchange) => exchange.Respond(status, null, default);
    }
}
