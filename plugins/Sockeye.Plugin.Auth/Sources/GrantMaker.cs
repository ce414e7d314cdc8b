using System.Text;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Makes an identity of what a source has found out. May be called from any thread.</summary>
/// <remarks>Where there are permissions by role, or for a source permissions are configured, or its answer has some, who comes is held against permissions, also against none at all. Otherwise the plugin restricts nobody,
/// and the application decides.</remarks>
/// <param name="roles">Permissions by role.</param>
/// <param name="compiled">Lists that have been compiled.</param>
internal sealed class GrantMaker(IReadOnlyDictionary<string, IReadOnlyList<string>> roles, CompiledRules compiled)
{
    /// <summary>Rooms that a token may put its socket into at most: 100 (own; a socket is in 128 at most).</summary>
    public const int MaxRooms = 100;

    /// <summary>What everybody may do who has an identity of a source: send a new token. The engine holds the event against permissions before the plugin sees it.</summary>
    public const string RefreshPermission = "emit * auth:refresh";

    /// <summary>Makes an identity.</summary>
    /// <param name="token">The token, of which a tag is kept.</param>
    /// <param name="source">The source.</param>
    /// <param name="granted">What the configuration gives to all of the source.</param>
    /// <param name="facts">What the source has found out.</param>
    /// <param name="fault">Why there is none.</param>
    public SocketIdentity? Make(string? token, string source, GrantSettings granted, GrantFacts facts, out string? fault)
    {
        if (facts.Subject.Length is 0 or > SocketIdentity.MaxSubjectLength)
        {
            fault = $"its subject is no text of 1 to {SocketIdentity.MaxSubjectLength} characters";
            return null;
        }

        List<SocketClaim> claims = [.. facts.Claims.Where(static claim => !claim.Type.StartsWith(AuthClaims.Prefix, StringComparison.Ordinal))];
        List<string> rooms = [.. granted.Rooms.Select(room => room.Replace("{user}", facts.Subject, StringComparison.Ordinal)), .. facts.Rooms];
        if (rooms.Count > MaxRooms)
        {
            fault = $"it has more than {MaxRooms} rooms";
            return null;
        }

        if (token is not null)
        {
            claims.Add(new SocketClaim(AuthClaims.Token, TokenTag.Of(token)));
        }

        foreach (var room in rooms)
        {
            if (room.Length == 0 || room.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(room) > 255)
            {
                fault = "the name of a room is empty, longer than 255 bytes, or has NUL";
                return null;
            }

            claims.Add(new SocketClaim(AuthClaims.Room, room));
        }

        List<string> held = [.. granted.Roles ?? [], .. facts.Roles ?? []];
        AccessRules? access = null;
        if (roles.Count > 0 || granted.IsRestricted || facts.Permissions is not null || facts.Roles is not null)
        {
            List<string> permissions = [RefreshPermission, .. granted.Permissions ?? [], .. facts.Permissions ?? [], .. held.SelectMany(role => roles.GetValueOrDefault(role) ?? [])];
            try
            {
                access = compiled.Get(permissions);
            }
            catch (FormatException malformed)
            {
                fault = malformed.Message;
                return null;
            }
        }

        fault = null;
        return new SocketIdentity(facts.Subject)
        {
            Claims = claims,
            ExpiresAt = facts.ExpiresAt,
            Permissions = held.ToHashSet(StringComparer.Ordinal),
            Access = access,
            RateClass = facts.RateClass ?? granted.RateClass,
            Source = source,
        };
    }
}

/// <summary>What a source has found out about a client.</summary>
internal sealed record GrantFacts(string Subject)
{
    /// <summary>When it ceases to hold; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What is said about the client.</summary>
    public IReadOnlyList<SocketClaim> Claims { get; init; } = [];

    /// <summary>Its permissions; null: the source does not speak of any.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>Its roles; null: the source does not speak of any.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>The rooms that it is put into.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>Its rate class; null: the source does not say.</summary>
    public string? RateClass { get; init; }
}

/// <summary>What the configuration gives to all that come from a source.</summary>
internal sealed record GrantSettings
{
    /// <summary>Permissions; null: none are spoken of.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>Roles; null: none are spoken of.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Rooms, with <c>{user}</c> for the subject.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>The rate class of those of whom nobody says another one.</summary>
    public string? RateClass { get; init; }

    /// <summary>Whether those who come from the source are held against permissions.</summary>
    public bool IsRestricted { get; init; }

    /// <summary>Reads them.</summary>
    /// <param name="settings">The section of the source, or of a key of it.</param>
    /// <param name="known">The roles that have permissions.</param>
    /// <param name="isRestricted">Whether something else in it speaks of permissions, or may when a client comes; null: nothing does, and nothing else can.</param>
    public static GrantSettings Read(SettingsReader settings, IReadOnlyCollection<string> known, bool? isRestricted)
    {
        var (permissions, roles) = (settings.Texts("Permissions"), settings.Texts("Roles"));
        CheckPermissions(settings, "Permissions", permissions);
        foreach (var role in roles ?? [])
        {
            // The application may ask for roles without permissions; one that is nearly another one is a slip.
            if (!known.Contains(role) && NearestName.Of(role, known) is { } near)
            {
                settings.Fault("Roles", $"names \"{LogText.Escape(role)}\", which has no permissions; did you mean \"{LogText.Escape(near)}\"?");
            }
        }

        if (known.Count > 0 && isRestricted is null && permissions is null && roles is null)
        {
            settings.Fault("", "gives nobody a role or a permission, although there are Roles: set RolesClaim (of a Jwt source), Roles or Permissions; \"* * *\" among these allows everything");
        }

        return new GrantSettings
        {
            Permissions = permissions,
            Roles = roles,
            Rooms = settings.Texts("Rooms") ?? [],
            RateClass = settings.Text("RateClass"),
            IsRestricted = isRestricted == true || permissions is not null || roles is not null,
        };
    }

    /// <summary>Notes what is malformed.</summary>
    /// <param name="settings">The section.</param>
    /// <param name="key">The key.</param>
    /// <param name="permissions">The permissions; null: there are none.</param>
    public static void CheckPermissions(SettingsReader settings, string key, IReadOnlyList<string>? permissions)
    {
        try
        {
            AccessRules.Parse(permissions ?? []);
        }
        catch (FormatException malformed)
        {
            settings.Fault(key, $"cannot be read: {malformed.Message.TrimEnd('.')}");
        }
    }
}
