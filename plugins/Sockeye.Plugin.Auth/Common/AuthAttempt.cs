namespace Sockeye.Plugin.Auth.Common;

/// <summary>One client that wants to be let in, or comes with a new token. Lives as long as the decision; one thread at a time.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Address">The address of the peer.</param>
/// <param name="Token">The token; null: it brought none. It is never logged.</param>
/// <param name="Place">Where the token stood.</param>
internal sealed record AuthAttempt(string Namespace, string Address, string? Token, TokenPlace Place)
{
    /// <summary>Who it says to be, unproven, as soon as a source has read that; null: nobody has.</summary>
    public string? Claimed { get; set; }

    /// <summary>Awaited before somebody is asked whom it costs something: clients that have failed before wait there; null: nobody waits.</summary>
    public Func<CancellationToken, ValueTask>? BeforeExpensive { get; init; }

    /// <summary>What may be logged of it: never the token.</summary>
    public override string ToString() => $"{LogText.Escape(Namespace)} from {Address}, token in {Place}";
}

/// <summary>Where a token stood.</summary>
internal enum TokenPlace
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>In what the client sent to enter the namespace.</summary>
    Payload,

    /// <summary>In the header <c>Authorization</c>, behind <c>Bearer</c>.</summary>
    Header,

    /// <summary>In a cookie.</summary>
    Cookie,

    /// <summary>In the query of the URL.</summary>
    Query,

    /// <summary>In the refresh of a client that is connected.</summary>
    Refresh,
}
