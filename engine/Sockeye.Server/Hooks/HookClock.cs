namespace Sockeye.Server.Hooks;

/// <summary>The clock by which hooks are measured: that of the server, in units of its own.</summary>
/// <remarks>Any thread. The system's is read in the cheapest way there is, some nanoseconds to some 4 ms, since it is read with each call of a hook; so what is compared with it is converted, and it is not.</remarks>
internal sealed class HookClock(TimeProvider time)
{
    private readonly bool _isSystem = time == TimeProvider.System;
    private readonly long _perMillisecond = PerMillisecond(time);

    public TimeProvider Time => time;

    /// <summary>The moment.</summary>
    public long Now => _isSystem ? Environment.TickCount64 : Read();

    /// <summary>How many units a time has, to the millisecond.</summary>
    public long Units(TimeSpan duration) => (long)duration.TotalMilliseconds * _perMillisecond;

    /// <summary>How many milliseconds a time in units is.</summary>
    public long Milliseconds(long units) => units / _perMillisecond;

    private static long PerMillisecond(TimeProvider time)
    {
        try
        {
            return time == TimeProvider.System ? 1 : Math.Max(1, time.TimestampFrequency / 1000);
        }
#pragma warning disable CA1031 // A clock of the application that fails is as one that stands still.
        catch (Exception)
#pragma warning restore CA1031
        {
            return 1;
        }
    }

    private long Read()
    {
        try
        {
            return time.GetTimestamp();
        }
#pragma warning disable CA1031 // A clock of the application that fails stands still, and then nothing overruns.
        catch (Exception)
#pragma warning restore CA1031
        {
            return 0;
        }
    }
}
