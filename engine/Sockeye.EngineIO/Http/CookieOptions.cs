namespace Sockeye.EngineIO.Http;

/// <summary>When a browser sends a cookie with requests that come from another site.</summary>
public enum SameSite : byte
{
    /// <summary>The attribute is left out.</summary>
    Unspecified,
    /// <summary>With top-level navigation only.</summary>
    Lax,
    /// <summary>Never.</summary>
    Strict,
    /// <summary>Always; browsers then demand <see cref="CookieOptions.Secure"/>.</summary>
    None,
}

/// <summary>A cookie of the handshake response. The defaults are those of Socket.IO: <c>io=SID; Path=/; HttpOnly; SameSite=Lax</c>.</summary>
public sealed class CookieOptions
{
    /// <summary>Name of the cookie: a token of RFC 9110. Default "io".</summary>
    public string Name { get; init; } = "io";

    /// <summary>Path, or null to leave it out. Default "/".</summary>
    public string? Path { get; init; } = "/";

    /// <summary>Domain, or null to leave it out. Default null.</summary>
    public string? Domain { get; init; }

    /// <summary>Whether scripts cannot read it. Default true.</summary>
    public bool HttpOnly { get; init; } = true;

    /// <summary>Whether it travels over TLS only. Default false.</summary>
    public bool Secure { get; init; }

    /// <summary>SameSite attribute. Default Lax.</summary>
    public SameSite SameSite { get; init; } = SameSite.Lax;

    /// <summary>Life time, or null for a session cookie. Whole seconds, 0 to 2^31 - 1. Default null.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The value of the Set-Cookie header in the order of the reference: Max-Age, Domain, Path, HttpOnly, Secure, SameSite.</summary>
    /// <exception cref="ArgumentException">The name or value or an attribute holds a character that a cookie must not hold.</exception>
    public string Format(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!Sockeye.Protocol.Http.HttpResponseHead.IsValidHeaderName(Name))
        {
            throw new ArgumentException($"'{LogText.Escape(Name)}' is not a cookie name.");
        }

        Check(value, nameof(value));
        Check(Path, nameof(Path));
        Check(Domain, nameof(Domain));
        var text = Name + "=" + value;
        if (MaxAge is { } age)
        {
            text += "; Max-Age=" + CorsPolicy.Seconds(age, nameof(MaxAge)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        text += Domain is null ? "" : "; Domain=" + Domain;
        text += Path is null ? "" : "; Path=" + Path;
        text += HttpOnly ? "; HttpOnly" : "";
        text += Secure ? "; Secure" : "";
        return text + SameSite switch
        {
            SameSite.Lax => "; SameSite=Lax",
            SameSite.Strict => "; SameSite=Strict",
            SameSite.None => "; SameSite=None",
            _ => "",
        };
    }

    private static void Check(string? value, string name)
    {
        foreach (var c in value ?? "")
        {
            if (c is <= ' ' or >= (char)0x7f or ';' or ',' or '"' or '\\')
            {
                throw new ArgumentException($"The {name} of a cookie holds a character that is not allowed: '{LogText.Escape(value!)}'.");
            }
        }
    }
}
