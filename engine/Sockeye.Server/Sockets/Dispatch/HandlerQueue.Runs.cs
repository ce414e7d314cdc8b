using Sockeye.Transport;

namespace Sockeye;

/// <content>Handlers that await, and the end of the socket, which waits for them.</content>
internal sealed partial class HandlerQueue
{
    /// <summary>Handlers that await and are waited for, newest first. Lock.</summary>
    private HandlerRun? _runs;

    /// <summary>The call that runs away from home; 0: none, or nobody waits for it any more.</summary>
    private long _call;

    private long _lastCall;

    /// <summary>The call of this thread that a worker waits for, and whose it is: a handler of one socket may begin one of another, by an emit that listeners see. 0 elsewhere.</summary>
    [ThreadStatic]
    private static long t_call;

    [ThreadStatic]
    private static HandlerQueue? t_queue;

    /// <summary>Whether handlers await. Any thread.</summary>
    public bool HasRuns => Volatile.Read(ref _runs) is not null;

    /// <summary>What runs away from home, for the log.</summary>
    public string Activity { get; set; } = "";

    /// <summary>A handler awaits: the next job waits for it, or, for a concurrent one, that of the disconnection does. In its call.</summary>
    /// <returns>False: nobody waits for its call any more.</returns>
    public bool Begin(HandlerRun run)
    {
        ReadingChange reading;
        lock (_lock)
        {
            if (t_queue == this && t_call != _call)
            {
                return false;
            }

            run.IsAwaited = true;
            run.Next = _runs;
            if (_runs is not null)
            {
                _runs.Previous = run;
            }

            _runs = run;
            if (!run.IsConcurrent)
            {
                _socket.AddRun();
            }
            else if (++_concurrent > _socket.QueueLimits.ConcurrentHandlers)
            {
                _isCrowded = true;
            }

            reading = SettleReading();
        }

        ApplyReading(reading);
        return true;
    }

    /// <summary>A handler is done, or nobody waits for it any more. Any thread.</summary>
    /// <returns>False: nobody did.</returns>
    public bool End(HandlerRun run)
    {
        ReadingChange reading;
        bool unparks;
        object? place;
        lock (_lock)
        {
            if (!run.IsAwaited)
            {
                return false;
            }

            run.IsAwaited = false;
            Unlink(run);
            if (run.IsConcurrent && --_concurrent <= _socket.QueueLimits.ConcurrentHandlers / 2)
            {
                _isCrowded = false;
            }

            reading = SettleReading();
            place = _place;
            unparks = _isParked && (_jobs.First is not { } first || !IsBlocked(first));
            _isParked &= !unparks;
            unparks = unparks && (place is not null || TryPost());
        }

        ApplyReading(reading);
        if (unparks)
        {
            Schedule(place);
        }

        if (!run.IsConcurrent)
        {
            Continue();
        }

        LookForEnd();
        return true;
    }

    /// <summary>The socket has gone: nothing comes after this job. On the event loop.</summary>
    /// <param name="job">That of its disconnection.</param>
    /// <param name="drops">Whether events that wait are dropped.</param>
    /// <param name="mayRun">Whether no handler stands further up the stack.</param>
    public void Close(HandlerJob job, bool drops, bool mayRun)
    {
        object? place;
        ReadingChange reading;
        bool starts;
        _socket.Endings.Enter(_socket);
        lock (_lock)
        {
            _isSealed = true;
            _isEnding = true;
            _jobs.Append(job);
            place = _place;
            mayRun &= place is null;
            starts = !mayRun && MustStart();
            reading = SettleReading();
        }

        ApplyReading(reading);
        if (drops)
        {
            _socket.CountDropped(DropReason.Disconnected, Drop());
        }

        if (mayRun)
        {
            RunHere();
        }
        else if (starts)
        {
            Schedule(place);
        }

        if (!_jobs.IsEmpty)
        {
            new Farewell(this).Start();
        }

        LookForEnd();
    }

    private void Unlink(HandlerRun run)
    {
        if (run.Previous is null)
        {
            _runs = run.Next;
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
    }

    /// <summary>Drops what waits, apart from the handlers of the connection and of its end.</summary>
    /// <returns>Number of events dropped.</returns>
    private int Drop()
    {
        HandlerJob? discarded;
        int events;
        lock (_lock)
        {
            discarded = _jobs.RemoveDroppable(out events);
        }

        while (discarded is { } job)
        {
            discarded = job.Next;
            job.Next = null;
            job.Discard();
        }

        return events;
    }

    private long BeginCall()
    {
        _socket.Begin();
        t_queue = this;
        t_call = ++_lastCall;
        Volatile.Write(ref _call, t_call);
        return t_call;
    }

    /// <returns>False: nobody waits for the call any more, and another worker has taken over.</returns>
    private bool TryEndCall(long call)
    {
        t_queue = null;
        t_call = 0;
        return Interlocked.CompareExchange(ref _call, 0, call) == call;
    }

    /// <summary>Lets the end of the socket wait no longer for what has outlived it by the stop timeout. On the event loop.</summary>
    private sealed class Farewell(HandlerQueue queue) : DueEntry
    {
        private readonly TimeSpan _patience = queue._socket.FarewellTime;
        private long _call;

        public void Start()
        {
            Look();
            queue._socket.Home.DueList(_patience).Add(this);
        }

        /// <inheritdoc />
        protected override void OnDue(TimeSpan due)
        {
            List<HandlerRun> late = [];
            lock (queue._lock)
            {
                for (var run = queue._runs; run is not null; run = run.Next)
                {
                    if (run.IsLate)
                    {
                        late.Add(run);
                    }
                }
            }

            foreach (var run in late)
            {
                queue._socket.ReportOutlived(run.Kind == HandlerKind.Event ? run.Context.Name.ToString() : "On" + run.Kind);
                queue.End(run);
            }

            // Its worker stands in the call; another one takes over.
            if (_call != 0 && TryLeaveCall())
            {
                queue._socket.ReportOutlived(queue.Activity);
                queue.Continue();
            }

            if (!queue._jobs.IsEmpty)
            {
                Start();
            }
        }

        /// <summary>With the lock: a handler that begins to await in the call is either waited for before, or not at all.</summary>
        private bool TryLeaveCall()
        {
            lock (queue._lock)
            {
                return Interlocked.CompareExchange(ref queue._call, 0, _call) == _call;
            }
        }

        /// <summary>What runs now has until the next moment; what began before it is late then.</summary>
        private void Look()
        {
            _call = Volatile.Read(ref queue._call);
            lock (queue._lock)
            {
                for (var run = queue._runs; run is not null; run = run.Next)
                {
                    run.IsLate = true;
                }
            }
        }
    }
}
