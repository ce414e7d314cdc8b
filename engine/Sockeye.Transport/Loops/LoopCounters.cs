namespace Sockeye.Transport;

/// <summary>
/// What one loop has done since it was made. It owns the numbers.
/// </summary>
/// <remarks>The loop's thread alone writes them, <see cref="Wakes"/> aside; any thread may read, and sees values that are at most one turn old. Lives as long as the loop.</remarks>
public sealed class LoopCounters
{
    internal long _turns, _stalls, _faults, _posted, _accepted, _acceptPauses, _closed, _blocked, _bytesIn, _bytesOut, _sends, _resets, _moved;
    internal long _waits, _receives, _controls, _accepts, _bytesGathered, _wakes;

    /// <summary>Turns that found something to do.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>How long they took.</summary>
    public TurnLengths TurnLengths { get; } = new();

    /// <summary>Turns that took longer than <see cref="TransportOptions.StallThreshold"/>.</summary>
    public long Stalls => Volatile.Read(ref _stalls);

    /// <summary>Turns that lasted longer than <see cref="TransportOptions.BlockThreshold"/>, counted while they last. Written by the thread that watches the loops.</summary>
    public long Blocked => Volatile.Read(ref _blocked);

    /// <summary>Exceptions that reached the loop out of work, due entries, turn-end items or initialisers. Each is logged; the loop goes on.</summary>
    public long Faults => Volatile.Read(ref _faults);

    /// <summary>Pieces of posted work that have run.</summary>
    public long Posted => Volatile.Read(ref _posted);

    /// <summary>Connections that joined this loop when they were accepted.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>How often accepting paused because descriptors ran out or the connection limit was reached.</summary>
    public long AcceptPauses => Volatile.Read(ref _acceptPauses);

    /// <summary>Connections that were closed on this loop.</summary>
    public long Closed => Volatile.Read(ref _closed);

    /// <summary>Bytes received.</summary>
    public long BytesIn => Volatile.Read(ref _bytesIn);

    /// <summary>Bytes that the kernel has taken.</summary>
    public long BytesOut => Volatile.Read(ref _bytesOut);

    /// <summary>Calls that handed bytes to the kernel.</summary>
    public long Sends => Volatile.Read(ref _sends);

    /// <summary>Calls that asked the kernel for bytes.</summary>
    public long Receives => Volatile.Read(ref _receives);

    /// <summary>Calls that waited for events; 0 where the loop does not wait in epoll, as are the three below.</summary>
    public long Waits => Volatile.Read(ref _waits);

    /// <summary>Calls that changed what is waited for.</summary>
    public long Controls => Volatile.Read(ref _controls);

    /// <summary>Calls that asked for a new connection, the last one in vain included.</summary>
    public long Accepts => Volatile.Read(ref _accepts);

    /// <summary>Calls of other threads that woke the loop because it slept when they gave it work.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    /// <summary>Bytes of small buffers that were copied together for one send.</summary>
    public long BytesGathered => Volatile.Read(ref _bytesGathered);

    /// <summary>Connections that ended with an error of the socket, for example a reset by the peer.</summary>
    public long Resets => Volatile.Read(ref _resets);

    /// <summary>Connections that arrived from another loop.</summary>
    public long Moved => Volatile.Read(ref _moved);
}
