using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO;

/// <summary>Where <see cref="EngineOptions.InitialHeaders"/> and <see cref="EngineOptions.Headers"/> add to a response. Valid during the call.</summary>
public readonly ref struct EngineResponseHeaders
{
    private readonly HttpExchange _exchange;

    internal EngineResponseHeaders(HttpExchange exchange) => _exchange = exchange;

    /// <summary>Adds a header; the same name may be added several times.</summary>
    /// <exception cref="ArgumentException">The name is no token, or the value holds CR, LF or NUL.</exception>
    public void Add(string name, string value) => _exchange.AddHeader(name, value);
}

/// <summary>Adds headers to a response of a session. It cannot wait, and the compiler says so: the response leaves when it returns.</summary>
public delegate void EngineHeadersHook(EngineRequest request, EngineResponseHeaders headers);
