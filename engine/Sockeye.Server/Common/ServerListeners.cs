using System.Net;
using Sockeye.EngineIO.Http;
using Sockeye.Inspection;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>Where a server listens: its urls and what was handed over to it under one name, and its named listeners with what holds there.</summary>
/// <remarks>It owns the groups of the HTTP server. Made with the server, and lives as long. Any thread, <see cref="Take"/> one call after the other.</remarks>
internal sealed class ServerListeners
{
    private const string DefaultUrl = "http://127.0.0.1:3000";

    private readonly HttpListenerGroup[] _named;
    private IReadOnlyDictionary<string, IReadOnlyList<string>?> _routes = new Dictionary<string, IReadOnlyList<string>?>();
    private HttpListenerGroup[] _silent = [];

    /// <param name="options">Valid options.</param>
    /// <param name="inherited">Sockets that were handed over: each takes the place of a url with its port.</param>
    public ServerListeners(SockeyeServerOptions options, IReadOnlyList<InheritedListener> inherited)
    {
        var urls = options.Urls.Count + options.Listeners.Count + inherited.Count == 0 ? [DefaultUrl] : options.Urls;
        (string Name, IPEndPoint[] EndPoints)[] wanted =
        [
            (HttpServer.DefaultName, [.. urls.SelectMany(ServerUrl.Parse)]),
            .. options.Listeners.Select(static listener => (listener.Key, ServerUrl.Parse(listener.Value.Url!))),
        ];
        var sockets = inherited.ToLookup(socket => OwnerOf(socket.EndPoint, wanted), static socket => socket.EndPoint);
        HttpListenerGroup[] all = [.. wanted.Select(listener => new HttpListenerGroup(
            listener.Name, [.. sockets[listener.Name], .. listener.EndPoints.Where(endPoint => sockets[listener.Name].All(socket => socket.Port != endPoint.Port))]))];
        _named = all[1..];
        All = all[0].EndPoints.Count > 0 ? all : _named;
        Take(options);
    }

    /// <summary>All of them, that of the urls first.</summary>
    public IReadOnlyList<HttpListenerGroup> All { get; }

    /// <summary>Takes the limits and routes of listeners that are there; where one listens holds until the next start.</summary>
    /// <param name="options">Valid options.</param>
    public void Take(SockeyeServerOptions options)
    {
        // One that is gone from the options stays as it is.
        Dictionary<string, IReadOnlyList<string>?> routes = new(_routes);
        foreach (var listener in _named)
        {
            if (options.Listeners.TryGetValue(listener.Name, out var own))
            {
                routes[listener.Name] = own.Routes is { } named ? [.. named] : null;
                listener.Limit.MaxConnections = own.MaxConnections ?? 0;
                listener.Answers = ListenerRoutes.Chooser(own.Routes);
            }
        }

        Volatile.Write(ref _routes, routes);
    }

    /// <summary>Those on which no route answers since this was asked last: their routes leave nothing of what this server has. One call after the other, while the server listens.</summary>
    public IReadOnlyList<ServerListener> NewlySilent()
    {
        var silent = Array.FindAll(_named, static listener => !listener.HasRoutes);
        var found = silent.Except(_silent).Select(Describe).ToArray();
        _silent = silent;
        return found;
    }

    /// <summary>How they are now.</summary>
    public IReadOnlyList<ServerListener> Describe() => [.. All.Select(Describe)];

    /// <summary>End points as texts with the names of those listeners that have one.</summary>
    public IEnumerable<string> Shown(string scheme) => All.SelectMany(listener =>
        listener.EndPoints.Select(endPoint => listener.Name == HttpServer.DefaultName ? $"{scheme}{endPoint}" : $"{scheme}{endPoint} ({listener.Name})"));

    private ServerListener Describe(HttpListenerGroup listener) => new(
        listener.Name, listener.EndPoints, listener.Limit.ConnectionCount, listener.Limit.MaxConnections is > 0 and var most ? most : null, listener.Limit.Pauses, Volatile.Read(ref _routes).GetValueOrDefault(listener.Name));

    /// <summary>Whose a socket is that was handed over: the listener's of its end point, else of its port, else that of the urls.</summary>
    private static string OwnerOf(IPEndPoint socket, (string Name, IPEndPoint[] EndPoints)[] listeners) =>
        (Array.Find(listeners, listener => listener.EndPoints.Contains(socket)).Name
            ?? Array.Find(listeners, listener => Array.Exists(listener.EndPoints, wanted => wanted.Port == socket.Port)).Name)
        ?? HttpServer.DefaultName;
}
