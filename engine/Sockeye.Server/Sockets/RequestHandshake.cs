using Sockeye.Abstractions.Values;
using Sockeye.EngineIO;
using Sockeye.Protocol.Http;

namespace Sockeye.Server.Sockets;

/// <summary>The request behind the handshakes of one connection.</summary>
/// <remarks>It owns its headers and query, which are parsed when somebody asks. Any thread. Lives as long as a handshake that was asked for.</remarks>
internal sealed class RequestHandshake(EngineRequest request) : HandshakeSource
{
    private Dictionary<string, string>? _headers;
    private Dictionary<string, string>? _query;

    /// <inheritdoc />
    public override DateTimeOffset IssuedAt => request.Time;

    /// <inheritdoc />
    public override string Address => request.RemoteEndPoint.Address.ToString();

    /// <inheritdoc />
    public override bool IsSecure => request.IsSecure;

    /// <inheritdoc />
    public override string Url => request.Url;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Headers => _headers ??= ParseHeaders();

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> QueryValues => _query ??= ParseQuery();

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, object?> Items => request.Items;

    /// <inheritdoc />
    public override string? Header(string name) => request.Header(name);

    /// <inheritdoc />
    public override string? Query(string name) => QueryValues.GetValueOrDefault(name);

    private Dictionary<string, string> ParseHeaders()
    {
        var head = request.Head;
        var headers = new Dictionary<string, string>(head.HeaderCount, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < head.HeaderCount; i++)
        {
            var name = System.Text.Encoding.Latin1.GetString(head.HeaderName(i)).ToLowerInvariant();
            var value = System.Text.Encoding.UTF8.GetString(head.HeaderValue(i));
            headers[name] = headers.TryGetValue(name, out var first) ? first + HttpRequestHead.Separator(name) + value : value;
        }

        return headers;
    }

    private Dictionary<string, string> ParseQuery()
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in QueryString.Parse(request.Head.Query))
        {
            // The first, as in what the engine asks about a request: no two readers of one query may disagree.
            values.TryAdd(name, value);
        }

        return values;
    }
}
