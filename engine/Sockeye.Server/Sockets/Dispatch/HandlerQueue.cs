using Sockeye.Transport;

namespace Sockeye;

/// <summary>The order of one socket: what waits for its handlers, which of them await, and where they run. Made when something has to wait for the first time.</summary>
/// <remarks>
/// <para>Jobs run one at a time, at one place: on the socket's event loop, which is its home, or away from it, on a game loop or on the thread pool. At home only the event loop
/// begins jobs, so an event before which nothing waits or runs passes the queue without a lock. Away there is one worker; it is scheduled from the first job until none is left,
/// also while a handler awaits, and then goes on when that is done.</para>
/// <para>The last job is that of the disconnection: it seals the queue, and begins when no handler awaits any more, concurrent ones included.</para>
/// <para>Any thread may add; members say which others may be called where.</para>
/// </remarks>
internal sealed partial class HandlerQueue : IThreadPoolWorkItem, ILoopWork
{
    /// <summary>Jobs after which the other sockets of a loop, and its ticks, have their turn.</summary>
    private const int JobsAtOnce = 32;

    private readonly ServerSocket _socket;
    private readonly Lock _lock = new();
    private JobList _jobs;
    private HandlerRuns _runs;
    private AwayCall _call;
    private ReadingHold _hold;
    private bool _isSealed;

    /// <summary>Whether its socket has gone, and it counts among those that are not done. Lock.</summary>
    private bool _isEnding;

    /// <summary>Whether the first job cannot begin before a concurrent handler has ended. Lock.</summary>
    private bool _isParked;

    /// <param name="socket">Whose.</param>
    /// <param name="place">Where its handlers run: null at home, else <see cref="Pool"/> or a game loop.</param>
    public HandlerQueue(ServerSocket socket, object? place)
    {
        _socket = socket;
        _place = place;
    }

    /// <summary>Whether an event on the event loop need not pass it: handlers run there, and nothing waits.</summary>
    public bool CanBePassed => Volatile.Read(ref _place) is null && _jobs.IsEmpty && !_runs.IsCrowded;

    /// <summary>Whether nothing waits. Any thread.</summary>
    public bool IsEmpty => _jobs.IsEmpty;

    /// <summary>Whether its socket has gone, and something of it waits or runs. Any thread.</summary>
    public bool IsEnding => Volatile.Read(ref _isEnding);

    /// <summary>Appends a job. Pauses the client when more waits than its limits allow.</summary>
    /// <returns>False: the socket has gone, and nothing comes after its disconnection.</returns>
    public bool TryAdd(HandlerJob job)
    {
        object? place;
        var reading = ReadingChange.None;
        bool starts;
        lock (_lock)
        {
            if (_isSealed)
            {
                return false;
            }

            _jobs.Append(job);
            if (job.Bytes > 0)
            {
                reading = SettleReading();
            }

            place = _place;
            starts = MustStart();
        }

        ApplyReading(reading);
        if (starts)
        {
            Schedule(place);
        }

        return true;
    }

    /// <summary>The first job of a socket that does not run its handlers at home. It waits for <see cref="Release"/>, and everything else behind it.</summary>
    public void AddHeld(HandlerJob job)
    {
        lock (_lock)
        {
            _jobs.Append(job);
            _isWorking = true;
        }
    }

    /// <summary>What <see cref="AddHeld"/> has held may begin.</summary>
    public void Release() => Schedule(_place);

    /// <summary>On the event loop, after a job that has passed the queue: what was added meanwhile has its turn.</summary>
    public void GoOn()
    {
        if (!_jobs.IsEmpty || _mustMove)
        {
            RunHere();
        }
        else
        {
            LookForEnd();
        }
    }

    /// <summary>A handler that awaited is done, or nobody waits for it any more: after the last one of its job the next job has its turn. Any thread.</summary>
    public void Continue()
    {
        object? place;
        bool starts;
        lock (_lock)
        {
            // With the lock: once nothing runs, the event loop may put the queue elsewhere, and a worker that begins there has not paused.
            if (!_socket.TryEnd())
            {
                return;
            }

            place = _place;

            // Away the worker has only paused.
            starts = place is not null || ((!_jobs.IsEmpty || _mustMove) && TryPost());
        }

        if (starts)
        {
            // Not here: whatever completed the last handler may stand further up the stack, or be another loop.
            Schedule(place);
        }
    }

    /// <summary>The worker away from home. It ends when the queue is empty; when a handler awaits it goes on with <see cref="Continue"/>.</summary>
    private void Execute()
    {
        Work();
        LookForEnd();
    }

    private void Work()
    {
        for (var left = JobsAtOnce; left > 0; left--)
        {
            if (TryMove() || Take(isAway: true) is not { } job)
            {
                return;
            }

            _socket.Begin();
            var call = _call.Begin(this);
            Run(job);
            if (!_call.TryEnd(call) || !_socket.TryEnd())
            {
                return;
            }
        }

        Schedule(_place);
    }

    void ILoopWork.Run() => Execute();

    /// <summary>On the thread pool, under a context that catches what handlers begin there.</summary>
    void IThreadPoolWorkItem.Execute() => _socket.PoolContext.Run(this);

    /// <summary>On the event loop, with no handler further up the stack: runs jobs until one is not done when its call returns, or none is left.</summary>
    private void RunHere()
    {
        WorkHere();
        LookForEnd();
    }

    private void WorkHere()
    {
        for (var left = JobsAtOnce; !_socket.IsHandling && !TryLeaveHome(); left--)
        {
            if (left == 0)
            {
                PostHome();
                return;
            }

            if (Take(isAway: false) is not { } job)
            {
                return;
            }

            _socket.Begin();
            Run(job);
            _socket.TryEnd();
        }
    }

    /// <summary>Handlers of the application are guarded one by one further down; what arrives here is a fault of the engine, and must end neither a loop's turn nor the process.</summary>
    private void Run(HandlerJob job)
    {
        try
        {
            if (_socket.MayBegin(job))
            {
                job.Run(_socket);
            }
            else
            {
                job.Discard();
            }
        }
#pragma warning disable CA1031 // The socket has to go on; the fault is logged and counted.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _socket.ReportFault(fault);
        }
    }

    /// <summary>The next job; null if there is none that can begin now. Away the worker then rests, unless it is parked.</summary>
    private HandlerJob? Take(bool isAway)
    {
        HandlerJob? job;
        var reading = ReadingChange.None;
        lock (_lock)
        {
            job = _jobs.First;
            if (job is null)
            {
                if (isAway)
                {
                    _isWorking = false;
                }
            }
            else if (_runs.Block(job))
            {
                _isParked = true;
                job = null;
            }
            else
            {
                _jobs.RemoveFirst();
                reading = SettleReading();
            }
        }

        ApplyReading(reading);
        return job;
    }

    /// <summary>After whatever may have been the last of the socket.</summary>
    private void LookForEnd()
    {
        if (!Volatile.Read(ref _isEnding))
        {
            return;
        }

        lock (_lock)
        {
            if (!_isEnding || !_jobs.IsEmpty || !_runs.IsEmpty || _socket.IsHandling)
            {
                return;
            }

            _isEnding = false;
        }

        _socket.Endings.Leave(_socket);
    }
}
