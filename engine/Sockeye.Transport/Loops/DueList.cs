using Sockeye.Transport.Loops;

namespace Sockeye.Transport;

/// <summary>
/// The entries of one loop that wait for one interval. It owns their order: all wait equally long, so appending keeps it, and the loop sleeps until the
/// heads of its lists.
/// </summary>
/// <remarks>
/// Loop thread only. It lives as long as the loop, or is forgotten when it is empty and there are many. Any number of entries: adding and removing are O(1);
/// an entry with an earlier moment than the last one goes into a heap beside the list, O(log n), so that no order of moments makes adding dear.
/// </remarks>
public sealed class DueList
{
    private readonly DueClock _clock;
    private DueEntry? _first, _tail;
    private DueHeap? _early;

    internal DueList(DueClock clock, TimeSpan interval)
    {
        _clock = clock;
        Interval = interval;
    }

    /// <summary>How long the entries wait.</summary>
    public TimeSpan Interval { get; }

    /// <summary>The entry with the earliest moment.</summary>
    internal DueEntry? Head => _early?.First is { } early && (_first is null || early._dueTicks < _first._dueTicks) ? early : _first;

    /// <summary>Lets the entry wait for <see cref="Interval"/> from now. An entry that waits already, in whichever list, leaves it first.</summary>
    /// <param name="entry">The entry.</param>
    public void Add(DueEntry entry) => Add(entry, _clock.Now + Interval);

    /// <summary>Lets the entry wait until a given moment. An entry that waits already, in whichever list, leaves it first.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="dueAt">The moment on the loop's clock; one in the past is due in the next turn.</param>
    public void Add(DueEntry entry, TimeSpan dueAt)
    {
        entry._list?.Remove(entry);
        var due = dueAt.Ticks;
        var head = Head;
        entry._list = this;
        entry._dueTicks = due;
        entry._phase = _clock.Phase;
        if (_tail?._dueTicks > due || _early?.LatestTicks >= due)
        {
            // The heap takes equal moments too: so of two the linked one is the older.
            (_early ??= new DueHeap()).Add(entry);
        }
        else
        {
            entry._previous = _tail;
            if (_tail is null)
            {
                _first = entry;
            }
            else
            {
                _tail._next = entry;
            }

            _tail = entry;
        }

        if (Head != head)
        {
            _clock.HeadChanged(this, head is null);
        }
    }

    /// <summary>Takes an entry out of the list in which it waits, whichever that is. One that does not wait is left alone.</summary>
    /// <param name="entry">The entry, or null for one that was never made.</param>
    public static void Cancel(DueEntry? entry) => entry?._list?.Remove(entry);

    /// <summary>Takes out an entry that waits in this list.</summary>
    internal void Remove(DueEntry entry)
    {
        var wasHead = Head == entry;
        if (entry._heapPlace > 0)
        {
            _early!.Remove(entry);
            if (_early.First is null)
            {
                _early = null;
            }
        }
        else
        {
            DueEntry? previous = entry._previous, next = entry._next;
            if (next is null)
            {
                _tail = previous;
            }
            else
            {
                next._previous = previous;
            }

            if (previous is null)
            {
                _first = next;
            }
            else
            {
                previous._next = next;
            }

            entry._previous = entry._next = null;
        }

        entry._list = null;
        if (wasHead)
        {
            _clock.HeadChanged(this, false);
        }
    }
}
