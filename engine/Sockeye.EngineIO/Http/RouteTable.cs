using System.Text;

namespace Sockeye.EngineIO.Http;

/// <summary>Routes by their paths: exact ones first, then prefixes, the longest first, then what answers the rest. Never changes.</summary>
internal sealed class RouteTable(RouteTable.Route[] exact, RouteTable.Route[] prefixes, IHttpHandler? rest)
{
    internal readonly record struct Route(byte[] Path, IHttpHandler Handler, HttpRouteKind Kind);

    public static RouteTable Empty { get; } = new([], [], null);

    /// <summary>Whether it has no route at all.</summary>
    public bool IsEmpty => exact.Length == 0 && prefixes.Length == 0 && rest is null;

    /// <summary>With one more route, or with another one in the place of that with its path.</summary>
    public RouteTable With(Route route, bool isPrefix)
    {
        if (!isPrefix)
        {
            return new RouteTable(Add(exact, route), prefixes, rest);
        }

        var more = Add(prefixes, route);
        Array.Sort(more, static (a, b) => b.Path.Length - a.Path.Length);
        return new RouteTable(exact, more, rest);
    }

    /// <summary>With another handler for what no route matches; null: none.</summary>
    public RouteTable WithRest(IHttpHandler? handler) => new(exact, prefixes, handler);

    /// <summary>Without the exact path, if it leads to a handler. The same table: it does not.</summary>
    public RouteTable Without(ReadOnlySpan<byte> path, IHttpHandler handler)
    {
        for (var i = 0; i < exact.Length; i++)
        {
            if (exact[i].Handler == handler && path.SequenceEqual(exact[i].Path))
            {
                return new RouteTable([.. exact[..i], .. exact[(i + 1)..]], prefixes, rest);
            }
        }

        return this;
    }

    /// <summary>The routes that somebody chooses by path and kind; what answers the rest is the application's at "*".</summary>
    public RouteTable Where(Func<string, HttpRouteKind, bool> chooses)
    {
        return new RouteTable(Array.FindAll(exact, Chooses), Array.FindAll(prefixes, Chooses), rest is not null && chooses("*", HttpRouteKind.Application) ? rest : null);

        bool Chooses(Route route) => chooses(Encoding.ASCII.GetString(route.Path), route.Kind);
    }

    /// <summary>The handler of a path; null: there is none.</summary>
    public IHttpHandler? Find(ReadOnlySpan<byte> path)
    {
        foreach (ref readonly var route in exact.AsSpan())
        {
            if (path.SequenceEqual(route.Path))
            {
                return route.Handler;
            }
        }

        foreach (ref readonly var route in prefixes.AsSpan())
        {
            if (path.StartsWith(route.Path))
            {
                return route.Handler;
            }
        }

        return rest;
    }

    private static Route[] Add(Route[] routes, Route route)
    {
        var place = Array.FindIndex(routes, known => known.Path.AsSpan().SequenceEqual(route.Path));
        if (place < 0)
        {
            return [.. routes, route];
        }

        Route[] replaced = [.. routes];
        replaced[place] = route;
        return replaced;
    }
}
