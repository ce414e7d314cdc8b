namespace Sockeye.Transport.Transports;

/// <summary>The clock that the loops of one memory transport share. It moves only when it is told to.</summary>
internal sealed class ManualClock
{
    private long _ticks;

    internal TimeSpan Now
    {
        get => new(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }
}
