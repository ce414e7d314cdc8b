namespace Sockeye.Transport.Loops;

/// <summary>The count of a transport's open connections, which it owns, and the most that there may be.</summary>
/// <remarks>Any thread. Lives as long as the transport.</remarks>
internal sealed class ConnectionLimit(int max)
{
    private int _count;
    private int _isTold;

    /// <summary>Open connections.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>Whether accepting has to pause.</summary>
    internal bool IsReached => max > 0 && Count >= max;

    /// <summary>Raised when the number falls below the limit. On whichever loop closed the connection.</summary>
    internal event Action? FellBelow;

    internal void Opened() => Interlocked.Increment(ref _count);

    internal void Closed()
    {
        var left = Interlocked.Decrement(ref _count);
        if (max <= 0)
        {
            return;
        }

        if (left == max - 1)
        {
            FellBelow?.Invoke();
        }

        if (left == max - 1 - (max / 10))
        {
            Volatile.Write(ref _isTold, 0);
        }
    }

    /// <summary>Whether to log that the limit is reached: once, until a tenth of the connections has gone. Clients that come and go at the limit fill no log.</summary>
    internal bool TryTell() => Interlocked.Exchange(ref _isTold, 1) == 0;
}
