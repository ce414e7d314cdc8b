using System.Net;
using System.Security.Cryptography;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;

namespace Sockeye.Host.Administration;

/// <summary>What is said of a page that wants to enter.</summary>
/// <param name="Who">Whose it is; null: it may not.</param>
/// <param name="Refusal">Why not.</param>
/// <param name="IsNew">Whether it has said who it is, and gets a session; whoever comes back with one keeps that, and its end.</param>
internal readonly record struct AdminUiVerdict(string? Who, string? Refusal, bool IsNew = false);

/// <summary>Who may come to the Socket.IO end point of the listener: which pages by Origin, and who by what they bring.</summary>
/// <remarks>Any thread; lives as long as the host. It holds at most <see cref="MaxSessions"/> sessions, each for <see cref="SessionTime"/> or until others may; of more the oldest go, and their pages ask for the password again.</remarks>
internal sealed class AdminUiAccess(AdministrationAccess access, TimeProvider time)
{
    /// <summary>Sessions that are remembered. Own: each operator has some tabs.</summary>
    public const int MaxSessions = 256;

    /// <summary>How long a page comes back without a password: a day, as the reference's store with an end has it.</summary>
    public static readonly TimeSpan SessionTime = TimeSpan.FromDays(1);

    /// <summary>What the page takes as a reason to ask for the password.</summary>
    private const string Wrong = "invalid credentials";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, string Who, int Version)> _sessions = new(StringComparer.Ordinal);

    /// <summary>Keeps pages of other sites away from the engine of the listener. WebSockets need that most: browsers open them for any page, and let it read.</summary>
    public static void Guard(SockeyeBuilder builder, AdministrationAccess access)
    {
        builder.Json.TypeInfoResolverChain.Insert(0, AdminUiJson.Default);
        var engine = builder.Options.Engine;
        var configured = engine.Cors?.Origins ?? [];
        if (!configured.Contains("*"))
        {
            // The page sends its requests with credentials, so answers without leave to do so would be kept from it. None of them count here but what it says to enter.
            engine.Cors = new CorsOptions { Origins = configured, IsOriginAllowed = IsLocal, Credentials = true, MaxAge = engine.Cors?.MaxAge };
        }

        engine.Use(context =>
        {
            if (!access.AllowsPage(context.Request.Header("Origin"), context.Request.Header("Host"), configured))
            {
                context.Respond(403, "text/plain; charset=utf-8", "a page of another site may not do this\n"u8);
            }
        });
    }

    /// <summary>Whether a page comes from this machine: its host is <c>localhost</c> or a loopback address.</summary>
    public static bool IsLocal(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && AdministrationAccess.IsThisMachine(uri) && uri.Scheme is "http" or "https";

    /// <summary>Looks at what a page brings to enter.</summary>
    /// <returns>Who it is; or why it may not enter.</returns>
    public async ValueTask<AdminUiVerdict> CheckAsync(AuthPayload auth, IPAddress address)
    {
        if (!access.HasCredentials)
        {
            return new(AdministrationVerdict.Anybody, null);
        }

        if (auth.GetString("sessionId") is { Length: > 0 } session && Find(session) is { } known)
        {
            return new(known, null);
        }

        var verdict = auth.GetString("token") is { } token ? await access.CheckAsync("Bearer " + token, address)
            : auth.GetString("username") is { Length: > 0 } user && auth.GetString("password") is { } password ? await access.CheckPasswordAsync(user, password, address)
            : new AdministrationVerdict(401, "");
        return verdict.Status switch
        {
            200 => new(verdict.Who, null, IsNew: true),
            429 => new(null, "too many wrong credentials; try again in a minute"),
            503 => new(null, "too many passwords are being checked; try again"),
            _ => new(null, Wrong),
        };
    }

    /// <summary>A session with which the page comes back.</summary>
    /// <param name="who">Whose.</param>
    /// <param name="version"><see cref="AdministrationAccess.Version"/> of when he was looked at: a session of one who may no longer is over from the beginning.</param>
    public string Open(string who, int version)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        lock (_lock)
        {
            if (_sessions.Count >= MaxSessions)
            {
                _sessions.Remove(_sessions.MinBy(static entry => entry.Value.At).Key);
            }

            _sessions[id] = (time.GetTimestamp(), who, version);
        }

        return id;
    }

    /// <summary>Whose session it is; null: of nobody, or it is over.</summary>
    public string? Find(string session)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(session, out var entry) && entry.Version == access.Version && time.GetElapsedTime(entry.At) <= SessionTime ? entry.Who : null;
        }
    }
}
