namespace Sockeye.Transport;

/// <summary>Counts the open connections of a transport and says when there may be no more. Any thread.</summary>
internal sealed class ConnectionLimit(int max)
{
    private int _count;

    /// <summary>Open connections.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>Whether accepting has to pause.</summary>
    internal bool IsReached => max > 0 && Count >= max;

    /// <summary>Raised when the number falls below the limit. On whichever loop closed the connection.</summary>
    internal event Action? FellBelow;

    internal void Opened() => Interlocked.Increment(ref _count);

    internal void Closed()
    {
        if (Interlocked.Decrement(ref _count) == max - 1 && max > 0) { FellBelow?.Invoke(); }
    }
}
