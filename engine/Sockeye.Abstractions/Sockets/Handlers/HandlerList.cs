namespace Sockeye.Abstractions.Sockets;

/// <summary>Handlers in the order of their registration. Readers take <see cref="Items"/> once and see no change of it.</summary>
internal sealed class HandlerList<T> : IHandlerOwner
    where T : class
{
    private readonly Lock _lock = new();
    private T[] _items = [];

    public T[] Items => Volatile.Read(ref _items);

    public EventRegistration Add(T item)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (_lock)
        {
            Volatile.Write(ref _items, [.. _items, item]);
        }

        return new EventRegistration(this, item);
    }

    /// <summary>Removes those that are meant.</summary>
    public void RemoveAll(Predicate<object> isMeant)
    {
        lock (_lock)
        {
            if (Array.Exists(_items, isMeant))
            {
                Volatile.Write(ref _items, Others(_items, isMeant));
            }
        }
    }

    public void Remove(object handler)
    {
        lock (_lock)
        {
            var index = Array.FindIndex(_items, item => ReferenceEquals(item, handler));
            if (index >= 0)
            {
                Volatile.Write(ref _items, [.. _items.AsSpan(0, index), .. _items.AsSpan(index + 1)]);
            }
        }
    }

    private static T[] Others(T[] items, Predicate<object> isMeant) => Array.FindAll(items, item => !isMeant(item));
}
