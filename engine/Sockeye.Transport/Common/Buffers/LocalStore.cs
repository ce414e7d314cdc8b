namespace Sockeye.Transport.Common;

/// <summary>The objects that one thread keeps for its next use, and owns: a stack with a <see cref="Depot{T}"/> behind it.</summary>
/// <remarks>That thread only, and as long as it lives. It keeps as many as its capacity; batches of up to 64 come from the depot and go there.</remarks>
internal sealed class LocalStore<T>(Depot<T> depot, int capacity)
    where T : class
{
    private const int BatchLimit = 64;

    private readonly int _batch = Math.Clamp(capacity / 2, 1, BatchLimit);
    private T?[] _items = [];
    private int _count;

    internal T? Take()
    {
        if (_count == 0)
        {
            if (_items.Length < _batch)
            {
                Array.Resize(ref _items, _batch);
            }

            _count = depot.Take(_items.AsSpan(0, _batch));
            if (_count == 0)
            {
                return null;
            }
        }

        var item = _items[--_count];
        _items[_count] = null;
        return item;
    }

    internal void Give(T item)
    {
        if (_count == _items.Length)
        {
            MakeRoom();
        }

        _items[_count++] = item;
    }

    /// <summary>Forgets what waits here and in the depot.</summary>
    internal void Clear()
    {
        _items = [];
        _count = 0;
        depot.Clear();
    }

    private void MakeRoom()
    {
        if (_count < capacity)
        {
            Array.Resize(ref _items, Math.Min(capacity, Math.Max(_batch, 2 * _count)));
            return;
        }

        var batch = _items.AsSpan(_count -= _batch, _batch);
        depot.Give(batch);
        batch.Clear();
    }
}
