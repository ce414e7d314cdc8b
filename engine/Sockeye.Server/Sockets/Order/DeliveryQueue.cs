using System.Diagnostics;

namespace Sockeye.Server.Sockets;

/// <summary>The entries that wait for one loop.</summary>
/// <remarks>It owns them until the loop takes them. Guarded by the namespace's order lock. Lives as long as the shard. Bounded in bytes by whoever appends.</remarks>
internal sealed class DeliveryQueue
{
    /// <summary>Entries above which an emptied array is not kept.</summary>
    private const int KeptEntries = 1024;

    private ShardItem[] _waiting = [];
    private ShardItem[] _spare = [];
    private int _count;

    /// <summary>Entries waiting; read without the lock it may be old, but never misses what the reading thread itself appended.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the waiting entries.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of memory that they take: many small messages cost more than their bytes.</summary>
    public long Cost { get; private set; }

    /// <summary>Whether the loop was asked to drain and has not begun yet.</summary>
    public bool IsPosted { get; set; }

    /// <summary>The game loops, a bit each, until the end of whose turns nothing is taken.</summary>
    public ulong Holders { get; set; }

    public void Append(in ShardItem item)
    {
        if (_count == _waiting.Length)
        {
            Array.Resize(ref _waiting, Math.Max(16, _count * 2));
        }

        _waiting[_count] = item;
        Volatile.Write(ref _count, _count + 1);
        Bytes += item.Bytes;
        Cost += (long)item.Bytes + item.Overhead;
    }

    /// <summary>Takes all entries, none while they are held back; the array goes back with <see cref="Return"/>.</summary>
    public ArraySegment<ShardItem> Take()
    {
        IsPosted = false;
        if (Holders != 0)
        {
            return default;
        }

        var taken = new ArraySegment<ShardItem>(_waiting, 0, _count);
        _waiting = _spare;
        _spare = [];
        Volatile.Write(ref _count, 0);
        Bytes = 0;
        Cost = 0;
        return taken;
    }

    public void Return(ShardItem[] array)
    {
        Debug.Assert(_spare.Length == 0, "one drain at a time");
        if (array.Length <= KeptEntries)
        {
            _spare = array;
        }
    }
}
