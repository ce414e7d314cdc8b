namespace Sockeye.Transport.Transports;

/// <summary>The manual loops that are driven together: it owns the list.</summary>
/// <remarks>Any thread: loops come and go also while they are driven. Lives as long as their transport.</remarks>
internal sealed class ManualLoopSet
{
    private readonly Lock _lock = new();
    private volatile ManualLoop[] _all = [];

    /// <summary>Raised when work is posted to one of them, on the posting thread, so that whoever drives them can run it.</summary>
    internal event Action? WorkArrived;

    internal ManualLoop[] All => _all;

    internal void Add(ManualLoop loop)
    {
        lock (_lock)
        {
            _all = [.. _all, loop];
        }
    }

    internal void Remove(ManualLoop loop)
    {
        lock (_lock)
        {
            _all = [.. _all.Where(other => other != loop)];
        }
    }

    internal void OnWorkArrived() => WorkArrived?.Invoke();
}
