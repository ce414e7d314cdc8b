using System.Numerics;

namespace Sockeye.Transport;

/// <summary>Something that is found by its id and is its own entry in one <see cref="IdTable{T}"/>.</summary>
/// <typeparam name="T">The type itself.</typeparam>
public interface IIdEntry<T>
    where T : class
{
    /// <summary>The id. Never changes.</summary>
    RandomId Key { get; }

    /// <summary>The next one in the same bucket. Belongs to the table.</summary>
    T? Following { get; set; }
}

/// <summary>Finds objects by their random ids. An entry costs the reference in the object and one to two in the table: a dictionary needs three times as much.</summary>
/// <remarks>It owns its buckets and the links between its entries. One thread at a time. It grows with its entries and shrinks with them; whoever adds bounds their number.</remarks>
/// <typeparam name="T">The objects.</typeparam>
public sealed class IdTable<T>
    where T : class, IIdEntry<T>
{
    /// <summary>A position behind all objects, for <see cref="Read"/>.</summary>
    public const long End = 1L << HashBits;

    /// <summary>The least room that <see cref="Read"/> needs: no bucket of random ids comes near it.</summary>
    public const int LeastRead = 64;

    private const int HashBits = 32;
    private const int SmallestSize = 16;

    // Buckets are those of the highest bits of the hash, so that their order outlives each change of the size.
    private T?[] _buckets = new T?[SmallestSize];
    private int _shift = ShiftOf(SmallestSize);

    /// <summary>How many objects are in it.</summary>
    public int Count { get; private set; }

    /// <summary>The object of an id; null if there is none.</summary>
    /// <param name="key">The id.</param>
    public T? Find(RandomId key)
    {
        for (var entry = BucketOf(key); entry is not null; entry = entry.Following)
        {
            if (entry.Key == key)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Adds an object that is in no table.</summary>
    /// <param name="entry">The object; nothing else in this table has its id.</param>
    public void Add(T entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (Count == _buckets.Length)
        {
            Resize(Count * 2);
        }

        Link(entry);
        Count++;
    }

    /// <summary>Takes an object out.</summary>
    /// <param name="entry">The object.</param>
    /// <returns>False: it was not here.</returns>
    public bool Remove(T entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        T? previous = null;
        for (var at = BucketOf(entry.Key); at is not null; previous = at, at = at.Following)
        {
            if (at != entry)
            {
                continue;
            }

            if (previous is null)
            {
                BucketOf(entry.Key) = entry.Following;
            }
            else
            {
                previous.Following = entry.Following;
            }

            entry.Following = null;
            Count--;
            if (_buckets.Length > SmallestSize && Count < _buckets.Length / 4)
            {
                Resize(_buckets.Length / 2);
            }

            return true;
        }

        return false;
    }

    /// <summary>All objects, in no order.</summary>
    public T[] ToArray()
    {
        var all = new T[Count];
        var count = 0;
        foreach (var first in _buckets)
        {
            for (var entry = first; entry is not null; entry = entry.Following)
            {
                all[count++] = entry;
            }
        }

        return all;
    }

    /// <summary>Some of the objects, for whoever goes through all of them with pauses, in which others come and go: who is there all the while is read once.</summary>
    /// <param name="position">Where it goes on, 0 at first; <see cref="End"/>: all have been read.</param>
    /// <param name="into">Where they are written, room for <see cref="LeastRead"/> at least.</param>
    /// <returns>How many were written.</returns>
    public int Read(ref long position, Span<T> into)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, LeastRead, nameof(into));
        var count = 0;
        while (position < End)
        {
            var bucket = position >> _shift;
            var begin = count;
            for (var entry = _buckets[bucket]; entry is not null; entry = entry.Following)
            {
                // Of a bucket that was halves before, one half may have been read.
                if ((uint)entry.Key.Hash < position)
                {
                    continue;
                }

                if (count == into.Length)
                {
                    return begin;
                }

                into[count++] = entry;
            }

            position = (bucket + 1) << _shift;
        }

        return count;
    }

    private static int ShiftOf(int size) => HashBits - BitOperations.Log2((uint)size);

    private ref T? BucketOf(RandomId key) => ref _buckets[(uint)key.Hash >> _shift];

    private void Link(T entry)
    {
        ref var bucket = ref BucketOf(entry.Key);
        entry.Following = bucket;
        bucket = entry;
    }

    private void Resize(int size)
    {
        var all = ToArray();
        _buckets = new T?[BitOperations.RoundUpToPowerOf2((uint)size)];
        _shift = ShiftOf(_buckets.Length);
        foreach (var entry in all)
        {
            Link(entry);
        }
    }
}
