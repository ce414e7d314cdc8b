namespace Sockeye.Server.Sockets;

/// <summary>The call of a job that runs away from home, numbered, so that one that has outlived its socket can be given up: its worker then finds that another one has taken over.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>. <see cref="Begin"/> and <see cref="TryEnd"/> are the worker's, around the call and on its thread; the lock guards the rest,
/// so that a handler that begins to await in the call is either waited for before it is given up, or not at all.</remarks>
internal struct AwayCall
{
    private long _number;       // odd: that of the call that runs; even: none does, or nobody waits for it any more

    /// <summary>The call of this thread that a worker waits for, and whose it is: a handler of one socket may begin one of another, by an emit that listeners see.</summary>
    [ThreadStatic]
    private static long t_number;

    [ThreadStatic]
    private static HandlerQueue? t_queue;

    /// <summary>The number of the call that runs; an even one: none. Any thread.</summary>
    public readonly long Number => Volatile.Read(in _number);

    public long Begin(HandlerQueue queue)
    {
        t_queue = queue;
        t_number = _number + 1;
        Volatile.Write(ref _number, t_number);
        return t_number;
    }

    /// <returns>False: it was given up, and another worker has taken over.</returns>
    public bool TryEnd(long number)
    {
        t_queue = null;
        t_number = 0;
        return TryGiveUp(number);
    }

    /// <summary>Nobody waits for it from now on.</summary>
    /// <returns>False: nobody does, or the number was that of none.</returns>
    public bool TryGiveUp(long number) => (number & 1) != 0 && Interlocked.CompareExchange(ref _number, number + 1, number) == number;

    /// <summary>Whether the caller stands in a call of this queue that was given up.</summary>
    public readonly bool IsGivenUp(HandlerQueue queue) => t_queue == queue && t_number != _number;
}
