using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Claims;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>Who is behind a socket: what whoever admitted it has found out. Never changes; somebody else, or the same one with a new token, is a new object.</summary>
/// <remarks>The engine looks at the subject alone (<see cref="BroadcastTarget.ToUser"/>); permissions, rate class and expiry are kept for those who decide by them.
/// One object may be the identity of any number of sockets. All members may be called from any thread.</remarks>
public sealed class SocketIdentity
{
    /// <summary>Characters of a subject at most: 255, as OpenID Connect has it for <c>sub</c>.</summary>
    public const int MaxSubjectLength = 255;

    private SocketClaim[] _claims = [];
    private byte[]? _subjectUtf8;

    /// <summary>Somebody with a name.</summary>
    /// <param name="subject">The name, 1 to <see cref="MaxSubjectLength"/> characters.</param>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public SocketIdentity(string subject)
    {
        ThrowIfNoSubject(subject, nameof(subject));
        Subject = subject;
        UserRoom = ReservedRooms.OfUser(subject);
    }

    /// <summary>Somebody whom the authentication of .NET knows: the subject is the claim <c>sub</c>, or <see cref="ClaimTypes.NameIdentifier"/>; the expiry the claim <c>exp</c>, if it is a number
    /// of seconds since 1970; the source the type of the authentication; all claims are taken over.</summary>
    /// <param name="principal">The principal.</param>
    /// <exception cref="ArgumentException">It has no subject, or one that is too long.</exception>
    public SocketIdentity(ClaimsPrincipal principal)
        : this(SubjectOf(principal))
    {
        Claims = [.. principal.Claims.Select(static claim => new SocketClaim(claim.Type, claim.Value))];
        Source = principal.Identity?.AuthenticationType;
        if (TryFind("exp", out var expiry)
            && long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        }
    }

    /// <summary>The user, as whoever has admitted it names users: unique among them, compared byte by byte.</summary>
    public string Subject { get; }

    /// <summary>What is said about the user, in the order in which it was said; several may have one type. Copied when it is set; empty unless it is.</summary>
    public IReadOnlyList<SocketClaim> Claims
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _claims = [.. value];
            field = _claims.Length == 0 ? [] : new ReadOnlyCollection<SocketClaim>(_claims);
        }
    } = [];

    /// <summary>When it ceases to hold; null: never. The server puts the socket out then if its option <c>CloseExpired</c> is on; else nothing happens, unless somebody looks.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the user may do, in the words of the application; compared byte by byte. Copied when it is set; empty unless it is.</summary>
    public IReadOnlySet<string> Permissions
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Count == 0 ? ReadOnlySet<string>.Empty : new ReadOnlySet<string>(value.ToHashSet(StringComparer.Ordinal));
        }
    } = ReadOnlySet<string>.Empty;

    /// <summary>What the user may send and join, which the engine holds each event against, with no plugin in between; null: everything.</summary>
    public AccessRules? Access { get; init; }

    /// <summary>By which limits of rate the user is measured, such as <c>free</c> or <c>paid</c>, in the words of whoever measures; null: as everybody.</summary>
    public string? RateClass { get; init; }

    /// <summary>Who has found it out, such as <c>jwt</c> or the id of a plugin; null: nobody says.</summary>
    public string? Source { get; init; }

    /// <summary>The subject as an event could have it; made with the first that is held against permissions which name the user.</summary>
    internal ReadOnlySpan<byte> SubjectUtf8 => _subjectUtf8 ?? MakeSubjectUtf8();

    /// <summary>The reserved room of all sockets of the user.</summary>
    internal string UserRoom { get; }

    /// <summary>Whether the user has a permission.</summary>
    /// <param name="permission">The permission.</param>
    public bool May(string permission) => Permissions.Contains(permission);

    /// <summary>Whether it has ceased to hold.</summary>
    /// <param name="now">The moment.</param>
    public bool HasExpired(DateTimeOffset now) => ExpiresAt <= now;

    /// <summary>The first claim of a type.</summary>
    /// <param name="type">The type, compared byte by byte.</param>
    /// <param name="value">Its value.</param>
    /// <returns>False: there is none.</returns>
    public bool TryFind(string type, [NotNullWhen(true)] out string? value)
    {
        ArgumentNullException.ThrowIfNull(type);
        foreach (var claim in _claims)
        {
            if (claim.Type == type)
            {
                value = claim.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Whether something is said about the user, as <see cref="ClaimsPrincipal.HasClaim(string, string)"/> asks. Allocates nothing.</summary>
    /// <param name="type">The type, compared byte by byte.</param>
    /// <param name="value">The value, compared byte by byte.</param>
    public bool HasClaim(string type, string value)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(value);
        foreach (ref readonly var claim in _claims.AsSpan())
        {
            // Whoever asks for a role meets those who have another one: values differ where types do not.
            if (claim.Value == value && claim.Type == type)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A principal with these claims, for what asks for one: its name is the subject, which also is its claim <see cref="ClaimTypes.NameIdentifier"/>, and permissions are its roles.
    /// Made at each call.</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        var identity = new ClaimsIdentity(Source ?? "Sockeye", ClaimTypes.NameIdentifier, ClaimTypes.Role);
        if (!Claims.Contains(new SocketClaim(ClaimTypes.NameIdentifier, Subject)))
        {
            identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, Subject));
        }

        foreach (var claim in _claims)
        {
            identity.AddClaim(new Claim(claim.Type, claim.Value));
        }

        foreach (var permission in Permissions)
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, permission));
        }

        return new ClaimsPrincipal(identity);
    }

    /// <summary>The subject alone: claims do not belong into logs.</summary>
    public override string ToString() => Subject;

    private byte[] MakeSubjectUtf8()
    {
        Span<byte> buffer = stackalloc byte[MaxSubjectLength * 3];
        return _subjectUtf8 = buffer[..AccessRules.BytesOf(Subject, buffer)].ToArray();
    }

    internal static void ThrowIfNoSubject(string subject, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject, parameter);
        if (subject.Length > MaxSubjectLength)
        {
            throw new ArgumentException($"A subject has at most {MaxSubjectLength} characters.", parameter);
        }
    }

    private static string SubjectOf(ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return principal.FindFirst("sub")?.Value ?? principal.FindFirst(ClaimTypes.NameIdentifier)?.Value
            ?? throw new ArgumentException("The principal has no subject: neither a claim \"sub\" nor a name identifier.", nameof(principal));
    }
}

/// <summary>Something that is said about a user.</summary>
/// <param name="Type">What is said, such as <c>email</c> or a URI.</param>
/// <param name="Value">Its value.</param>
public readonly record struct SocketClaim(string Type, string Value);
