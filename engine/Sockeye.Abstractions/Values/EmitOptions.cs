namespace Sockeye.Abstractions.Values;

[Flags]
internal enum EmitFlags : byte
{
    None = 0,
    Volatile = 1,
    NoCompress = 2,

    /// <summary>The policy is that of the room here, not one that was asked for.</summary>
    RoomPolicy = 4,
}

/// <summary>How one event is to be sent: what the operators of a call chain have collected.</summary>
internal readonly struct EmitOptions
{
    /// <summary>A day: what waits longer is not waiting for an acknowledgement.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(1);

    private readonly TimeSpan _timeout;

    public EmitFlags Flags { get; init; }

    public OutboxPolicy WhenFull { get; init; }

    public string? LatestKey { get; init; }

    public long LatestId { get; init; }

    /// <summary>How long an acknowledgement is awaited; null: the server's default.</summary>
    public TimeSpan? Timeout
    {
        get => _timeout == TimeSpan.Zero ? null : _timeout;
        init => _timeout = value ?? TimeSpan.Zero;
    }

    public bool IsVolatile => (Flags & EmitFlags.Volatile) != 0;

    public EmitOptions With(EmitFlags flag) => this with { Flags = Flags | flag };

    public EmitOptions WithCompress(bool compress) =>
        this with
        {
            Flags = compress ? Flags & ~EmitFlags.NoCompress : Flags | EmitFlags.NoCompress
        };

    public EmitOptions WithTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, MaxTimeout);
        return this with { Timeout = timeout };
    }

    public EmitOptions WithLatest(string key, long id)
    {
        ArgumentNullException.ThrowIfNull(key);
        return this with { LatestKey = key, LatestId = id };
    }
}
