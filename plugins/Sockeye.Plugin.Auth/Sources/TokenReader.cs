using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Finds the token of a client: in the payload of its CONNECT, then in the header, the cookie, the query. The first that is there counts. Does not change; any thread.</summary>
internal sealed record TokenReader
{
    /// <summary>Characters of a token at most: 8,192 (own; Microsoft's library takes 250,000).</summary>
    public const int MaxTokenLength = 8192;

    /// <summary>The property of the CONNECT payload; null: it is not looked at.</summary>
    public string? Payload { get; init; } = "token";

    /// <summary>Whether the header <c>Authorization: Bearer</c> is looked at.</summary>
    public bool Header { get; init; } = true;

    /// <summary>The name of the cookie; null: none is looked at.</summary>
    public string? Cookie { get; init; }

    /// <summary>Origins other than the server's own from which the cookie is taken.</summary>
    public IReadOnlyList<string> CookieOrigins { get; init; } = [];

    /// <summary>The parameter of the query; null: it is not looked at, since URLs end up in logs everywhere.</summary>
    public string? Query { get; init; }

    /// <summary>Reads its settings.</summary>
    /// <param name="settings">The section <c>Token</c>.</param>
    public static TokenReader Read(SettingsReader settings)
    {
        var payload = settings.Text("PayloadName", "token");
        return new TokenReader
        {
            Payload = settings.Flag("Payload", true) ? payload : null,
            Header = settings.Flag("Header", true),
            Cookie = settings.Text("Cookie"),
            CookieOrigins = settings.Texts("CookieOrigins") ?? [],
            Query = settings.Text("Query"),
        };
    }

    /// <summary>Finds the token.</summary>
    /// <param name="nsp">The namespace.</param>
    /// <param name="handshake">What the client came with.</param>
    public AuthAttempt Find(string nsp, Handshake handshake)
    {
        var (token, place) = Find(handshake);
        return new AuthAttempt(nsp, handshake.Address, token, place);
    }

    private (string? Token, TokenPlace Place) Find(Handshake handshake)
    {
        if (Payload is { } name && InPayload(handshake, name) is { Length: > 0 } inPayload)
        {
            return (inPayload, TokenPlace.Payload);
        }

        if (Header && handshake.Header("authorization") is { } authorization && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            && authorization.AsSpan("Bearer ".Length).Trim(' ') is { Length: > 0 } inHeader)
        {
            return (inHeader.ToString(), TokenPlace.Header);
        }

        // A browser sends its cookies wherever a page of somebody else connects to.
        if (Cookie is not null && IsOwnPage(handshake) && InCookies(handshake.Header("cookie"), Cookie) is { Length: > 0 } inCookie)
        {
            return (inCookie, TokenPlace.Cookie);
        }

        return Query is not null && handshake.Query(Query) is { Length: > 0 } inQuery ? (inQuery, TokenPlace.Query) : (null, TokenPlace.None);
    }

    private static string? InPayload(Handshake handshake, string name)
    {
        try
        {
            return handshake.Auth.GetString(name);
        }
        catch (InvalidOperationException)
        {
            // Half of a character stands in it: it is the token of nobody, and not a missing one.
            return "\uFFFD";
        }
    }

    private static string? InCookies(string? header, string name)
    {
        foreach (var range in header.AsSpan().Split(';'))
        {
            var pair = header.AsSpan()[range].Trim(' ');
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name))
            {
                return pair[(name.Length + 1)..].Trim('"').ToString();
            }
        }

        return null;
    }

    private bool IsOwnPage(Handshake handshake)
    {
        if (handshake.Header("origin") is not { } origin || CookieOrigins.Contains(origin, StringComparer.Ordinal))
        {
            return true;
        }

        // The scheme is not compared: behind a proxy the server does not see that of the page.
        return handshake.Header("host") is { } host && Uri.TryCreate(origin, UriKind.Absolute, out var page) && Uri.TryCreate($"{page.Scheme}://{host}", UriKind.Absolute, out var own)
            && string.Equals(page.Authority, own.Authority, StringComparison.OrdinalIgnoreCase);
    }
}
