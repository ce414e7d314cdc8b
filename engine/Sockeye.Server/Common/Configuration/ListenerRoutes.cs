using Sockeye.EngineIO.Http;

namespace Sockeye.Server.Common;

/// <summary>What a listener answers (<see cref="ListenerOptions.Routes"/>): names of kinds of routes, and paths. It has no state.</summary>
internal static class ListenerRoutes
{
    private static readonly (string Name, HttpRouteKind Kind)[] s_kinds =
    [
        ("SocketIO", HttpRouteKind.Endpoint), ("Plugins", HttpRouteKind.Plugin), ("Files", HttpRouteKind.Files), ("Application", HttpRouteKind.Application),
    ];

    /// <summary>The names of kinds.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_kinds.Select(static kind => kind.Name)];

    private static string Choices => $"{string.Join(", ", Names)}, or a path such as /plugins/chat";

    /// <summary>What is wrong with the routes, the end of a sentence behind their key for each fault.</summary>
    public static IEnumerable<string> Faults(IList<string>? routes) => routes is { Count: 0 }
        ? [$"is empty, and nothing would answer there; leave it out for all routes, or name {Choices}."]
        : routes?.Select(Fault).OfType<string>() ?? [];

    /// <summary>Whether a listener with these routes answers a route, by its path and kind; null: it answers all.</summary>
    public static Func<string, HttpRouteKind, bool>? Chooser(IList<string>? routes)
    {
        if (routes is null)
        {
            return null;
        }

        var kinds = s_kinds.Where(kind => routes.Contains(kind.Name, StringComparer.OrdinalIgnoreCase)).Select(static kind => kind.Kind).ToHashSet();
        string[] paths = [.. routes.Where(IsPath).Select(static path => path.TrimEnd('/'))];
        return (path, kind) => kinds.Contains(kind) || Array.Exists(paths, above => path.StartsWith(above, StringComparison.Ordinal) && (path.Length == above.Length || path[above.Length] == '/'));
    }

    private static bool IsPath(string route) => route.StartsWith('/');

    private static string? Fault(string route)
    {
        if (IsPath(route))
        {
            return route.All(static c => c is > ' ' and < (char)0x7f and not ('?' or '#')) ? null : $"'{LogText.Escape(route)}' is no path of visible ASCII without '?' and '#'.";
        }

        return Names.Contains(route, StringComparer.OrdinalIgnoreCase) ? null
            : NearName.Find(route, Names) is { } meant ? $"'{LogText.Escape(route)}' is no route; did you mean {meant}?"
            : $"'{LogText.Escape(route)}' is no route; there are {Choices}.";
    }
}
