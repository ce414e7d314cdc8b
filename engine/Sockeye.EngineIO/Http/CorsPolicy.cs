namespace Sockeye.EngineIO.Http;

/// <summary>SKELETON: which origins may call.</summary>
public sealed class CorsOptions
{
    /// <summary>Exact origins, or "*".</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
    /// <summary>Instead of the list: decides about an origin. Called on loops.</summary>
    public Func<string, bool>? IsOriginAllowed { get; init; }
    /// <summary>Default: GET,HEAD,PUT,PATCH,POST,DELETE.</summary>
    public IReadOnlyList<string> Methods { get; init; } = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];
    /// <summary>Empty: the request's own list is allowed.</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [];
    /// <summary>Exposed.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];
    /// <summary>Credentials.</summary>
    public bool Credentials { get; init; }
    /// <summary>Max age.</summary>
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>What <see cref="CorsPolicy.Apply"/> did.</summary>
public enum CorsResult : byte
{
    /// <summary>Headers were added where due; go on.</summary>
    Continue,
    /// <summary>A preflight was answered, or an upgrade from a foreign origin was refused with 403. Do nothing more.</summary>
    Responded,
}

/// <summary>SKELETON.</summary>
public sealed class CorsPolicy
{
    /// <summary>Checks the options once.</summary>
    public CorsPolicy(CorsOptions options) => throw new NotImplementedException();
    /// <summary>Call first for each request: adds the headers to the exchange (they go out with every answer, the 101 included).</summary>
    public CorsResult Apply(HttpExchange exchange) => throw new NotImplementedException();
}
