namespace Sockeye.Transport.Loops;

/// <summary>The items of one loop that wait for the end of its turn: it owns the list, not the items.</summary>
/// <remarks>Loop thread only. Lives as long as the loop. Whoever adds an item sees to it that it stands there once; the list keeps its size.</remarks>
internal sealed class TurnEnds
{
    // The length of a WebSocket connection's object.
    private const int PrefetchedLines = 4;

    private Slot[] _slots = new Slot[16];

    internal int Count { get; private set; }

    internal void Add(ITurnEnd item)
    {
        if (Count == _slots.Length)
        {
            Array.Resize(ref _slots, 2 * Count);
        }

        _slots[Count++] = new Slot(item);
    }

    /// <summary>Runs all, also those that are added meanwhile.</summary>
    internal void Run(ILoopFaults faults)
    {
        for (var i = 0; i < Count; i++)
        {
            if (i + 1 < Count)
            {
                PrefetchBehind(i, faults);
            }

            var item = _slots[i].Item;
            try
            {
                item.OnTurnEnd();
            }
            catch (Exception e)
            {
                faults.Report(e, item);
            }
        }

        Array.Clear(_slots, 0, Count);
        Count = 0;
    }

    /// <summary>What an item does takes so long, a call to the kernel as a rule, that the lines of the next ones are there when their turn comes.</summary>
    private void PrefetchBehind(int i, ILoopFaults faults)
    {
        if (i + 2 < Count)
        {
            CacheLines.Prefetch(_slots[i + 2].Item, PrefetchedLines);
        }

        var next = _slots[i + 1].Item;
        try
        {
            next.Prefetch();
        }
        catch (Exception e)
        {
            faults.Report(e, next);
        }
    }

    /// <summary>A struct, because an array of references is checked against its type with every store, and for an interface that is a search.</summary>
    private readonly record struct Slot(ITurnEnd Item);
}
