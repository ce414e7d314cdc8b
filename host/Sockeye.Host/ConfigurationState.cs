namespace Sockeye.Host;

/// <summary>What became of a reading of the settings.</summary>
/// <param name="At">When.</param>
/// <param name="Faults">Why it was not taken, a sentence for each fault; empty: it was, and holds.</param>
/// <param name="NeedRestart">Keys whose new values wait for the next start.</param>
internal sealed record ConfigurationReading(DateTimeOffset At, IReadOnlyList<string> Faults, IReadOnlyList<string> NeedRestart)
{
    public bool IsTaken => Faults.Count == 0;
}

/// <summary>The last reading of the settings: what readiness, metrics and the page of operators show of it.</summary>
/// <remarks>Any thread; lives as long as the host. Written by the start and by whoever reads the settings again, one at a time.</remarks>
internal sealed class ConfigurationState(TimeProvider time)
{
    private ConfigurationReading _last = new(time.GetUtcNow(), [], []);
    private long _taken;
    private long _refused;

    /// <summary>The last one; that of the start, until there was another.</summary>
    public ConfigurationReading Last => Volatile.Read(ref _last);

    /// <summary>Readings after the start that hold.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Readings after the start that were at fault, so that what was read before holds.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>The settings hold.</summary>
    /// <param name="needRestart">Keys whose new values wait for the next start.</param>
    public void Take(IReadOnlyList<string> needRestart)
    {
        Interlocked.Increment(ref _taken);
        Volatile.Write(ref _last, new ConfigurationReading(time.GetUtcNow(), [], needRestart));
    }

    /// <summary>What was read before holds.</summary>
    /// <param name="faults">Why, a sentence each.</param>
    public void Refuse(IReadOnlyList<string> faults)
    {
        Interlocked.Increment(ref _refused);
        Volatile.Write(ref _last, new ConfigurationReading(time.GetUtcNow(), faults, Last.NeedRestart));
    }
}
