namespace Sockeye.Plugins.Tests;

/// <summary>A clock on which nobody waits long for a plugin to start, while it is told so.</summary>
internal sealed class HurriedTime : TimeProvider
{
    public bool Hurries { get; set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Hurries && dueTime == TimeSpan.FromSeconds(30) ? TimeSpan.FromMilliseconds(100) : dueTime, period);
}
