namespace Sockeye;

/// <content>How much may wait, and the pauses of the connection when it is more.</content>
internal sealed partial class HandlerQueue
{
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
    private ReadingChange SettleReading() => _isSealed ? _hold.Release() : _hold.Settle(_socket, _jobs, _runs.IsCrowded);

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
}
