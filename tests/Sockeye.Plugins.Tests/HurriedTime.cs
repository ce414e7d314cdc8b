namespace Sockeye.Plugins.Tests;

/// <summary>A clock on which nobody waits long for a plugin, while it is told so.</summary>
/// <param name="patience">How long it would be waited for, in seconds; 30 for a start.</param>
internal sealed class HurriedTime(int patience = 30) : TimeProvider
{
    public bool Hurries { get; set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Hurries && dueTime == TimeSpan.FromSeconds(patience) ? TimeSpan.FromMilliseconds(100) : dueTime, period);
}
