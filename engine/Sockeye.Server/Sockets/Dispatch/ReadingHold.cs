namespace Sockeye;

/// <summary>What becomes of reading from the connection when the queue of one of its sockets has changed.</summary>
internal enum ReadingChange : byte
{
    None,
    Pauses,
    GoesOn,
}

/// <summary>Whether a socket holds up reading from its connection, because more of it waits than may or too many of its concurrent handlers run.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>, whose lock guards it. The limits are <see cref="LimitOptions.QueuedEvents"/> and <see cref="LimitOptions.QueuedEventBytes"/>, and those
/// behind an acknowledgement while the client owes one: a handler may wait for the answer, which may stand behind the events that would pause the connection.</remarks>
internal struct ReadingHold
{
    private bool _isHeld;

    /// <summary>Whether reading has to change: it pauses when more waits than may, and goes on when half of that is left.</summary>
    /// <param name="socket">Whose.</param>
    /// <param name="jobs">What waits.</param>
    /// <param name="isCrowded">Whether so many concurrent handlers run that no further one may begin.</param>
    public ReadingChange Settle(ServerSocket socket, in JobList jobs, bool isCrowded)
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

        return Set((isCrowded && !owesAck) || jobs.IsMoreThan(events, bytes));
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
