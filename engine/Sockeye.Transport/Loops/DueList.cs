namespace Sockeye.Transport;

/// <summary>
/// The entries of one loop that wait for one interval. All wait equally long, so appending keeps the list ordered and the loop sleeps until the
/// heads of its lists. Loop thread only. Adding and removing are O(1); an entry with an earlier moment than the last one walks back from the end.
/// </summary>
public sealed class DueList
{
    private readonly DueClock _clock;
    private DueEntry? _tail;

    internal DueList(DueClock clock, TimeSpan interval)
    {
        _clock = clock;
        Interval = interval;
    }

    /// <summary>How long the entries wait.</summary>
    public TimeSpan Interval { get; }

    internal DueEntry? Head { get; private set; }

    /// <summary>Lets the entry wait for <see cref="Interval"/> from now. An entry that waits already, in whichever list, leaves it first.</summary>
    /// <param name="entry">The entry.</param>
    public void Add(DueEntry entry) => Add(entry, _clock.Now + Interval);

    /// <summary>Lets the entry wait until a given moment. An entry that waits already, in whichever list, leaves it first.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="dueAt">The moment on the loop's clock; one in the past is due in the next turn.</param>
    public void Add(DueEntry entry, TimeSpan dueAt)
    {
        ArgumentNullException.ThrowIfNull(entry);
        entry._list?.Remove(entry);
        long due = dueAt.Ticks;
        DueEntry? before = _tail;
        while (before is not null && before._dueTicks > due)
        {
            before = before._previous;
        }

        entry._list = this;
        entry._dueTicks = due;
        entry._phase = _clock.Phase;
        entry._previous = before;
        entry._next = before is null ? Head : before._next;
        if (entry._next is null) { _tail = entry; } else { entry._next._previous = entry; }
        if (before is not null) { before._next = entry; }
        else
        {
            bool wasEmpty = Head is null;
            Head = entry;
            _clock.HeadChanged(this, wasEmpty);
        }
    }

    /// <summary>Takes the entry out. An entry that does not wait in this list is left alone.</summary>
    /// <param name="entry">The entry.</param>
    public void Remove(DueEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry._list != this) { return; }
        DueEntry? previous = entry._previous, next = entry._next;
        if (next is null) { _tail = previous; } else { next._previous = previous; }
        if (previous is not null) { previous._next = next; }
        else
        {
            Head = next;
            _clock.HeadChanged(this, false);
        }

        entry._list = null;
        entry._previous = entry._next = null;
    }
}
