namespace Sockeye.Server.Sockets;

/// <summary>What becomes of reading from the connection when the queue of one of its sockets has changed.</summary>
internal enum ReadingChange : byte
{
    None,
    Pauses,
    GoesOn,
}

/// <summary>How much of one socket is under way: how many of its concurrent handlers run, and whether it holds up reading from its connection, because these are too many or more waits
/// than may.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>, whose lock guards it, apart from what any thread may ask. With more concurrent handlers than
/// <see cref="LimitOptions.ConcurrentHandlers"/> it is crowded, until half of that is left. What may wait are <see cref="LimitOptions.QueuedEvents"/> and
/// <see cref="LimitOptions.QueuedEventBytes"/>, or those behind an acknowledgement while the client owes one: a handler may wait for the answer, which may stand behind the events that
/// would pause the connection.</remarks>
internal struct HandlerLoad
{
    private int _concurrent;
    private volatile bool _isCrowded;
    private bool _isHeld;

    /// <summary>Whether so many concurrent handlers run that no further job may begin. Any thread.</summary>
    public readonly bool IsCrowded => _isCrowded;

    /// <summary>Whether a job has to wait although no handler that it waits for runs.</summary>
    public readonly bool Blocks(HandlerJob job) => job.IsLast ? _concurrent > 0 : _isCrowded;

    /// <summary>A concurrent handler awaits.</summary>
    public void Begin(int maxConcurrent)
    {
        if (++_concurrent > maxConcurrent)
        {
            _isCrowded = true;
        }
    }

    /// <summary>A concurrent handler is done.</summary>
    public void End(int maxConcurrent)
    {
        if (--_concurrent <= maxConcurrent / 2)
        {
            _isCrowded = false;
        }
    }

    /// <summary>Whether reading has to change: it pauses when more waits than may, and goes on when half of that is left.</summary>
    /// <param name="socket">Whose.</param>
    /// <param name="jobs">What waits.</param>
    public ReadingChange Settle(ServerSocket socket, in JobList jobs)
    {
        var limits = socket.QueueLimits;
        var owesAck = socket.OwesAck;
        var events = owesAck ? Math.Max(limits.QueuedEvents, limits.QueuedEventsBehindAck) : limits.QueuedEvents;
        var bytes = owesAck ? Math.Max(limits.QueuedEventBytes, limits.QueuedEventBytesBehindAck) : limits.QueuedEventBytes;
        if (_isHeld)
        {
            events /= 2;
            bytes /= 2;
        }

        return Set((_isCrowded && !owesAck) || jobs.IsMoreThan(events, bytes));
    }

    /// <summary>The socket has gone: it holds up nothing more, whatever waits.</summary>
    public ReadingChange Release() => Set(false);

    /// <summary>Tells the connection. Any thread, without the lock.</summary>
    public static void Apply(ReadingChange change, ServerSocket socket)
    {
        if (change == ReadingChange.Pauses)
        {
            socket.PauseReading();
        }
        else if (change == ReadingChange.GoesOn)
        {
            socket.ResumeReading();
        }
    }

    private ReadingChange Set(bool isHeld)
    {
        if (isHeld == _isHeld)
        {
            return ReadingChange.None;
        }

        _isHeld = isHeld;
        return isHeld ? ReadingChange.Pauses : ReadingChange.GoesOn;
    }
}
