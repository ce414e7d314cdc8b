namespace Sockeye.Transport.Loops;

/// <summary>The entries of one <see cref="DueList"/> that came with an earlier moment than its last one: a binary heap in which each entry knows its place.
/// Of equal moments the one that came first is first.</summary>
/// <remarks>It owns their order. Loop thread only. Lives while there are any; the array grows and shrinks with their number.</remarks>
internal sealed class DueHeap
{
    private const int Smallest = 16;

    private Node[] _nodes = new Node[Smallest];
    private int _count;
    private long _added;

    /// <summary>The entry with the earliest moment.</summary>
    internal DueEntry? First => _nodes[0].Entry;

    /// <summary>The latest moment of all that were added.</summary>
    internal long LatestTicks { get; private set; }

    internal void Add(DueEntry entry)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        LatestTicks = Math.Max(LatestTicks, entry._dueTicks);
        Rise(new Node(entry, _added++), _count++);
    }

    internal void Remove(DueEntry entry)
    {
        var place = entry._heapPlace - 1;
        entry._heapPlace = 0;
        var last = _nodes[--_count];
        _nodes[_count] = default;
        if (last.Entry != entry)
        {
            // The last node takes the place, and goes on from there in whichever direction it belongs.
            if (place > 0 && last.IsBefore(_nodes[(place - 1) / 2]))
            {
                Rise(last, place);
            }
            else
            {
                Sink(last, place);
            }
        }

        if (_nodes.Length > Smallest && _count < _nodes.Length / 4)
        {
            Array.Resize(ref _nodes, _nodes.Length / 2);
        }
    }

    private void Rise(Node node, int place)
    {
        for (int above; place > 0 && node.IsBefore(_nodes[above = (place - 1) / 2]); place = above)
        {
            Put(_nodes[above], place);
        }

        Put(node, place);
    }

    private void Sink(Node node, int place)
    {
        for (int below; (below = (place * 2) + 1) < _count; place = below)
        {
            if (below + 1 < _count && _nodes[below + 1].IsBefore(_nodes[below]))
            {
                below++;
            }

            if (!_nodes[below].IsBefore(node))
            {
                break;
            }

            Put(_nodes[below], place);
        }

        Put(node, place);
    }

    private void Put(Node node, int place)
    {
        _nodes[place] = node;
        node.Entry._heapPlace = place + 1;
    }

    private readonly struct Node(DueEntry entry, long order)
    {
        internal readonly DueEntry Entry = entry;
        private readonly long _order = order;

        internal bool IsBefore(in Node other) =>
            Entry._dueTicks != other.Entry._dueTicks ? Entry._dueTicks < other.Entry._dueTicks : _order < other._order;
    }
}
