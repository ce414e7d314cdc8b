namespace Sockeye.Shared;

/// <summary>A clock that stands where a test puts it; its timers are real.</summary>
internal sealed class StillTime : TimeProvider
{
    private long _seconds;

    public long Seconds
    {
        get => Volatile.Read(ref _seconds);
        set => Volatile.Write(ref _seconds, value);
    }

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Seconds;
}
