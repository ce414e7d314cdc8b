using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>The lines that sources write. None has a token, a key or the query of an address in it.</summary>
internal static partial class AuthLog
{
    [LoggerMessage(3000, LogLevel.Information, "Source {Source} has keys from {Place}: {Count}")]
    public static partial void KeysRead(ILogger logger, string source, int count, string place);

    [LoggerMessage(3001, LogLevel.Warning, "Source {Source} got no keys from {Place}: {Fault}; {Consequence}")]
    public static partial void NoKeys(ILogger logger, string source, string place, string fault, string consequence);

    [LoggerMessage(3002, LogLevel.Warning, "Source {Source} cannot decide: {Fault}")]
    public static partial void CannotDecide(ILogger logger, string source, string fault);

    [LoggerMessage(3003, LogLevel.Debug, "A client of {Address} was refused in {Space} by {Source}: {Code} ({Detail})")]
    public static partial void Refused(ILogger logger, string address, string space, string source, string code, string detail);

    [LoggerMessage(3004, LogLevel.Error, "Source {Source} failed with {Fault}; the client is refused")]
    public static partial void Failed(ILogger logger, string source, string fault);

    [LoggerMessage(3005, LogLevel.Warning, "Clients without a token are let in, since AllowAnonymous is true")]
    public static partial void Anonymous(ILogger logger);

    [LoggerMessage(3006, LogLevel.Warning, "Tokens are taken from the query, from where logs of proxies and browsers may have them, since Token:Query is set")]
    public static partial void QueryTokens(ILogger logger);

    [LoggerMessage(3007, LogLevel.Warning, "Source {Source} accepts tokens that never expire, since RequireExpiry is false")]
    public static partial void EndlessTokens(ILogger logger, string source);

    [LoggerMessage(3008, LogLevel.Information, "Settings read again, sources: {Count}")]
    public static partial void Reloaded(ILogger logger, int count);
}
