namespace Sockeye.Transport;

/// <summary>The items of one loop that wait for the end of its turn. Loop thread only.</summary>
internal sealed class TurnEnds
{
    private Slot[] _slots = new Slot[16];

    internal int Count { get; private set; }

    internal void Add(ITurnEnd item)
    {
        if (Count == _slots.Length) { Array.Resize(ref _slots, 2 * Count); }
        _slots[Count++] = new Slot(item);
    }

    /// <summary>Runs all, also those that are added meanwhile.</summary>
    internal void Run(ILoopFaults faults)
    {
        for (int i = 0; i < Count; i++)
        {
            ITurnEnd item = _slots[i].Item;
            try { item.OnTurnEnd(); }
            catch (Exception e) { faults.Report(e, item); }
        }

        Array.Clear(_slots, 0, Count);
        Count = 0;
    }

    /// <summary>A struct, because an array of references is checked against its type with every store, and for an interface that is a search.</summary>
    private readonly record struct Slot(ITurnEnd Item);
}
