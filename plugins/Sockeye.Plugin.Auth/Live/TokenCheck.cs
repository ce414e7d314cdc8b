using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Asks the chain of sources about a token that came by itself: a refresh.</summary>
/// <param name="socket">The socket that it is for.</param>
/// <param name="token">The token.</param>
/// <param name="cancellationToken">The socket has gone, or the time is over.</param>
internal delegate ValueTask<TokenVerdict> TokenCheck(SockeyeSocket socket, string token, CancellationToken cancellationToken);

/// <summary>What the chain says of a token.</summary>
/// <param name="Identity">Who it is; null: nobody.</param>
/// <param name="Code">Why it is nobody: one of <see cref="LiveCode"/>, of <see cref="AuthCode"/>, or a source's.</param>
/// <param name="Claimed">Who was claimed, unproven; null: nobody.</param>
internal readonly record struct TokenVerdict(SocketIdentity? Identity, string Code = AuthCode.InvalidToken, string? Claimed = null);

/// <summary>The codes beside <see cref="AuthCode"/> that clients, the audit log and metrics see. They do not change between versions.</summary>
internal static class LiveCode
{
    /// <summary>The token, its user or the socket has been revoked.</summary>
    public const string Revoked = "revoked";

    /// <summary>The identity has expired.</summary>
    public const string Expired = "expired";

    /// <summary>The new token is another user's.</summary>
    public const string OtherUser = "other_user";

    /// <summary>The socket has no identity that could be refreshed.</summary>
    public const string NotAuthenticated = "not_authenticated";

    /// <summary>A newer session of the user has taken its place.</summary>
    public const string SessionReplaced = "session_replaced";

    /// <summary>The user has a session already.</summary>
    public const string SessionTaken = "session_taken";

    /// <summary>This node may not know what others have revoked.</summary>
    public const string CutOff = "cut_off";
}
