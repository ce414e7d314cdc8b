using System.Net;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO;

/// <summary>An HTTP request that opened a session, upgraded it or carried messages. Immutable but for <see cref="Items"/>; may be kept and read from any thread.</summary>
/// <remarks>It owns one compact copy of the head's bytes; queries and headers are looked up in them when asked for.</remarks>
public sealed class EngineRequest
{
    private Dictionary<string, object?>? _items;

    private EngineRequest(HttpExchange exchange)
    {
        Head = exchange.Head;
        RemoteEndPoint = exchange.RemoteEndPoint;
        IsSecure = exchange.IsSecure;
        Time = DateTimeOffset.UtcNow;
    }

    /// <summary>The request line and the headers.</summary>
    public HttpRequestHead Head { get; }

    /// <summary>The peer's address and port.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Whether the request came over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>What middleware and <see cref="EngineOptions.AllowRequest"/> want to tell those who see the request later, such as the user that it belongs to; never sent.
    /// Fill it on the loop, before the session opens; read from any thread afterwards.</summary>
    public IDictionary<string, object?> Items => ItemTable;

    internal Dictionary<string, object?> ItemTable => _items ?? Interlocked.CompareExchange(ref _items, [], null) ?? _items;

    /// <summary>Path and query as sent.</summary>
    public string Url => Head.Url;

    /// <summary>The request of an exchange, always the same object.</summary>
    internal static EngineRequest Of(HttpExchange exchange) => (EngineRequest)(exchange.View ??= new EngineRequest(exchange));

    /// <summary>The first value of a query parameter, decoded; null if it is absent or badly encoded.</summary>
    public string? Query(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return QueryString.TryGet(Head.Query, System.Text.Encoding.UTF8.GetBytes(name), out string value) ? value : null;
    }

    /// <summary>The value of a header, whose name is compared without regard to case; null if it is absent.</summary>
    public string? Header(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Head.Header(name);
    }
}
