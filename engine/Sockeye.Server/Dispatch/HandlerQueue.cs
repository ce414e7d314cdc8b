namespace Sockeye;

/// <summary>What waits for the handlers of one socket, in order. Made when something has to wait for the first time.</summary>
/// <remarks>Where handlers run on the loop it is used there alone; where they run on the thread pool it is filled by the loop and emptied by one worker at a time.</remarks>
internal sealed class HandlerQueue(ServerSocket socket, bool onPool) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private HandlerJob? _first;
    private HandlerJob? _last;
    private int _count;
    private int _bytes;
    private bool _isPausing;
    private bool _isWorking;

    public bool IsEmpty => Volatile.Read(ref _first) is null;

    /// <summary>Appends a job. Pauses the client when more waits than its limits allow.</summary>
    public void Add(HandlerJob job)
    {
        var limits = socket.QueueLimits;
        bool pause, start;
        lock (_lock)
        {
            if (_last is null)
            {
                Volatile.Write(ref _first, job);
            }
            else
            {
                _last.Next = job;
            }

            _last = job;
            _count++;
            _bytes += job.Bytes;
            pause = job.Bytes > 0 && !_isPausing && (_count > limits.QueuedEvents || _bytes > limits.QueuedEventBytes);
            _isPausing |= pause;
            start = onPool && !_isWorking;
            _isWorking |= start;
        }

        if (pause)
        {
            socket.PauseReading();
        }

        if (start)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Runs jobs until one is not done when its call returns, or none is left.</summary>
    public void Run()
    {
        while (!socket.IsHandling && Take() is { } job)
        {
            job.Run(socket);
        }
    }

    /// <summary>The socket has gone: what only made sense with it is dropped.</summary>
    /// <returns>Number of events dropped.</returns>
    public int Drop()
    {
        var dropped = 0;
        bool resume;
        lock (_lock)
        {
            HandlerJob? first = null, last = null;
            for (var job = _first; job is not null; job = job.Next)
            {
                if (job.EndsWithSocket)
                {
                    dropped += job is QueuedEvent ? 1 : 0;
                    _count--;
                    _bytes -= job.Bytes;
                    continue;
                }

                first ??= job;
                if (last is not null)
                {
                    last.Next = job;
                }

                last = job;
            }

            if (last is not null)
            {
                last.Next = null;
            }

            Volatile.Write(ref _first, first);
            _last = last;
            resume = _isPausing;
            _isPausing = false;
        }

        if (resume)
        {
            socket.ResumeReading();
        }

        return dropped;
    }

    /// <summary>One worker on the thread pool; it ends when the queue is empty, or when a handler awaits, which goes on with <see cref="Continue"/>.</summary>
    public void Execute()
    {
        while (Take() is { } job)
        {
            if (!socket.RunOnPool(job))
            {
                return;
            }
        }
    }

    /// <summary>The handlers that awaited are done.</summary>
    public void Continue()
    {
        if (onPool)
        {
            // Not here: whatever completed the last handler may be a loop.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            Run();
        }
    }

    private HandlerJob? Take()
    {
        HandlerJob? job;
        bool resume;
        lock (_lock)
        {
            job = _first;
            if (job is null)
            {
                _isWorking = false;
                return null;
            }

            Volatile.Write(ref _first, job.Next);
            if (job.Next is null)
            {
                _last = null;
            }

            job.Next = null;
            _count--;
            _bytes -= job.Bytes;
            var limits = socket.QueueLimits;
            resume = _isPausing && _count <= limits.QueuedEvents / 2 && _bytes <= limits.QueuedEventBytes / 2;
            _isPausing &= !resume;
        }

        if (resume)
        {
            socket.ResumeReading();
        }

        return job;
    }
}
