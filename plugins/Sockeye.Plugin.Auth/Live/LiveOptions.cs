namespace Sockeye.Plugin.Auth.Live;

/// <summary>What the plugin does while clients are connected. Does not change; a new configuration is a new object.</summary>
internal sealed record LiveOptions
{
    /// <summary>Longest time that a revocation is kept: 30 days.</summary>
    public static readonly TimeSpan MaxMemory = TimeSpan.FromDays(30);

    /// <summary>How long before the expiry the client is asked for a new token; zero: never.</summary>
    public TimeSpan RefreshLead { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What happens to a socket whose identity has expired.</summary>
    public ExpiryAction WhenExpired { get; init; }

    /// <summary>How far a token may be past its expiry to be admitted: such a one has this long.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>New tokens that one socket may send by itself within a minute.</summary>
    public int RefreshesPerMinute { get; init; } = 6;

    /// <summary>How long the check of a new token may take.</summary>
    public TimeSpan RefreshTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a revocation is kept unless it says otherwise: at least as long as tokens live.</summary>
    public TimeSpan RevocationMemory { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Revocations that are kept at once.</summary>
    public int MaxRevocations { get; init; } = RevocationSet.DefaultMax;

    /// <summary>The SHA-256 of the key for the administrator's routes; null: there are no such routes.</summary>
    public byte[]? AdminKeySha256 { get; init; }

    /// <summary>Whether clients are admitted while revocations of other nodes may be unknown.</summary>
    public CutOffAction WhenCutOff { get; init; }

    /// <summary>How many sessions a user may have.</summary>
    public SingleSessionMode SingleSession { get; init; }

    /// <summary>How long the answers of other nodes about a user's sessions are waited for.</summary>
    public TimeSpan SessionPatience { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Failures of one address, or against one identity, that are answered at once, and how many are forgotten in a minute; zero: none is answered later.</summary>
    public int FreeFailures { get; init; } = Throttle.DefaultFreeFailures;

    /// <summary>Longest delay of the answer to a failure.</summary>
    public TimeSpan MaxFailureDelay { get; init; } = Throttle.DefaultMaxDelay;

    /// <summary>The audit log; null: there is none.</summary>
    public string? AuditPath { get; init; }

    /// <summary>Bytes of a file of the audit log.</summary>
    public long AuditMaxBytes { get; init; } = AuditLog.DefaultMaxBytes;

    /// <summary>Files of the audit log.</summary>
    public int AuditMaxFiles { get; init; } = AuditLog.DefaultMaxFiles;
}

/// <summary>What happens to a socket whose identity has expired.</summary>
internal enum ExpiryAction
{
    /// <summary>It is told so and disconnected from its namespace.</summary>
    Disconnect,

    /// <summary>It stays; the audit log, the metric and a line in the log say so.</summary>
    Warn,
}

/// <summary>Whether clients are admitted while revocations of other nodes may be unknown.</summary>
internal enum CutOffAction
{
    /// <summary>They are.</summary>
    Admit,

    /// <summary>They are not.</summary>
    Refuse,
}

/// <summary>How many sessions a user may have.</summary>
internal enum SingleSessionMode
{
    /// <summary>Any number.</summary>
    Off,

    /// <summary>One: a new one takes the place of the old one.</summary>
    KickOld,

    /// <summary>One: a new one is refused while there is an old one, unless it is the same device.</summary>
    RefuseNew,
}
