namespace Sockeye.Transport.Loops;

/// <summary>The due-lists of one loop, its time and the moment of the next due entry, all of which it owns.</summary>
/// <remarks>Loop thread only, except <see cref="Now"/>. Lives as long as the loop. It keeps the lists of at most <see cref="ListsKept"/> intervals that nothing waits in.</remarks>
internal class DueClock
{
    /// <summary>More lists than this, and empty ones are forgotten: intervals chosen per call must not grow the table.</summary>
    internal const int ListsKept = 64;

    /// <summary>A loop whose due entries are later than this reads what has arrived first: the answer that would have kept one from coming due may be there.</summary>
    internal static readonly TimeSpan Late = TimeSpan.FromMilliseconds(5);

    /// <summary>A loop whose due entries are later than this was held up: the process stood still, or a handler blocked. Own choice, as a turn is logged that takes so long.</summary>
    internal static readonly TimeSpan HeldUp = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a loop that was held up lets no deadline pass. Own choice: what waits in the sockets of thousands is read meanwhile, and has found its way from one loop to another.</summary>
    internal static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(1);

    private readonly Dictionary<TimeSpan, DueList> _lists = [];
    private readonly List<DueList> _active = [];
    private long _nowTicks;
    private long _nextTicks = long.MaxValue;
    private long _catchesUpUntil = long.MinValue;
    private long _hasWaited = long.MinValue;        // deadlines up to here have waited for a whole catching-up: another one does not defer them
    private bool _nextIsStale;

    /// <summary>The time of this turn. Other threads see the last turn's.</summary>
    internal virtual TimeSpan Now
    {
        get => new(Volatile.Read(ref _nowTicks));
        set => Volatile.Write(ref _nowTicks, value.Ticks);
    }

    /// <summary>When the loop last went on after it was held up; <see cref="TimeSpan.MinValue"/>: it never was.</summary>
    internal TimeSpan HeldUpAt { get; private set; } = TimeSpan.MinValue;

    /// <summary>Whether the loop was held up a moment ago: no deadline passes.</summary>
    internal bool IsCatchingUp
    {
        get
        {
            Notice();
            return Now.Ticks < _catchesUpUntil;
        }
    }

    /// <summary>Number of the running or last due phase; an entry added in a phase waits for the next one, so that a phase ends.</summary>
    internal int Phase { get; private set; }

    /// <summary>Ticks of the earliest due moment, <see cref="long.MaxValue"/> if nothing waits.</summary>
    internal long NextTicks
    {
        get
        {
            if (_nextIsStale)
            {
                FindNext();
            }

            return _nextTicks;
        }
    }

    internal DueList List(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        if (_lists.TryGetValue(interval, out var list))
        {
            return list;
        }

        if (_lists.Count >= ListsKept)
        {
            ForgetEmptyLists();
        }

        list = new DueList(this, interval);
        _lists.Add(interval, list);
        return list;
    }

    internal virtual void HeadChanged(DueList list, bool wasEmpty)
    {
        _nextIsStale = true;
        if (wasEmpty && !_active.Contains(list))
        {
            _active.Add(list);
        }
    }

    /// <summary>Looks how late the loop is, before anything of a turn is handled.</summary>
    /// <returns>Whether it is so late that it should read before it runs what is due.</returns>
    internal bool Notice()
    {
        var now = Now.Ticks;
        var late = now - NextTicks;
        if (late > HeldUp.Ticks && now >= _catchesUpUntil)
        {
            _hasWaited = HeldUpAt.Ticks;
            HeldUpAt = new TimeSpan(now);
            _catchesUpUntil = now + CatchUpTime.Ticks;
            _nextIsStale = true;
        }

        return late > Late.Ticks;
    }

    /// <summary>Runs what is due at <see cref="Now"/>, in the order of the moments. Returns how many entries ran.</summary>
    internal int RunDue(ILoopFaults faults)
    {
        var now = Now.Ticks;
        if (NextTicks > now)
        {
            return 0;
        }

        Phase++;
        var ran = 0;
        while (TakeDue(now) is { } entry)
        {
            ran++;
            try
            {
                entry.OnDue(entry.DueAt);
            }
            catch (Exception e)
            {
                faults.Report(e, entry);
            }
        }

        // Entries that this phase added with a moment in the past are due in the next turn.
        _nextIsStale = true;
        Phase++;
        return ran;
    }

    private DueEntry? TakeDue(long now)
    {
        DueEntry? first = null;
        for (var i = 0; i < _active.Count; i++)
        {
            var head = _active[i].Head;
            if (head is not null && MomentOf(head) <= now && head._phase != Phase && (first is null || head._dueTicks < first._dueTicks))
            {
                first = head;
            }
        }

        first?._list!.Remove(first);
        return first;
    }

    // A deadline that passes while the loop catches up comes due at the end of it.
    private long MomentOf(DueEntry entry) =>
        entry._dueTicks < _catchesUpUntil && entry._dueTicks > _hasWaited && entry.IsDeadline ? _catchesUpUntil : entry._dueTicks;

    private void FindNext()
    {
        var next = long.MaxValue;
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            var head = _active[i].Head;
            if (head is null)
            {
                _active.RemoveAt(i);
            }
            else
            {
                next = Math.Min(next, MomentOf(head));
            }
        }

        _nextTicks = next;
        _nextIsStale = false;
    }

    private void ForgetEmptyLists()
    {
        foreach (var (interval, list) in _lists)
        {
            // A list that somebody still holds keeps working: it comes back to the active ones with its next entry.
            if (list.Head is null)
            {
                _lists.Remove(interval);
            }
        }
    }
}
