using Sockeye.Transport;

namespace Sockeye;

/// <summary>What waits for the handlers of one socket, in order. Made when something has to wait for the first time.</summary>
/// <remarks>Where handlers run on the event loop it is used there alone. Elsewhere, on a game loop or on the thread pool, it is filled by the event loop and emptied
/// by one worker at a time; it works from the first job until it is empty, also while a handler awaits.</remarks>
internal sealed class HandlerQueue(ServerSocket socket) : IThreadPoolWorkItem, ILoopWork
{
    /// <summary>Jobs after which the other sockets of a game loop, and its ticks, have their turn.</summary>
    private const int JobsAtOnce = 32;

    private readonly Lock _lock = new();
    private HandlerJob? _first;
    private HandlerJob? _last;
    private int _count;
    private int _bytes;
    private bool _isPausing;
    private bool _isWorking;

    /// <summary>Where it works; null: on the thread pool. Set by whoever starts it, then by its worker.</summary>
    private ServerGameLoop? _loop;

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
            BufferCounters.Hold(job.BytesBesideFrames);
            pause = job.Bytes > 0 && !_isPausing && (_count > limits.QueuedEvents || _bytes > limits.QueuedEventBytes);
            _isPausing |= pause;
            start = MustStart();
        }

        if (pause)
        {
            socket.PauseReading();
        }

        if (start)
        {
            Schedule();
        }
    }

    /// <summary>On the event loop: runs jobs until one is not done when its call returns, or none is left.</summary>
    public void Run()
    {
        while (!socket.IsElsewhere && !socket.IsHandling && Take() is { } job)
        {
            job.Run(socket);
        }

        if (socket.IsElsewhere)
        {
            Start();
        }
    }

    /// <summary>The socket has gone: what only made sense with it is dropped.</summary>
    /// <returns>Number of events dropped.</returns>
    public int Drop() => Drop(everything: false);

    /// <summary>The worker; it ends when the queue is empty, or when a handler awaits, and then goes on with <see cref="Continue"/>.</summary>
    public void Execute()
    {
        for (var left = JobsAtOnce; left > 0;)
        {
            if (socket.GameLoop != _loop)
            {
                Move();
                return;
            }

            // Each job counts as one that runs, so that a handler that completes on another thread meanwhile does not start the next one.
            if (!socket.TryBegin())
            {
                return;
            }

            var job = Take();
            job?.Run(socket);
            if (!socket.TryEnd() || (job is null && TryRest()))
            {
                return;
            }

            left--;
        }

        Schedule();
    }

    void ILoopWork.Run() => Execute();

    /// <summary>The game loop has ended: nothing that waits will run.</summary>
    void ILoopWork.Dropped()
    {
        socket.CountDropped(DropReason.LoopEnded, Drop(everything: true));
        TryRest();
    }

    /// <summary>The handlers that awaited are done.</summary>
    public void Continue()
    {
        bool isWorking;
        lock (_lock)
        {
            isWorking = _isWorking;
        }

        if (isWorking)
        {
            // Not here: whatever completed the last handler may be an event loop.
            Schedule();
        }
        else
        {
            Run();
        }
    }

    /// <summary>Lets the queue work where the socket's handlers run, if anything waits and that is not the event loop.</summary>
    public void Start()
    {
        bool start;
        lock (_lock)
        {
            start = _first is not null && MustStart();
        }

        if (start)
        {
            Schedule();
        }
    }

    /// <summary>Lock.</summary>
    private bool MustStart()
    {
        if (_isWorking || !socket.IsElsewhere)
        {
            return false;
        }

        _isWorking = true;
        _loop = socket.GameLoop;
        _loop?.Enter();
        return true;
    }

    private void Schedule()
    {
        if (_loop is { } loop)
        {
            loop.Post(this);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>The socket's handlers run on another game loop from now on.</summary>
    private void Move()
    {
        var left = _loop;
        lock (_lock)
        {
            _loop = socket.GameLoop;
            _loop?.Enter();
        }

        left?.Leave();
        Schedule();
    }

    /// <summary>Stops working if nothing waits.</summary>
    private bool TryRest()
    {
        bool leaves;
        ServerGameLoop? loop;
        lock (_lock)
        {
            if (_first is not null)
            {
                return false;
            }

            leaves = _isWorking;
            loop = _loop;
            _isWorking = false;
        }

        if (leaves)
        {
            loop?.Leave();
        }

        return true;
    }

    private int Drop(bool everything)
    {
        var dropped = 0;
        bool resume;
        HandlerJob? discarded = null;
        lock (_lock)
        {
            HandlerJob? first = null, last = null, next;
            for (var job = _first; job is not null; job = next)
            {
                next = job.Next;
                if (everything || job.EndsWithSocket)
                {
                    dropped += job is QueuedEvent ? 1 : 0;
                    _count--;
                    _bytes -= job.Bytes;
                    BufferCounters.Hold(-job.BytesBesideFrames);
                    job.Next = discarded;
                    discarded = job;
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

        while (discarded is { } job)
        {
            discarded = job.Next;
            job.Next = null;
            job.Discard();
        }

        if (resume)
        {
            socket.ResumeReading();
        }

        return dropped;
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
            BufferCounters.Hold(-job.BytesBesideFrames);
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
