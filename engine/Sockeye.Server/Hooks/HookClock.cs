namespace Sockeye.Server.Hooks;

/// <summary>The clock by which hooks are measured: that of the server, in milliseconds.</summary>
/// <remarks>Any thread. The system's is read in the cheapest way there is, some nanoseconds to some 4 ms, since each call of a hook reads it twice.</remarks>
internal sealed class HookClock(TimeProvider time)
{
    private readonly bool _isSystem = time == TimeProvider.System;
    private long _perMillisecond;

    public TimeProvider Time => time;

    public long Now => _isSystem ? Environment.TickCount64 : Read();

    private long Read()
    {
        try
        {
            if (_perMillisecond == 0)
            {
                _perMillisecond = Math.Max(1, time.TimestampFrequency / 1000);
            }

            return time.GetTimestamp() / _perMillisecond;
        }
#pragma warning disable CA1031 // A clock of the application that fails stands still, and then nothing overruns.
        catch (Exception)
#pragma warning restore CA1031
        {
            return 0;
        }
    }
}
