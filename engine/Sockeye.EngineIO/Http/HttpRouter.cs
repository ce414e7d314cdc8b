using System.Text;

namespace Sockeye.EngineIO.Http;

/// <summary>Chooses the handler of a request by its path: exact paths first, then the longest prefix, then <see cref="Default"/> (404).</summary>
/// <remarks>Any thread, also while the server runs: a request finds the routes of before a change or those after it. Paths are compared byte by byte (case matters) with the request's path without
/// its query, percent-decoded once.</remarks>
public sealed class HttpRouter : IHttpHandler
{
    private readonly record struct Route(byte[] Path, IHttpHandler Handler);

    private readonly Lock _lock = new();
    private Route[] _exact = [];
    private Route[] _prefixes = [];

    /// <summary>Answers what no route matches. Default: 404 with an empty body.</summary>
    public IHttpHandler Default { get; set; } = new StatusHandler(404);

    /// <summary>Adds a route, or replaces the one with the same path.</summary>
    /// <param name="path">An absolute path of visible ASCII without query, such as "/health".</param>
    /// <param name="handler">Answers its requests.</param>
    /// <param name="prefix">Whether every path that begins with <paramref name="path"/> matches.</param>
    public void Map(string path, IHttpHandler handler, bool prefix = false)
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

        var route = new Route(Encoding.ASCII.GetBytes(path), handler);
        lock (_lock)
        {
            if (prefix)
            {
                var prefixes = Add(_prefixes, route);
                Array.Sort(prefixes, static (a, b) => b.Path.Length - a.Path.Length);
                Volatile.Write(ref _prefixes, prefixes);
            }
            else
            {
                Volatile.Write(ref _exact, Add(_exact, route));
            }
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
        var bytes = Encoding.ASCII.GetBytes(path);
        lock (_lock)
        {
            var left = Array.FindAll(_exact, route => route.Handler != handler || !route.Path.AsSpan().SequenceEqual(bytes));
            var isGone = left.Length < _exact.Length;
            Volatile.Write(ref _exact, left);
            return isGone;
        }
    }

    /// <summary>The handler of a path.</summary>
    public IHttpHandler Find(ReadOnlySpan<byte> path)
    {
        foreach (ref readonly var route in Volatile.Read(ref _exact).AsSpan())
        {
            if (path.SequenceEqual(route.Path))
            {
                return route.Handler;
            }
        }

        foreach (ref readonly var route in Volatile.Read(ref _prefixes).AsSpan())
        {
            if (path.StartsWith(route.Path))
            {
                return route.Handler;
            }
        }

        return Default;
    }

    /// <inheritdoc/>
    public void OnRequest(HttpExchange exchange)
    {
        var handler = Find(exchange.Head.Path);
        exchange.Handler = handler;
        handler.OnRequest(exchange);
    }

    private static Route[] Add(Route[] routes, Route route)
    {
        for (var i = 0; i < routes.Length; i++)
        {
            if (routes[i].Path.AsSpan().SequenceEqual(route.Path))
            {
                Route[] replaced = [.. routes];
                replaced[i] = route;
                return replaced;
            }
        }

        return [.. routes, route];
    }

    private sealed class StatusHandler(int status) : IHttpHandler
    {
        public void OnRequest(HttpExchange exchange) => exchange.Respond(status, null, default);
    }
}
