namespace Sockeye.Transport.Loops;

/// <summary>The count of a transport's open connections, which it owns, and the most that there may be.</summary>
/// <remarks>Any thread. Lives as long as the transport.</remarks>
internal sealed class ConnectionLimit(int max)
{
    private int _max = max;
    private int _count;
    private int _isTold;

    /// <summary>Open connections.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>The most that there may be; 0: as many as come. What is open stays where it becomes less.</summary>
    internal int Max
    {
        get => Volatile.Read(ref _max);
        set
        {
            Volatile.Write(ref _max, value);
            if (!IsReached)
            {
                FellBelow?.Invoke();
            }
        }
    }

    /// <summary>Whether accepting has to pause.</summary>
    internal bool IsReached => Max is > 0 and var most && Count >= most;

    /// <summary>Raised when the number falls below the limit, or the limit is raised. On whichever loop closed the connection, or any thread.</summary>
    internal event Action? FellBelow;

    internal void Opened() => Interlocked.Increment(ref _count);

    internal void Closed()
    {
        var left = Interlocked.Decrement(ref _count);
        var most = Max;
        if (most <= 0)
        {
            return;
        }

        if (left == most - 1)
        {
            FellBelow?.Invoke();
        }

        if (left == most - 1 - (most / 10))
        {
            Volatile.Write(ref _isTold, 0);
        }
    }

    /// <summary>Whether to log that the limit is reached: once, until a tenth of the connections has gone. Clients that come and go at the limit fill no log.</summary>
    internal bool TryTell() => Interlocked.Exchange(ref _isTold, 1) == 0;
}
