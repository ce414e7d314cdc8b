namespace Sockeye.Server.Sockets;

/// <summary>The handlers of one socket that await and are waited for, by the next job or, concurrent ones, by that of the disconnection alone.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>, whose lock guards it; whether it is empty any thread may ask. It owns the links and marks of its runs. The concurrent ones are limited
/// by <see cref="HandlerLoad"/>, the others belong to one job.</remarks>
internal struct HandlerRuns
{
    private HandlerRun? _newest;

    /// <summary>Whether no handler awaits. Any thread.</summary>
    public readonly bool IsEmpty => Volatile.Read(in _newest) is null;

    public void Add(HandlerRun run)
    {
        run.IsAwaited = true;
        run.Next = _newest;
        if (_newest is not null)
        {
            _newest.Previous = run;
        }

        _newest = run;
    }

    /// <returns>False: nobody waited for it any more.</returns>
    public bool Remove(HandlerRun run)
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
