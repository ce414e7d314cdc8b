namespace Sockeye.Server.Inspection;

/// <summary>The largest of many, in memory for a bounded number of them.</summary>
/// <remarks>It owns its heap, the least of the largest on top. One thread at a time.</remarks>
internal sealed class TopList<T>(int capacity)
{
    private readonly PriorityQueue<T, long> _heap = new();

    /// <summary>Whether one of this size would be kept.</summary>
    public bool Takes(long size) => _heap.Count < capacity || (_heap.TryPeek(out _, out var least) && size > least);

    /// <summary>Keeps one if it is among the largest.</summary>
    public void Add(T item, long size)
    {
        if (_heap.Count < capacity)
        {
            _heap.Enqueue(item, size);
        }
        else if (Takes(size))
        {
            _heap.DequeueEnqueue(item, size);
        }
    }

    /// <summary>What is kept, the largest first.</summary>
    public T[] ToArray() => [.. _heap.UnorderedItems.OrderByDescending(static entry => entry.Priority).Select(static entry => entry.Element)];
}
