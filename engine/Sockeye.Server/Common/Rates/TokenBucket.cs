namespace Sockeye.Server.Common;

/// <summary>How much in a second, and how much at once.</summary>
/// <param name="PerSecond">What comes back in a second; 0: there is no limit.</param>
/// <param name="Burst">What a full bucket holds.</param>
internal readonly record struct Rate(long PerSecond, long Burst)
{
    public bool IsOn => PerSecond > 0;
}

/// <summary>What is left of one rate, in whole numbers, so that a limit is met exactly. A new one is full.</summary>
/// <remarks>A field of its owner, on whose thread or under whose lock it is.</remarks>
internal struct TokenBucket
{
    /// <summary>Parts of one token: a tick of the clock brings back as many as the rate says.</summary>
    private const long PartsPerToken = TimeSpan.TicksPerSecond;

    private long _spent;
    private long _at;

    /// <summary>Adds what has come back until now. A clock that goes back, that of another loop for example, adds nothing.</summary>
    public void Fill(in Rate rate, long now)
    {
        var elapsed = now - _at;
        if (elapsed <= 0)
        {
            return;
        }

        _at = now;
        if (_spent > 0)
        {
            // Before the product could be too large, all has come back.
            _spent = elapsed > _spent / rate.PerSecond ? 0 : _spent - (elapsed * rate.PerSecond);
        }
    }

    /// <summary>Whether so much is there; more than a whole bucket when it is full.</summary>
    public readonly bool Has(in Rate rate, long tokens) => (rate.Burst * PartsPerToken) - _spent >= Math.Min(tokens, rate.Burst) * PartsPerToken;

    /// <summary>Takes it.</summary>
    public void Take(long tokens) => _spent += tokens * PartsPerToken;

    /// <summary>Whether it is as a new one.</summary>
    public readonly bool IsFull => _spent == 0;
}
