using System.Globalization;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What is known of the token behind an identity, read from the identity's claims. Does not change; any thread.</summary>
/// <remarks>It stands in the claims and not in a table beside the sockets, so that it holds across reloads of the plugin and wherever the identity travels. Nothing in it opens a door: the token itself is kept nowhere.</remarks>
internal sealed class Credential
{
    private const string AnonymousSource = "anonymous";

    private Credential(SocketIdentity identity) => Identity = identity;

    /// <summary>Who it is.</summary>
    public SocketIdentity Identity { get; }

    /// <summary>The tag of the token; null: it is anonymous, or somebody else has made the identity.</summary>
    public string? Tag { get; private init; }

    /// <summary>Whether there is no token behind it: its user is one socket, and nothing but its session can be revoked.</summary>
    public bool IsAnonymous => Tag is null && Identity.Source == AnonymousSource;

    /// <summary>The id that the token has (<c>jti</c>); null: it has none.</summary>
    public string? TokenId { get; private init; }

    /// <summary>The session or device that the token was made for (<c>sid</c>); null: it says none.</summary>
    public string? Device { get; private init; }

    /// <summary>When the token was made (<c>iat</c>), in seconds since 1970; null: it does not say.</summary>
    public long? IssuedAt { get; private init; }

    /// <summary>The rooms that it puts its socket into.</summary>
    public IReadOnlyList<string> Rooms { get; private init; } = [];

    /// <summary>Who has brought no token has no name either: each is somebody of its own, and is held against what nobody may.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="access">What nobody may.</param>
    public static SocketIdentity Anonymous(SockeyeSocket socket, AccessRules access) => new("anonymous:" + socket.Id) { Access = access, Source = AnonymousSource };

    /// <summary>Reads an identity.</summary>
    /// <param name="identity">The identity.</param>
    public static Credential Of(SocketIdentity identity)
    {
        List<string>? rooms = null;
        string? tag = null, id = null, device = null;
        long? issuedAt = null;
        foreach (var claim in identity.Claims)
        {
            switch (claim.Type)
            {
                case AuthClaims.Token:
                    tag ??= claim.Value;
                    break;
                case AuthClaims.Room:
                    (rooms ??= []).Add(claim.Value);
                    break;
                case "jti":
                    id ??= claim.Value;
                    break;
                case "sid":
                    device ??= claim.Value;
                    break;
                case "iat" when issuedAt is null && double.TryParse(claim.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 1e12:
                    issuedAt = (long)seconds;
                    break;
            }
        }

        return new Credential(identity) { Tag = tag, TokenId = id, Device = device, IssuedAt = issuedAt, Rooms = rooms ?? (IReadOnlyList<string>)[] };
    }
}
