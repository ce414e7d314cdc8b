namespace Sockeye.Plugin.Auth.Common;

/// <summary>Why a client was refused, for programs: they do not change between versions. docs/auth.md lists them.</summary>
internal static class AuthCode
{
    /// <summary>It brought no token.</summary>
    public const string MissingToken = "missing_token";

    /// <summary>Its token is none that any source accepts.</summary>
    public const string InvalidToken = "invalid_token";

    /// <summary>Its token held once.</summary>
    public const string ExpiredToken = "expired_token";

    /// <summary>Its token will hold.</summary>
    public const string EarlyToken = "token_not_yet_valid";

    /// <summary>The source knows it, and does not let it in.</summary>
    public const string Denied = "denied";

    /// <summary>Whoever decides cannot be asked.</summary>
    public const string Unavailable = RefusalCode.Unavailable;

    /// <summary>All that metrics have.</summary>
    public static IReadOnlyList<string> All { get; } = [MissingToken, InvalidToken, ExpiredToken, EarlyToken, Denied, Unavailable];

    /// <summary>A code as a metric has it: those of others are as many as they like, and count as <see cref="Denied"/>.</summary>
    public static string Counted(string code) => All.Contains(code) ? code : Denied;
}
