namespace Sockeye.Plugins;

/// <summary>Answers a request below the plugin's path.</summary>
/// <param name="request">The request, whole.</param>
/// <param name="cancellationToken">The client is gone, or the generation ends.</param>
public delegate ValueTask<PluginResponse> PluginHttpHandler(PluginRequest request, CancellationToken cancellationToken);

/// <summary>An HTTP request to a plugin. Does not change; may be used from any thread, and kept.</summary>
public sealed class PluginRequest
{
    private readonly Func<string, string?> _header;
    private readonly Func<string, string?> _query;

    internal PluginRequest(string method, string path, string address, ReadOnlyMemory<byte> body, Func<string, string?> header, Func<string, string?> query)
    {
        Method = method;
        Path = path;
        Address = address;
        Body = body;
        _header = header;
        _query = query;
    }

    /// <summary>The method, in capitals.</summary>
    public string Method { get; }

    /// <summary>The path as it was mapped: below <c>/plugins/&lt;id&gt;</c>, beginning with a slash.</summary>
    public string Path { get; }

    /// <summary>The address of the peer; behind a proxy that of the proxy.</summary>
    public string Address { get; }

    /// <summary>The whole body; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>A header by its name, in any case; null: it has none.</summary>
    /// <param name="name">The name.</param>
    public string? Header(string name) => _header(name);

    /// <summary>A value of the query, decoded; null: it has none.</summary>
    /// <param name="name">The name.</param>
    public string? Query(string name) => _query(name);
}

/// <summary>What a plugin answers.</summary>
public sealed class PluginResponse
{
    /// <summary>An answer.</summary>
    /// <param name="status">200 to 599.</param>
    /// <param name="body">The body.</param>
    /// <param name="contentType">Its type; null: none is said.</param>
    public PluginResponse(int status, ReadOnlyMemory<byte> body = default, string? contentType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        Status = status;
        Body = body;
        ContentType = contentType;
    }

    /// <summary>The status.</summary>
    public int Status { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The type of the body.</summary>
    public string? ContentType { get; }

    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Text in UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="status">200 to 599.</param>
    /// <param name="contentType">Its type.</param>
    public static PluginResponse Text(string text, int status = 200, string contentType = "text/plain; charset=utf-8")
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PluginResponse(status, System.Text.Encoding.UTF8.GetBytes(text), contentType);
    }

    /// <summary>JSON as it stands.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="status">200 to 599.</param>
    public static PluginResponse Json(ReadOnlyMemory<byte> utf8, int status = 200) => new(status, utf8, "application/json");
}
