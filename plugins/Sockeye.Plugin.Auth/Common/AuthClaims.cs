namespace Sockeye.Plugin.Auth.Common;

/// <summary>Claims of an identity that the plugin itself writes; sources drop them from what tokens and answers say.</summary>
internal static class AuthClaims
{
    /// <summary>What they all begin with.</summary>
    public const string Prefix = "auth:";

    /// <summary>A tag of the token by which it can be revoked, and from which it cannot be told.</summary>
    public const string Token = "auth:token";

    /// <summary>A room that the token puts its socket into; any number of them.</summary>
    public const string Room = "auth:room";
}
