namespace Sockeye.Transport.Loops;

/// <summary>How many there are of something, and the most that there may be. It owns the number.</summary>
/// <remarks>Any thread; <see cref="Add"/> under the lock of whoever counts. Lives as long as that.</remarks>
internal class LimitedCount(int max)
{
    private int _max = max;
    private int _count;
    private int _isTold;

    /// <summary>How many there are.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>The most that there may be; 0: as many as come. What is there stays where it becomes less.</summary>
    internal int Max
    {
        get => Volatile.Read(ref _max);
        set
        {
            // A fence: whoever leaves meanwhile sees the new limit, or is seen here.
            if (Interlocked.Exchange(ref _max, value) != value)
            {
                Volatile.Write(ref _isTold, 0);
            }

            if (!IsReached)
            {
                FellBelow?.Invoke();
            }
        }
    }

    /// <summary>Whether there may be no further one.</summary>
    internal bool IsReached => Max is > 0 and var most && Count >= most;

    /// <summary>Raised when the number falls below the limit, or the limit is raised. On any thread.</summary>
    internal event Action? FellBelow;

    /// <returns>How many there are then.</returns>
    internal int Add(int change)
    {
        Volatile.Write(ref _count, _count + change);
        return _count;
    }

    /// <summary>One has gone.</summary>
    /// <param name="left">How many were left then.</param>
    internal void FellTo(int left)
    {
        var most = Max;
        if (most <= 0)
        {
            return;
        }

        if (left == most - 1)
        {
            FellBelow?.Invoke();
        }

        if (left == Math.Max(0, most - 1 - Math.Max(1, most / 10)))
        {
            Volatile.Write(ref _isTold, 0);
        }
    }

    /// <summary>Whether to log that the limit is reached: once, until a tenth of them and one more has gone or the limit is another one. Those that come and go at the limit fill no log.</summary>
    internal bool TryTell() => Interlocked.Exchange(ref _isTold, 1) == 0;
}
