namespace Sockeye.Transport.Common;

/// <summary>
/// What threads exchange whose <see cref="LocalStore{T}"/> runs full or empty: objects that one thread always takes and another always gives
/// back find their way home in batches, so that the lock is taken once for many.
/// </summary>
/// <remarks>It owns what waits in it. Any thread. Lives as long as the process. It keeps as many as its capacity; what does not fit is left to the collector.</remarks>
internal sealed class Depot<T>(int capacity)
    where T : class
{
    private readonly Lock _lock = new();
    private T[] _items = [];
    private int _count;

    /// <summary>Takes the last items of a store. Items for which there is no room are forgotten.</summary>
    internal void Give(ReadOnlySpan<T?> items)
    {
        lock (_lock)
        {
            var fitting = Math.Min(items.Length, capacity - _count);
            if (_items.Length < _count + fitting)
            {
                Array.Resize(ref _items, Math.Min(capacity, Math.Max(_count + fitting, 2 * _items.Length)));
            }

            items[..fitting].CopyTo(_items.AsSpan(_count)!);
            _count += fitting;
        }
    }

    internal void Clear()
    {
        lock (_lock)
        {
            _items = [];
            _count = 0;
        }
    }

    /// <summary>Fills the span from its beginning and returns how many there were.</summary>
    internal int Take(Span<T?> into)
    {
        // The first look is without the lock: what has just come may be missed, and is found the next time.
        if (Volatile.Read(ref _count) == 0)
        {
            return 0;
        }

        lock (_lock)
        {
            var taken = Math.Min(into.Length, _count);
            _count -= taken;
            var items = MemoryExtensions.AsSpan<T?>(_items, _count, taken);
            items.CopyTo(into);
            items.Clear();
            return taken;
        }
    }
}
