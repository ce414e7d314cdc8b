using Sockeye.Transport;

namespace Sockeye;

/// <content>Handlers that await, and the end of the socket, which waits for them.</content>
internal sealed partial class HandlerQueue
{
    /// <summary>Whether handlers await. Any thread.</summary>
    public bool HasRuns => !_runs.IsEmpty;

    /// <summary>What runs away from home, for the log.</summary>
    public string Activity { get; set; } = "";

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

            _runs.Add(run, _socket.QueueLimits.ConcurrentHandlers);
            if (!run.IsConcurrent)
            {
                _socket.AddRun();
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
            if (!_runs.Remove(run, _socket.QueueLimits.ConcurrentHandlers))
            {
                return false;
            }

            reading = SettleReading();
            place = _place;
            unparks = _isParked && (_jobs.First is not { } first || !_runs.Block(first));
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
            new Farewell(this, _socket).Start();
        }

        LookForEnd();
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

    /// <summary>What runs now is late from now on, if it has not ended when somebody looks again.</summary>
    /// <returns>The call that runs away from home, for <see cref="TryGiveUp"/>; 0: none.</returns>
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
    /// <returns>False: it has ended.</returns>
    public bool TryGiveUp(long call)
    {
        lock (_lock)
        {
            return _call.TryGiveUp(call);
        }
    }
}
