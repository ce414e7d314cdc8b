namespace Sockeye;

/// <content>How much may wait, and the pauses of the connection when it is more.</content>
internal sealed partial class HandlerQueue
{
    /// <summary>Whether so many concurrent handlers run that no further one may begin. Lock to write.</summary>
    private volatile bool _isCrowded;

    /// <summary>Handlers that await and that the next job does not wait for. Lock.</summary>
    private int _concurrent;

    /// <summary>The connection begins or ceases to owe acknowledgements: other limits count. On the event loop.</summary>
    public void Settle()
    {
        ReadingChange reading;
        lock (_lock)
        {
            reading = SettleReading();
        }

        ApplyReading(reading);
    }

    /// <summary>Lock.</summary>
    private ReadingChange SettleReading() => _isSealed ? _hold.Release() : _hold.Settle(_socket, _jobs, _isCrowded);

    private void ApplyReading(ReadingChange change)
    {
        if (change == ReadingChange.Pauses)
        {
            _socket.PauseReading();
        }
        else if (change == ReadingChange.GoesOn)
        {
            _socket.ResumeReading();
        }
    }

    /// <summary>Whether a job has to wait although no handler that it waits for runs. Lock.</summary>
    private bool IsBlocked(HandlerJob job) => job.IsLast ? _concurrent > 0 : _isCrowded;
}
