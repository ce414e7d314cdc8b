namespace Sockeye.Transport;

/// <summary>
/// Something that happens at a moment: a ping, an expiry, a timeout. It owns that moment, and is its own list node, so waiting costs no allocation.
/// </summary>
/// <remarks>
/// The loop's thread while it waits in one of its lists. It lives as long as what derives from it, and may wait any number of times, in one <see cref="DueList"/> at a
/// time. Nothing that it hands down is public: a session, for one, has its timer for itself.
/// </remarks>
public abstract class DueEntry
{
    internal DueList? _list;
    internal DueEntry? _previous, _next;
    internal long _dueTicks;
    internal int _phase;
    internal int _heapPlace;        // one-based; 0 for an entry that is linked

    /// <summary>The nominal moment, on the clock of <see cref="ITransportLoop.Now"/>.</summary>
    protected internal TimeSpan DueAt => new(_dueTicks);

    /// <summary>
    /// Whether it ends something unless somebody acts in time, such as a peer that answers. A loop that was held up, for more than 100 ms, reads for a
    /// second what has arrived before it lets a deadline pass.
    /// </summary>
    protected internal virtual bool IsDeadline => false;

    /// <summary>Whether it waits in a list.</summary>
    protected internal bool IsScheduled => _list is not null;

    /// <summary>
    /// Called on the loop in the first turn at or after <see cref="DueAt"/>, never before it, and before the reads of that turn unless the loop is
    /// more than 5 ms late. The entry has left its list and may be added again.
    /// </summary>
    /// <param name="due">The nominal moment, not the time of the call: adding the next interval to it does not drift.</param>
    protected internal abstract void OnDue(TimeSpan due);
}
