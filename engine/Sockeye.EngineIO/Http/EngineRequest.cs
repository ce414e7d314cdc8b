using System.Net;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO;

/// <summary>An HTTP request that opened a session, upgraded it or carried messages. Immutable but for <see cref="Items"/>; may be kept and read from any thread.</summary>
/// <remarks>It owns one compact copy of the head's bytes; queries and headers are looked up in them when asked for.</remarks>
public sealed class EngineRequest
{
    private readonly PeerAddress _peer;
    private readonly long _utcTicks;
    private object _head;       // the head, or its bytes alone
    private int _counted;
    private Dictionary<string, object?>? _items;

    private EngineRequest(HttpExchange exchange)
    {
        _head = exchange.Head;
        _peer = exchange.Peer;
        IsSecure = exchange.IsSecure;
        _utcTicks = DateTime.UtcNow.Ticks;
    }

    /// <summary>The request line and the headers. Read again from their bytes at each call once the client is on WebSocket: keep it for several questions.</summary>
    public HttpRequestHead Head
    {
        get
        {
            var head = Volatile.Read(ref _head);
            return head as HttpRequestHead ?? HttpRequestHead.FromKept((byte[])head);
        }
    }

    /// <summary>The peer's address and port. Made at each call.</summary>
    public IPEndPoint RemoteEndPoint => _peer.ToEndPoint();

    /// <summary>Whether the request came over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset Time => new(_utcTicks, TimeSpan.Zero);

    /// <summary>What middleware and <see cref="EngineOptions.AllowRequest"/> want to tell those who see the request later, such as the user that it belongs to; never sent.
    /// Fill it on the loop, before the session opens; read from any thread afterwards.</summary>
    public Dictionary<string, object?> Items => _items ?? Interlocked.CompareExchange(ref _items, [], null) ?? _items;

    /// <summary>Path and query as sent.</summary>
    public string Url => Head.Url;

    /// <summary>No further request will be compared with this one: what is kept for the life of the session shrinks to the bytes.</summary>
    internal void Compact()
    {
        if (_head is HttpRequestHead head)
        {
            Volatile.Write(ref _head, head.Keep());
            if (_counted != 0)
            {
                Hold();
            }
        }
    }

    /// <summary>A session keeps it: its head counts towards the memory that the engine holds. On the loop; more than once is as once.</summary>
    internal void Hold() => Count(_head is byte[] kept ? kept.Length : ((HttpRequestHead)_head).MemoryBytes);

    /// <summary>The session has ended. On the loop.</summary>
    internal void LetGo() => Count(0);

    private void Count(int bytes)
    {
        BufferCounters.Hold(bytes - _counted);
        _counted = bytes;
    }

    /// <summary>The request of an exchange, always the same object.</summary>
    internal static EngineRequest Of(HttpExchange exchange) => (EngineRequest)(exchange.View ??= new EngineRequest(exchange));

    /// <summary>The first value of a query parameter, decoded; null if it is absent or badly encoded.</summary>
    public string? Query(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return QueryString.TryGet(Head.Query, System.Text.Encoding.UTF8.GetBytes(name), out var value) ? value : null;
    }

    /// <summary>The value of a header, whose name is compared without regard to case; null if it is absent.</summary>
    public string? Header(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Head.Header(name);
    }
}
