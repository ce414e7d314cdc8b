namespace Sockeye;

/// <content>How much may wait, and the pauses of the connection when it is more.</content>
internal sealed partial class HandlerQueue
{
    private bool _isPausing;

    /// <summary>Whether so many concurrent handlers run that no further one may begin. Lock to write.</summary>
    private volatile bool _isCrowded;

    /// <summary>Handlers that await and that the next job does not wait for. Lock.</summary>
    private int _concurrent;

    /// <summary>The connection begins or ceases to owe acknowledgements: other limits count. On the event loop.</summary>
    public void Settle()
    {
        int reading;
        lock (_lock)
        {
            reading = SettleReading();
        }

        ApplyReading(reading);
    }

    /// <summary>Whether reading has to change: it pauses when more waits than may, and goes on when half of that is left. Lock.</summary>
    /// <returns>1: it pauses; -1: it goes on; 0: neither.</returns>
    private int SettleReading()
    {
        var limits = _socket.QueueLimits;

        // A handler may wait for the answer, which may stand behind the events that would pause the connection.
        var owesAck = _socket.OwesAck;
        var events = owesAck ? Math.Max(limits.QueuedEvents, limits.QueuedEventsBehindAck) : limits.QueuedEvents;
        var bytes = owesAck ? Math.Max(limits.QueuedEventBytes, limits.QueuedEventBytesBehindAck) : limits.QueuedEventBytes;
        if (_isPausing)
        {
            events /= 2;
            bytes /= 2;
        }

        var pauses = !_isSealed && ((_isCrowded && !owesAck) || _count > events || _bytes > bytes);
        if (pauses == _isPausing)
        {
            return 0;
        }

        _isPausing = pauses;
        return pauses ? 1 : -1;
    }

    private void ApplyReading(int change)
    {
        if (change > 0)
        {
            _socket.PauseReading();
        }
        else if (change < 0)
        {
            _socket.ResumeReading();
        }
    }

    /// <summary>Whether a job has to wait although no handler that it waits for runs. Lock.</summary>
    private bool IsBlocked(HandlerJob job) => job.IsLast ? _concurrent > 0 : _isCrowded;
}
