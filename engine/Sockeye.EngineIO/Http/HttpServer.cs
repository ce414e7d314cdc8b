using System.Net;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>SKELETON.</summary>
public sealed class HttpServerOptions
{
    /// <summary>Limits and times of connections.</summary>
    public HttpOptions Http { get; init; } = new();
    /// <summary>For a transport that the server creates itself.</summary>
    public TransportOptions Transport { get; init; } = new();
    /// <summary>Loggers; null: none.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}

/// <summary>SKELETON.</summary>
public sealed class HttpServer : IAsyncDisposable
{
    /// <summary>A server on its own transport, or on the one given (which it does not stop).</summary>
    public HttpServer(HttpServerOptions? options = null, SocketTransport? transport = null) => throw new NotImplementedException();
    /// <summary>Routes.</summary>
    public HttpRouter Router => throw new NotImplementedException();
    /// <summary>The transport.</summary>
    public SocketTransport Transport => throw new NotImplementedException();
    /// <summary>The options.</summary>
    public HttpServerOptions Options => throw new NotImplementedException();
    /// <summary>Runs for each new channel before the engine's handlers are added.</summary>
    public Action<IChannelPipeline>? ConfigurePipeline { get; set; }
    /// <summary>Where it listens, with the real ports.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => throw new NotImplementedException();
    /// <summary>Listens on all urls, or throws and listens on none.</summary>
    public Task StartAsync(params IEnumerable<string> urls) => throw new NotImplementedException();
    /// <summary>Stops listening, closes the connections.</summary>
    public Task StopAsync() => throw new NotImplementedException();
    /// <summary>Small route.</summary>
    public void MapGet(string path, Action<HttpExchange> handler) => throw new NotImplementedException();
    /// <summary>Small route.</summary>
    public void MapGet(string path, Func<HttpExchange, Task> handler) => throw new NotImplementedException();
    /// <summary>Small route with a body.</summary>
    public void MapPost(string path, HttpBodyHandler handler, long maxBytes = 65536) => throw new NotImplementedException();
    /// <summary>Plain WebSocket endpoint.</summary>
    public void MapWebSocket(string path, IWebSocketHandler handler, WebSocketEndpointOptions? options = null) => throw new NotImplementedException();
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>Answers a request with its whole body (valid until the returned task completes).</summary>
public delegate Task HttpBodyHandler(HttpExchange exchange, ReadOnlyMemory<byte> body);
