using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Plugin.Auth.Common;

/// <summary>What a source, or the chain of them, says of a client. Does not change; any thread.</summary>
internal sealed class AuthOutcome
{
    private static readonly AuthOutcome s_next = new();

    private AuthOutcome()
    {
    }

    /// <summary>The source says nothing: the next one is asked.</summary>
    public static AuthOutcome Next => s_next;

    /// <summary>Who the client is; null: it is not let in, or as nobody.</summary>
    public SocketIdentity? Identity { get; private init; }

    /// <summary>Why it is not let in, for programs; null: it is.</summary>
    public string? Code { get; private init; }

    /// <summary>The name of the source that has decided; null: none has.</summary>
    public string? Source { get; private init; }

    /// <summary>Why, for the operator's log: never anything of a secret; null: the code says it all.</summary>
    public string? Detail { get; private init; }

    /// <summary>Whether the next source is asked.</summary>
    public bool IsNext => ReferenceEquals(this, s_next);

    /// <summary>Whether the client is let in.</summary>
    [MemberNotNullWhen(false, nameof(Code))]
    public bool IsAllowed => Code is null && !IsNext;

    /// <summary>The client is let in.</summary>
    /// <param name="identity">Who it is; null: nobody.</param>
    /// <param name="source">The source.</param>
    public static AuthOutcome Allow(SocketIdentity? identity, string? source) => new() { Identity = identity, Source = source };

    /// <summary>The client is not let in.</summary>
    /// <param name="code">Why, for programs.</param>
    /// <param name="source">The source; null: the end of the chain.</param>
    /// <param name="detail">Why, for the operator's log: never anything of a secret.</param>
    public static AuthOutcome Deny(string code, string? source, string? detail = null) => new() { Code = code, Source = source, Detail = detail };

    /// <summary>What the client is told: a message, and as data the one shape of refusals.</summary>
    public ConnectResult ToResult()
    {
        if (IsAllowed)
        {
            return ConnectResult.Accept;
        }

        var message = MessageOf(Code ?? AuthCode.Unavailable);
        return ConnectResult.Reject(message, new EventRefusal(message, Code ?? AuthCode.Unavailable));
    }

    /// <summary>The sentence for people that belongs to a code.</summary>
    private static string MessageOf(string code) => code switch
    {
        AuthCode.MissingToken => "A token is needed",
        AuthCode.InvalidToken => "The token is not accepted",
        AuthCode.ExpiredToken => "The token has expired",
        AuthCode.EarlyToken => "The token does not hold yet",
        AuthCode.Denied => "Not let in",
        AuthCode.Unavailable => "Nobody can decide at the moment",
        "revoked" => "The token has been revoked",
        "session_taken" => "The user has a session already",
        "cut_off" => "Nobody can be let in at the moment",
        _ => "Refused",
    };
}
