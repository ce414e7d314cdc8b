namespace Sockeye.Plugin.Auth.Live;

/// <summary>What the plugin keeps for a socket that it has given an identity: from before its admission until it goes. Its changing members are <see cref="LiveSockets"/>' lock's.</summary>
internal sealed class SocketEntry
{
    private int _refreshing;

    public SocketEntry(SockeyeSocket socket, Credential credential, string session)
    {
        Socket = socket;
        Credential = credential;
        Session = session;
    }

    /// <summary>The socket.</summary>
    public SockeyeSocket Socket { get; }

    /// <summary>The tag of its connection, the same for all sockets of a client.</summary>
    public string Session { get; }

    /// <summary>Its token.</summary>
    public Credential Credential { get; set; }

    /// <summary>Its place in the order of all sessions, if users have one only.</summary>
    public long Stamp { get; set; }

    /// <summary>Whether the other nodes have agreed to its session.</summary>
    public bool IsEstablished { get; set; }

    /// <summary>When something is due, in milliseconds since 1970; <see cref="long.MaxValue"/>: never.</summary>
    public long DueAt { get; set; } = long.MaxValue;

    /// <summary>Its place among those that are looked at in turn.</summary>
    public int Place { get; set; }

    /// <summary>Tells entries apart that are due at one moment.</summary>
    public long Number { get; init; }

    /// <summary>When its identity expires, in milliseconds since 1970.</summary>
    public long ExpiresAt { get; set; } = long.MaxValue;

    /// <summary>The identity that the application has given the socket, whose expiry counts; null: none. What was revoked is still that of the token.</summary>
    public SocketIdentity? TakenOver { get; set; }

    /// <summary>Whether its client has been asked for a new token.</summary>
    public bool WasAsked { get; set; }

    /// <summary>Whether it has gone.</summary>
    public bool IsGone { get; set; }

    /// <summary>Lets go of the socket's end.</summary>
    public CancellationTokenRegistration Ending { get; set; }

    /// <summary>What is left of the refreshes that its client may send, and when that was true. Used by one refresh at a time.</summary>
    public (double Left, long At)? Allowance { get; set; }

    /// <summary>What the client is known by when it comes back.</summary>
    public string Device => Credential.Device ?? Credential.Tag ?? Session;

    /// <summary>Its session as a claim.</summary>
    public SessionClaim Claim => new(Credential.Identity.Subject, Session, Device, Stamp);

    /// <summary>Begins a refresh; false: one runs.</summary>
    public bool TryBeginRefresh() => Interlocked.CompareExchange(ref _refreshing, 1, 0) == 0;

    public void EndRefresh() => Volatile.Write(ref _refreshing, 0);
}
