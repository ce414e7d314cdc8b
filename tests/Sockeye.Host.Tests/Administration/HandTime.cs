namespace Sockeye.Host.Tests.Administration;

/// <summary>A clock that the test drives.</summary>
internal sealed class HandTime : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public void Pass(TimeSpan time) => _now += time.Ticks;
}
