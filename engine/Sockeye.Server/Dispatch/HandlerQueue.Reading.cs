namespace Sockeye;

/// <content>How much may wait, and the pauses of the connection when it is more.</content>
internal sealed partial class HandlerQueue
{
    private bool _isPausing;

    /// <summary>Whether so many concurrent handlers run that no further one may begin. Lock to write.</summary>
    private volatile bool _isCrowded;

    /// <summary>Handlers that await and that the next job does not wait for. Lock.</summary>
    private int _concurrent;

    /// <summary>Whether reading has to change. Lock.</summary>
    /// <returns>1: it pauses; -1: it goes on; 0: neither.</returns>
    private int SettleReading()
    {
        var limits = _socket.QueueLimits;
        if (!_isPausing)
        {
            _isPausing = !_isSealed && (_isCrowded || _count > limits.QueuedEvents || _bytes > limits.QueuedEventBytes);
            return _isPausing ? 1 : 0;
        }

        if (!_isSealed && (_isCrowded || _count > limits.QueuedEvents / 2 || _bytes > limits.QueuedEventBytes / 2))
        {
            return 0;
        }

        _isPausing = false;
        return -1;
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
