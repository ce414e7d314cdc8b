namespace Sockeye;

/// <summary>The handlers of one socket that await and are waited for, by the next job or, concurrent ones, by that of the disconnection alone.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>, whose lock guards it, apart from what any thread may ask. It owns the links and marks of its runs. With more concurrent ones than
/// <see cref="LimitOptions.ConcurrentHandlers"/> it is crowded, until half of that is left.</remarks>
internal struct HandlerRuns
{
    private HandlerRun? _newest;
    private int _concurrent;
    private volatile bool _isCrowded;

    /// <summary>Whether no handler awaits. Any thread.</summary>
    public readonly bool IsEmpty => Volatile.Read(in _newest) is null;

    /// <summary>Whether so many concurrent handlers run that no further one may begin. Any thread.</summary>
    public readonly bool IsCrowded => _isCrowded;

    /// <summary>Whether a job has to wait although no handler that it waits for runs.</summary>
    public readonly bool Block(HandlerJob job) => job.IsLast ? _concurrent > 0 : _isCrowded;

    public void Add(HandlerRun run, int maxConcurrent)
    {
        run.IsAwaited = true;
        run.Next = _newest;
        if (_newest is not null)
        {
            _newest.Previous = run;
        }

        _newest = run;
        if (run.IsConcurrent && ++_concurrent > maxConcurrent)
        {
            _isCrowded = true;
        }
    }

    /// <returns>False: nobody waited for it any more.</returns>
    public bool Remove(HandlerRun run, int maxConcurrent)
    {
        if (!run.IsAwaited)
        {
            return false;
        }

        run.IsAwaited = false;
        if (run.Previous is null)
        {
            _newest = run.Next;
        }
        else
        {
            run.Previous.Next = run.Next;
        }

        if (run.Next is not null)
        {
            run.Next.Previous = run.Previous;
        }

        run.Next = run.Previous = null;
        if (run.IsConcurrent && --_concurrent <= maxConcurrent / 2)
        {
            _isCrowded = false;
        }

        return true;
    }

    /// <summary>Those that await now are late from now on.</summary>
    public readonly void MarkLate()
    {
        for (var run = _newest; run is not null; run = run.Next)
        {
            run.IsLate = true;
        }
    }

    /// <summary>Those that are late, newest first.</summary>
    public readonly List<HandlerRun> Late()
    {
        List<HandlerRun> late = [];
        for (var run = _newest; run is not null; run = run.Next)
        {
            if (run.IsLate)
            {
                late.Add(run);
            }
        }

        return late;
    }
}
