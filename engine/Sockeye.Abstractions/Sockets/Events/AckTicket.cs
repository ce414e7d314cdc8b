namespace Sockeye.Abstractions.Sockets;

/// <summary>The right to answer one event once, shared by all copies of its context.</summary>
/// <remarks>
/// Tickets are used again for later events, so that an answer costs no allocation. Each use has a number: a context that was kept after
/// its event was answered holds an old one and can answer nothing. A ticket that is never used is left to the collector.
/// </remarks>
internal sealed class AckTicket
{
    /// <summary>Idle tickets that a thread keeps.</summary>
    private const int Kept = 64;

    [ThreadStatic]
    private static AckTicket? _idle;

    [ThreadStatic]
    private static int _idleCount;

    private AckTicket? _next;
    private long _id;
    private long _use;

    public static AckTicket Rent(long id, out long use)
    {
        var ticket = _idle;
        if (ticket is null)
        {
            ticket = new AckTicket();
        }
        else
        {
            _idle = ticket._next;
            _idleCount--;
            ticket._next = null;
        }

        ticket._id = id;
        use = ticket._use;
        return ticket;
    }

    public bool IsOpen(long use) => Volatile.Read(ref _use) == use;

    /// <summary>True once for each use, for the first who asks; from then on the ticket is free for another event.</summary>
    public bool TryUse(long use, out long id)
    {
        if (Interlocked.CompareExchange(ref _use, use + 1, use) != use)
        {
            id = 0;
            return false;
        }

        id = _id;
        if (_idleCount < Kept)
        {
            _idleCount++;
            _next = _idle;
            _idle = this;
        }

        return true;
    }
}
