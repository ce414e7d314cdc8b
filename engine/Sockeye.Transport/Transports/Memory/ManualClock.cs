namespace Sockeye.Transport.Transports;

/// <summary>The clock that the loops of one memory transport share. It owns their time, which moves only when it is told to.</summary>
/// <remarks>Any thread reads it; whoever drives the loops moves it. Lives as long as they.</remarks>
internal sealed class ManualClock
{
    private long _ticks;

    internal TimeSpan Now
    {
        get => new(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }
}
