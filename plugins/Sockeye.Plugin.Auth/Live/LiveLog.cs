using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>The lines that are written while clients are connected. None has a place for a token or a key.</summary>
internal static partial class LiveLog
{
    [LoggerMessage(3050, LogLevel.Warning, "This node is cut off: {Why}. Revocations made on other nodes may be unknown here; clients are {Policy}")]
    public static partial void CutOff(ILogger logger, string why, string policy);

    [LoggerMessage(3051, LogLevel.Information, "This node is not cut off any more")]
    public static partial void Back(ILogger logger);

    [LoggerMessage(3052, LogLevel.Error, "The audit log cannot be written, and lines of it are lost until it can: {Why}")]
    public static partial void AuditFailed(ILogger logger, string why);

    [LoggerMessage(3053, LogLevel.Error, "There is no room for another revocation: {Max} are kept. Sockets were disconnected, and a token that was revoked may come back. Raise Revocation:Max, or revoke users instead of tokens")]
    public static partial void SetFull(ILogger logger, int max);

    [LoggerMessage(3054, LogLevel.Warning, "The identity of socket {Socket} has expired, and it stays: Refresh:WhenExpired says so")]
    public static partial void Stays(ILogger logger, string socket);

    [LoggerMessage(3055, LogLevel.Error, "The check of a new token failed, and the token was refused: {Kind}")]
    public static partial void CheckFailed(ILogger logger, string kind);
}
