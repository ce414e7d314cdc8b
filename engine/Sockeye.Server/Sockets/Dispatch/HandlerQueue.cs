using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>The order of one socket: what waits for its handlers (<see cref="JobList"/>), which of them await (<see cref="HandlerRuns"/>), where they run (<see cref="HandlerPlace"/>) and
/// how much may be under way (<see cref="HandlerLoad"/>). It owns these parts and the lock that guards all of them; they are one type because each step, a job added, a handler ended or a
/// move, looks at several of them at once, and what each decides alone is theirs.</summary>
/// <remarks>
/// <para>Jobs run one at a time, at one place: on the socket's event loop, which is its home, or away from it, on a game loop or on the thread pool. At home only the event loop
/// begins jobs, so an event before which nothing waits or runs passes the queue without a lock. Away there is one worker; it is scheduled from the first job until none is left,
/// also while a handler awaits, and then goes on when that is done.</para>
/// <para><b>Thread.</b> Any thread may add; members say which others may be called where. Nothing of the application runs under the lock.</para>
/// <para><b>Lifetime.</b> Made when something has to wait for the first time. The last job is that of the disconnection: it seals the queue, and begins when no handler awaits any more,
/// concurrent ones included, or when <see cref="Farewell"/> lets it.</para>
/// <para><b>Limits.</b> Those of <see cref="HandlerLoad"/> for what clients send; what the application posts is its own.</para>
/// </remarks>
internal sealed class HandlerQueue(ServerSocket socket, object? place) : IThreadPoolWorkItem, ILoopWork
{
    /// <summary>Jobs after which the other sockets of a loop, and its ticks, have their turn.</summary>
    private const int JobsAtOnce = 32;

    private readonly Lock _lock = new();
    private JobList _jobs;
    private HandlerRuns _runs;
    private AwayCall _call;
    private HandlerPlace _place = new(place);
    private HandlerLoad _load;
    private bool _isSealed;
    private bool _isEnding;     // its socket has gone, and counts among those that are not done

    /// <summary>Whether an event on the event loop need not pass it: handlers run there, and nothing waits.</summary>
    public bool CanBePassed => _place.Current is null && _jobs.IsEmpty && !_load.IsCrowded;

    /// <summary>Whether nothing waits. Any thread.</summary>
    public bool IsEmpty => _jobs.IsEmpty;

    /// <summary>How many jobs wait. Any thread.</summary>
    public int Count => _jobs.Count;

    /// <summary>Whether handlers await. Any thread.</summary>
    public bool HasRuns => !_runs.IsEmpty;

    /// <summary>Whether its socket has gone, and something of it waits or runs. Any thread.</summary>
    public bool IsEnding => Volatile.Read(ref _isEnding);

    public bool IsAway => _place.Current is not null;

    /// <summary>The game loop that it works on; null: none.</summary>
    public ServerGameLoop? Loop => _place.Current as ServerGameLoop;

    /// <summary>What runs away from home, for the log.</summary>
    public string Activity { get; set; } = "";

    /// <summary>Appends a job. Pauses the client when more waits than its limits allow.</summary>
    /// <returns>False: the socket has gone, and nothing comes after its disconnection.</returns>
    public bool TryAdd(HandlerJob job)
    {
        var reading = ReadingChange.None;
        Wakeup wakeup;
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

            wakeup = _place.Start(socket);
        }

        HandlerLoad.Apply(reading, socket);
        Schedule(wakeup);

        return true;
    }

    /// <summary>The first job of a socket that does not run its handlers at home. It waits for <see cref="Release"/>, and everything else behind it.</summary>
    public void AddHeld(HandlerJob job)
    {
        lock (_lock)
        {
            _jobs.Append(job);
            _place.Hold();
        }
    }

    /// <summary>What <see cref="AddHeld"/> has held may begin.</summary>
    public void Release() => Schedule(_place.Again);

    /// <summary>On the event loop, after a job that has passed the queue: what was added meanwhile has its turn.</summary>
    public void GoOn()
    {
        if (!_jobs.IsEmpty || _place.MustMove)
        {
            RunHere();
        }
        else
        {
            LookForEnd();
        }
    }

    /// <summary>A handler awaits: the next job waits for it, or, for a concurrent one, that of the disconnection does. In its call.</summary>
    /// <returns>False: nobody waits for its call any more.</returns>
    public bool Begin(HandlerRun run)
    {
        ReadingChange reading;
        lock (_lock)
        {
            if (_call.IsGivenUp(this))
            {
                return false;
            }

            _runs.Add(run);
            if (run.IsConcurrent)
            {
                _load.Begin(socket.QueueLimits.ConcurrentHandlers);
            }
            else
            {
                socket.AddRun();
            }

            reading = SettleReading();
        }

        HandlerLoad.Apply(reading, socket);
        return true;
    }

    /// <summary>A handler is done, or nobody waits for it any more. Any thread.</summary>
    /// <returns>False: nobody did.</returns>
    public bool End(HandlerRun run)
    {
        ReadingChange reading;
        Wakeup wakeup;
        lock (_lock)
        {
            if (!_runs.Remove(run))
            {
                return false;
            }

            if (run.IsConcurrent)
            {
                _load.End(socket.QueueLimits.ConcurrentHandlers);
            }

            reading = SettleReading();
            wakeup = _place.Unpark(isBlocked: _jobs.First is { } first && _load.Blocks(first));
        }

        HandlerLoad.Apply(reading, socket);
        Schedule(wakeup);
        if (!run.IsConcurrent)
        {
            Continue();
        }

        LookForEnd();
        return true;
    }

    /// <summary>A handler that awaited is done, or nobody waits for it any more: after the last one of its job the next job has its turn. Any thread.</summary>
    public void Continue()
    {
        Wakeup wakeup;
        lock (_lock)
        {
            // With the lock: once nothing runs, the event loop may put the queue elsewhere, and a worker that begins there has not paused.
            if (!socket.TryEnd())
            {
                return;
            }

            wakeup = _place.GoOn(!_jobs.IsEmpty);
        }

        // Not here: whatever completed the last handler may stand further up the stack, or be another loop.
        Schedule(wakeup);
    }

    /// <summary>The connection begins or ceases to owe acknowledgements: other limits count. On the event loop.</summary>
    public void Settle()
    {
        ReadingChange reading;
        lock (_lock)
        {
            reading = SettleReading();
        }

        HandlerLoad.Apply(reading, socket);
    }

    /// <summary>The socket was put elsewhere. A handler that runs ends where it began, the next job follows there. Any thread.</summary>
    public void Move()
    {
        var isHere = socket.IsHere;
        Wakeup wakeup;
        lock (_lock)
        {
            wakeup = _place.AskToMove(socket, isHere);
        }

        Schedule(wakeup);
        if (isHere && !socket.IsHandling)
        {
            TryLeaveHome();
        }
    }

    /// <summary>The socket has gone: nothing comes after this job. On the event loop.</summary>
    /// <param name="job">That of its disconnection.</param>
    /// <param name="drops">Whether events that wait are dropped.</param>
    /// <param name="mayRun">Whether no handler stands further up the stack.</param>
    public void Close(HandlerJob job, bool drops, bool mayRun)
    {
        ReadingChange reading;
        Wakeup wakeup;
        socket.Endings.Enter(socket);
        lock (_lock)
        {
            _isSealed = true;
            _isEnding = true;
            _jobs.Append(job);
            mayRun &= _place.Current is null;
            wakeup = mayRun ? default : _place.Start(socket);
            reading = SettleReading();
        }

        HandlerLoad.Apply(reading, socket);
        if (drops)
        {
            Drop();
        }

        Schedule(wakeup);
        if (mayRun)
        {
            RunHere();
        }

        if (!_jobs.IsEmpty)
        {
            new Farewell(this, socket).Start();
        }

        LookForEnd();
    }

    /// <summary>What runs now is late from now on, if it has not ended when somebody looks again.</summary>
    /// <returns>The call that runs away from home, for <see cref="TryGiveUp"/>.</returns>
    public long MarkLate()
    {
        lock (_lock)
        {
            var call = _call.Number;
            _runs.MarkLate();
            return call;
        }
    }

    /// <summary>Handlers that await and are late.</summary>
    public List<HandlerRun> LateRuns()
    {
        lock (_lock)
        {
            return _runs.Late();
        }
    }

    /// <summary>A call away from home is waited for no longer.</summary>
    /// <returns>False: it has ended, or there was none.</returns>
    public bool TryGiveUp(long call)
    {
        lock (_lock)
        {
            return _call.TryGiveUp(call);
        }
    }

    /// <summary>On the event loop, asked for by another thread or for a later moment.</summary>
    public void OnPosted()
    {
        lock (_lock)
        {
            _place.Arrive();
        }

        RunHere();
    }

    /// <summary>The event loop has ended. Events that wait are dropped; the handlers of the connection and of its end still run, on the thread pool. Any thread.</summary>
    public void OnHomeEnded()
    {
        Wakeup wakeup;
        lock (_lock)
        {
            if (!_place.TryLoseHome(socket, !_jobs.IsEmpty, out wakeup))
            {
                return;
            }
        }

        Drop();
        Schedule(wakeup);
    }

    /// <summary>On the thread pool, under a context that catches what handlers begin there.</summary>
    void IThreadPoolWorkItem.Execute() => socket.PoolContext.Run(this);

    /// <summary>The worker away from home. It ends when the queue is empty; when a handler awaits it goes on with <see cref="Continue"/>.</summary>
    void ILoopWork.Run()
    {
        WorkAway();
        LookForEnd();
    }

    /// <summary>The game loop has ended: what waits runs where the socket belongs without it.</summary>
    void ILoopWork.Dropped() => TryMoveOn();

    private void WorkAway()
    {
        for (var left = JobsAtOnce; left > 0; left--)
        {
            if ((_place.MustMove && TryMoveOn()) || Take(isAway: true) is not { } job)
            {
                return;
            }

            socket.Begin();
            var call = _call.Begin(this);
            job.RunOrDiscard(socket);
            if (!_call.TryEnd(call) || !socket.TryEnd())
            {
                return;
            }
        }

        Schedule(_place.Again);
    }

    /// <summary>On the event loop, with no handler further up the stack: runs jobs until one is not done when its call returns, or none is left.</summary>
    private void RunHere()
    {
        WorkHere();
        LookForEnd();
    }

    private void WorkHere()
    {
        for (var left = JobsAtOnce; !socket.IsHandling && !TryLeaveHome(); left--)
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

            socket.Begin();
            job.RunOrDiscard(socket);
            socket.TryEnd();
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
                    _place.Rest();
                }
            }
            else if (_load.Blocks(job))
            {
                _place.Park();
                job = null;
            }
            else
            {
                _jobs.RemoveFirst();
                reading = SettleReading();
            }
        }

        HandlerLoad.Apply(reading, socket);
        return job;
    }

    /// <summary>Away from home, between two jobs.</summary>
    /// <returns>True: the worker goes on elsewhere, or the event loop in its place.</returns>
    private bool TryMoveOn()
    {
        Wakeup wakeup;
        lock (_lock)
        {
            if (!_place.TryMoveOn(socket, !_jobs.IsEmpty, out wakeup))
            {
                return false;
            }
        }

        Schedule(wakeup);
        return true;
    }

    /// <summary>On the event loop, between two jobs.</summary>
    /// <returns>True: jobs run elsewhere.</returns>
    private bool TryLeaveHome()
    {
        if (_place.Current is not null)
        {
            return true;
        }

        if (!_place.MustMove)
        {
            return false;
        }

        Wakeup wakeup;
        lock (_lock)
        {
            if (!_place.TryLeaveHome(socket, !_jobs.IsEmpty, out wakeup))
            {
                return false;
            }
        }

        Schedule(wakeup);
        return true;
    }

    private void PostHome()
    {
        Wakeup wakeup;
        lock (_lock)
        {
            wakeup = _place.Post();
        }

        Schedule(wakeup);
    }

    /// <summary>Without the lock.</summary>
    private void Schedule(Wakeup wakeup) => _place.Schedule(wakeup, this, socket);

    /// <summary>Drops and counts the events that wait, and the work; not the handlers of the connection and of its end.</summary>
    /// <summary>Drops what waits and may be dropped. Any thread.</summary>
    /// <param name="isMeant">Which of it; null: all. Under the lock.</param>
    public void Drop(Predicate<HandlerJob>? isMeant = null)
    {
        HandlerJob? dropped;
        int events;
        lock (_lock)
        {
            dropped = _jobs.RemoveDroppable(isMeant, out events);
        }

        while (dropped is { } job)
        {
            dropped = job.Next;
            job.Next = null;
            job.Discard();
        }

        socket.CountDropped(DropReason.Disconnected, events);
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
            if (!_isEnding || !_jobs.IsEmpty || !_runs.IsEmpty || socket.IsHandling)
            {
                return;
            }

            _isEnding = false;
        }

        socket.Endings.Leave(socket);
    }

    /// <summary>Lock.</summary>
    private ReadingChange SettleReading() => _isSealed ? _load.Release() : _load.Settle(socket, _jobs);
}
