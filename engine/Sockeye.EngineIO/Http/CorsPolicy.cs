using System.Globalization;
using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO.Http;

/// <summary>What <see cref="CorsPolicy.Apply"/> has done.</summary>
public enum CorsResult : byte
{
    /// <summary>Headers were added where they are due; go on with the request.</summary>
    Continue,

    /// <summary>A preflight was answered, or an upgrade from a foreign origin refused with 403: nothing is left to do.</summary>
    Responded,
}

/// <summary>Cross-origin rules, prepared from <see cref="CorsOptions"/>. Immutable, shared by all loops.</summary>
/// <remarks>
/// <para>An origin that is not allowed gets no header, and its browser keeps the answer from the page. A WebSocket has no such protection, so an upgrade from
/// an origin that is neither allowed nor the server's own is refused with 403 before 101.</para>
/// <para>"*" answers every origin with "*"; otherwise the origin is repeated, with <c>Vary: Origin</c> on every answer, so that caches keep them apart.</para>
/// </remarks>
public sealed class CorsPolicy
{
    private readonly byte[][] _origins;
    private readonly Func<string, bool>? _isAllowed;
    private readonly bool _isAny;
    private readonly bool _hasCredentials;
    private readonly string _methods;
    private readonly string? _allowedHeaders;
    private readonly string? _exposedHeaders;
    private readonly string? _maxAge;

    /// <summary>Prepares the rules.</summary>
    /// <exception cref="ArgumentException">"*" together with credentials or other origins, an origin that no browser sends, a header that is none, an age below 0 or above 2^31 - 1 seconds.</exception>
    public CorsPolicy(CorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _isAny = options.Origins.Contains("*");
        if (_isAny && (options.Credentials || options.Origins.Count > 1))
        {
            throw new ArgumentException("The origin \"*\" stands alone and without credentials: name the origins that may send cookies.", nameof(options));
        }

        foreach (var origin in options.Origins)
        {
            if (!_isAny && origin != "null" && (!origin.Contains("://", StringComparison.Ordinal) || origin.EndsWith('/') || !HttpResponseHead.IsValidHeaderValue(origin)))
            {
                throw new ArgumentException($"'{LogText.Escape(origin)}' is not an origin: it looks like https://example.org or http://localhost:3000.", nameof(options));
            }
        }

        _origins = _isAny ? [] : [.. options.Origins.Select(Encoding.Latin1.GetBytes)];
        _isAllowed = options.IsOriginAllowed;
        _hasCredentials = options.Credentials;
        _methods = Join(options.Methods) ?? "";
        _allowedHeaders = Join(options.AllowedHeaders);
        _exposedHeaders = Join(options.ExposedHeaders);
        if (options.MaxAge is { } age)
        {
            _maxAge = Seconds(age, nameof(options.MaxAge)).ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Whole seconds of an age, which others parse as a 32-bit integer (RFC 9111 1.2.2).</summary>
    internal static int Seconds(TimeSpan age, string name)
    {
        var most = TimeSpan.FromSeconds(int.MaxValue);
        return age >= TimeSpan.Zero && age <= most ? (int)age.TotalSeconds : throw new ArgumentOutOfRangeException(name, $"{name} is {age}; it must be {TimeSpan.Zero} to {most}.");
    }

    /// <summary>Adds the headers to the exchange, with which they leave in every answer, the 101 and errors included. Call it before anything answers.</summary>
    public CorsResult Apply(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var head = exchange.Head;
        var hasOrigin = head.TryGetHeader("Origin"u8, out var origin);
        var isAllowed = _isAny || (hasOrigin && IsAllowed(origin));
        if (_isAny)
        {
            exchange.AddHeader("Access-Control-Allow-Origin", "*");
        }
        else
        {
            if (isAllowed)
            {
                exchange.AddHeader("Access-Control-Allow-Origin", Encoding.Latin1.GetString(origin));
            }

            exchange.AppendHeader("Vary", "Origin");
        }

        if (_hasCredentials && isAllowed)
        {
            exchange.AddHeader("Access-Control-Allow-Credentials", "true");
        }

        if (head.Method == HttpMethod.Options)
        {
            AnswerPreflight(exchange);
            return CorsResult.Responded;
        }

        if (_exposedHeaders is not null)
        {
            exchange.AddHeader("Access-Control-Expose-Headers", _exposedHeaders);
        }

        if (head.IsUpgrade && hasOrigin && !isAllowed && !IsSameOrigin(exchange, origin))
        {
            exchange.AppendHeader("Cache-Control", "no-store");
            exchange.RespondAndClose(403, null, default);
            return CorsResult.Responded;
        }

        return CorsResult.Continue;
    }

    /// <summary>Whether <paramref name="origin"/> names the host and port of the request's Host: such a page is no stranger, whatever the rules say. A port that Host leaves out is the
    /// default of the origin's own scheme, since a proxy in front of the server may have ended TLS.</summary>
    public static bool IsSameOrigin(HttpExchange exchange, ReadOnlySpan<byte> origin)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var isSecure = origin.StartsWith("https://"u8);
        return (isSecure || origin.StartsWith("http://"u8))
            && exchange.Head.TryGetHeader("Host"u8, out var host)
            && HttpAuthority.AreSame(origin[(isSecure ? "https://" : "http://").Length..], host, isSecure);
    }

    private static string? Join(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (!HttpResponseHead.IsValidHeaderName(name) && name != "*")
            {
                throw new ArgumentException($"'{LogText.Escape(name)}' is neither a method nor the name of a header.");
            }
        }

        return names.Count == 0 ? null : string.Join(',', names);
    }

    internal bool IsAllowed(ReadOnlySpan<byte> origin)
    {
        if (_isAny)
        {
            return true;
        }

        foreach (var allowed in _origins)
        {
            if (origin.SequenceEqual(allowed))
            {
                return true;
            }
        }

        return _isAllowed is not null && _isAllowed(Encoding.Latin1.GetString(origin));
    }

    private void AnswerPreflight(HttpExchange exchange)
    {
        exchange.AddHeader("Access-Control-Allow-Methods", _methods);
        if (_allowedHeaders is not null)
        {
            exchange.AddHeader("Access-Control-Allow-Headers", _allowedHeaders);
        }
        else
        {
            exchange.AppendHeader("Vary", "Access-Control-Request-Headers");
            if (exchange.Head.Header("Access-Control-Request-Headers") is { Length: > 0 } asked && HttpResponseHead.IsValidHeaderValue(asked))
            {
                exchange.AddHeader("Access-Control-Allow-Headers", asked);
            }
        }

        if (_maxAge is not null)
        {
            exchange.AddHeader("Access-Control-Max-Age", _maxAge);
        }

        exchange.Respond(204, null, default);
    }
}
