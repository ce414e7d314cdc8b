using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Plugins;
using Sockeye.Protocol.Http;
using Sockeye.Server.Common;

namespace Sockeye.Server.Plugins;

/// <summary>The HTTP routes of one generation of a plugin, below <c>/plugins/&lt;id&gt;</c>.</summary>
/// <remarks>It owns its routes. Any thread. They answer from <see cref="Open"/> to <see cref="Close"/>; of two generations each path changes over with one write, and one that only the old has answers no more.</remarks>
internal sealed class PluginRoutes(PluginGeneration owner, HttpRouter router, LargeBodies bodies)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PluginRoute> _byPath = new(StringComparer.Ordinal);
    private bool _isOpen;
    private bool _isClosed;

    /// <exception cref="ArgumentException">The method or the path is none that is answered, or is mapped already.</exception>
    public void Map(string method, string path, PluginHttpHandler handler, int maxBodyBytes)
    {
        var isPost = method switch
        {
            "GET" => false,
            "POST" => true,
            _ => throw new ArgumentException($"A route answers GET or POST, not \"{method}\".", nameof(method)),
        };
        if (!IsPath(path))
        {
            throw new ArgumentException($"A path below the plugin's begins with '/' and is visible ASCII without '?', '#' and '%': \"{path}\" is not.", nameof(path));
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, owner.Entry.Plugin);
            var route = _byPath.GetValueOrDefault(path);
            if (isPost ? route?.Post is not null : route?.Get is not null)
            {
                throw new ArgumentException($"{method} {path} is mapped already.", nameof(path));
            }

            // A route never changes: requests that it has taken see what it was.
            route = isPost ? new PluginRoute(owner, bodies, path, route?.Get, handler, maxBodyBytes) : new PluginRoute(owner, bodies, path, handler, route?.Post, route?.MaxBodyBytes ?? 0);
            _byPath[path] = route;
            if (_isOpen)
            {
                router.Map(Full(path), route, kind: HttpRouteKind.Plugin);
            }
        }
    }

    /// <summary>Its routes answer from now on.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = !_isClosed;
            foreach (var (path, route) in _byPath)
            {
                router.Map(Full(path), route, kind: HttpRouteKind.Plugin);
            }
        }
    }

    /// <summary>Its routes answer no more, unless another generation has taken them over.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var (path, route) in _byPath)
            {
                router.Unmap(Full(path), route);
            }

            _byPath.Clear();
        }
    }

    private static bool IsPath(string path)
    {
        if (path.Length is 0 or > 1024 || path[0] != '/')
        {
            return false;
        }

        foreach (var c in path)
        {
            if (c is <= ' ' or >= (char)0x7f or '?' or '#' or '%')
            {
                return false;
            }
        }

        return true;
    }

    private string Full(string path) => $"/plugins/{owner.Id}{path}";
}

/// <summary>One path of a plugin. Never changes.</summary>
/// <remarks>On the loop of the request's connection. A handler that awaits comes back there, whatever it has awaited. One that fails is answered with 500 and without details, and told to its plugin alone.
/// A large body has its part of <see cref="LargeBodies"/> from its head until its handler has ended.</remarks>
internal sealed class PluginRoute(PluginGeneration owner, LargeBodies bodies, string path, PluginHttpHandler? get, PluginHttpHandler? post, int maxBodyBytes) : IHttpHandler
{
    public PluginHttpHandler? Get => get;

    public PluginHttpHandler? Post => post;

    /// <summary>Bytes of the largest body.</summary>
    public int MaxBodyBytes => maxBodyBytes;

    /// <inheritdoc />
    public void OnRequest(HttpExchange exchange)
    {
        var method = exchange.Head.MethodText;
        if (method is "GET" or "HEAD" && get is not null)
        {
            Begin(exchange, get, default);
        }
        else if (method == "POST" && post is not null)
        {
            // Who goes away before the whole body has come has asked for nothing.
            ReadBody(exchange);
        }
        else
        {
            exchange.AddHeader("Allow", get is null ? "POST" : post is null ? "GET, HEAD" : "GET, HEAD, POST");
            exchange.Respond(405, null, default);
        }
    }

    /// <inheritdoc />
    public void OnBody(HttpExchange exchange, ReadOnlySpan<byte> body) => Begin(exchange, post!, body.ToArray());

    private void ReadBody(HttpExchange exchange)
    {
        // One that says to be too long is answered with 413 and needs no room.
        var head = exchange.Head;
        var room = !head.HasBody || head.ContentLength > maxBodyBytes ? 0 : LargeBodies.RoomFor(head.ContentLength, maxBodyBytes);
        if (!bodies.TryTake(room))
        {
            exchange.AddHeader("Retry-After", "5");
            exchange.AppendHeader("Cache-Control", "no-store");
            exchange.RespondAndClose(503, null, default);
            return;
        }

        if (room > 0)
        {
            exchange.Handler = new LargeBody(this, bodies, room);
        }

        exchange.ReadBody(maxBodyBytes);
    }

    private void Begin(HttpExchange exchange, PluginHttpHandler handler, ReadOnlyMemory<byte> body, long room = 0)
    {
        var call = new Call(owner, exchange, bodies, room);
        exchange.Handler = call;
        exchange.Loop.SetActivity($"{exchange.Head.MethodText} {path} of plugin \"{owner.Id}\"", exchange);
        var head = exchange.Head;       // what a request keeps of its exchange
        _ = call.RunAsync(handler, new PluginRequest(
            head.MethodText, path, exchange.RemoteEndPoint.Address.ToString(), body, head.Header, name => QueryString.TryGet(head.Query, Encoding.UTF8.GetBytes(name), out var value) ? value : null));
    }

    /// <summary>A large body that comes. Who goes away, is too slow or sends nonsense leaves its room to others.</summary>
    private sealed class LargeBody(PluginRoute route, LargeBodies bodies, long room) : IHttpExchangeHandler
    {
        /// <inheritdoc />
        public void OnBody(HttpExchange exchange, ReadOnlySpan<byte> body) => route.Begin(exchange, route.Post!, body.ToArray(), room);

        /// <inheritdoc />
        public void OnAborted(HttpExchange exchange) => bodies.Give(room);
    }

    /// <summary>A request that its handler answers.</summary>
    private sealed class Call(PluginGeneration owner, HttpExchange exchange, LargeBodies bodies, long room) : IHttpExchangeHandler, IDisposable
    {
        private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(owner.Stopping);

        /// <inheritdoc />
        public void OnAborted(HttpExchange aborted)
        {
            try
            {
                _gone.Cancel();
            }
            catch (Exception failure) when (failure is AggregateException or ObjectDisposedException)
            {
                // What listens to the token is the plugin's; disposed: the handler has ended meanwhile.
                if (failure is AggregateException)
                {
                    owner.Failed("a route", failure);
                }
            }
        }

        /// <summary>Never fails.</summary>
        public async Task RunAsync(PluginHttpHandler handler, PluginRequest request)
        {
            owner.Calls.Begin();
            try
            {
                // The loop's synchronisation context is current here, so the answer is written there.
                var response = await handler(request, _gone.Token).ConfigureAwait(true);
                Respond(response ?? throw new InvalidOperationException("The handler has answered with null."));
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: counted, logged, and the client hears nothing of it.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                if (failure is not OperationCanceledException || !_gone.IsCancellationRequested)
                {
                    owner.Failed($"{request.Method} {request.Path}", failure);
                }

                if (!exchange.IsResponded && !exchange.IsAborted)
                {
                    exchange.Respond(owner.Stopping.IsCancellationRequested ? 503 : 500, null, default);
                }
            }
            finally
            {
                bodies.Give(room);
                owner.Calls.End();
                Dispose();
            }
        }

        /// <inheritdoc />
        public void Dispose() => _gone.Dispose();

        private void Respond(PluginResponse response)
        {
            if (exchange.IsResponded || exchange.IsAborted)
            {
                return;
            }

            foreach (var (name, value) in response.Headers)
            {
                exchange.AddHeader(name, value);
            }

            exchange.Respond(response.Status, response.ContentType, response.Body.Span);
        }
    }
}
