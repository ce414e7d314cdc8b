namespace Sockeye.EngineIO.Http;

/// <summary>Which pages of other origins may call the engine. Read once, when a <see cref="CorsPolicy"/> is made.</summary>
public sealed class CorsOptions
{
    /// <summary>Allowed origins as browsers write them ("https://example.org", no trailing slash, case matters), or "*" alone for all. Default: none.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Decides about an origin that is not in <see cref="Origins"/>; called on the loops, so it must not block. Default null.</summary>
    public Func<string, bool>? IsOriginAllowed { get; init; }

    /// <summary>Methods that a preflight announces. Default GET, HEAD, PUT, PATCH, POST, DELETE (as Socket.IO).</summary>
    public IReadOnlyList<string> Methods { get; init; } = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];

    /// <summary>Request headers that a preflight allows. Default: empty, which allows those that it asks for (as Socket.IO).</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [];

    /// <summary>Response headers that scripts may read. Default: empty, the header is left out.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    /// <summary>Whether cookies and authorization may be sent. Not together with "*". Default false.</summary>
    public bool Credentials { get; init; }

    /// <summary>How long a browser may keep the answer to a preflight; whole seconds, 0 to 2^31 - 1. Default null: as the browser likes.</summary>
    public TimeSpan? MaxAge { get; init; }
}
