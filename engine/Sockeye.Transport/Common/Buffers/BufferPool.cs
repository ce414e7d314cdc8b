using System.Runtime.CompilerServices;

namespace Sockeye.Transport.Common;

/// <summary>
/// One thread's store of arrays, frames and buffer wrappers, and its counts of what is lent. Renting and returning touch no other thread as long as both
/// balance; what one thread always rents and another always returns goes back in batches through depots that all threads share.
/// </summary>
/// <remarks>
/// It owns what waits for its next use; what is lent belongs to the borrower. Its own thread, the totals any. It lives as long as the thread, whose counts then go
/// into the totals. Every store is bounded, so a thread keeps at most about 4 MiB, and so do the depots; arrays above <see cref="LargestArray"/> are not kept.
/// </remarks>
internal sealed class BufferPool
{
    internal const int LargestArray = 64 * 1024;
    private const int SmallestShift = 6;
    private const int ClassCount = 11;
    private const int FramesKept = 1024;
    private const int BuffersKept = 256;

    private static readonly Depot<byte[]>[] s_arrays = [.. Enumerable.Range(0, ClassCount).Select(index => new Depot<byte[]>(Kept(index)))];
    private static readonly Depot<Frame> s_frames = new(FramesKept);
    private static readonly Depot<LoopBuffer> s_buffers = new(BuffersKept);

    [ThreadStatic]
    private static BufferPool? t_pool;
    private static readonly List<Count> s_counts = [];
    private static long s_rentedByEnded, s_returnedByEnded, s_heldByEnded;

    private readonly LocalStore<byte[]>[] _arrays = new LocalStore<byte[]>[ClassCount];
    private readonly LocalStore<Frame> _frames = new(s_frames, FramesKept);
    private readonly LocalStore<LoopBuffer> _buffers = new(s_buffers, BuffersKept);
    private readonly Count _count = new();

    private BufferPool()
    {
        for (var i = 0; i < ClassCount; i++)
        {
            _arrays[i] = new LocalStore<byte[]>(s_arrays[i], Kept(i));
        }

        lock (s_counts)
        {
            s_counts.Add(_count);
        }
    }

    /// <summary>The thread has ended: its figures stay in the totals.</summary>
    ~BufferPool()
    {
        lock (s_counts)
        {
            s_counts.Remove(_count);
            s_rentedByEnded += _count.Rented;
            s_returnedByEnded += _count.Returned;
            s_heldByEnded += _count.Held;
        }
    }

    internal static BufferPool Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_pool ??= new BufferPool();
    }

    internal static (long Rented, long Returned) Totals
    {
        get
        {
            lock (s_counts)
            {
                long rented = s_rentedByEnded, returned = s_returnedByEnded;
                foreach (var count in s_counts)
                {
                    rented += Volatile.Read(ref count.Rented);
                    returned += Volatile.Read(ref count.Returned);
                }

                return (rented, returned);
            }
        }
    }

    /// <summary>Bytes that are held in the process. What one thread rents another may give back, so only the sum means something.</summary>
    internal static long HeldTotal
    {
        get
        {
            lock (s_counts)
            {
                var held = s_heldByEnded;
                foreach (var count in s_counts)
                {
                    held += Volatile.Read(ref count.Held);
                }

                return held;
            }
        }
    }

    internal byte[] RentArray(int minimumLength)
    {
        if (minimumLength > LargestArray)
        {
            return GC.AllocateUninitializedArray<byte>(minimumLength);
        }

        var index = ClassOf(minimumLength);
        return _arrays[index].Take() ?? GC.AllocateUninitializedArray<byte>(1 << (index + SmallestShift));
    }

    internal void ReturnArray(byte[] array)
    {
        var length = array.Length;
        if (length > LargestArray || !System.Numerics.BitOperations.IsPow2(length) || length < 1 << SmallestShift)
        {
            return;
        }

        _arrays[ClassOf(length)].Give(array);
    }

    internal Frame RentFrame()
    {
        CountRented();
        return _frames.Take() ?? new Frame();
    }

    internal void ReturnFrame(Frame frame)
    {
        CountReturned();
        _frames.Give(frame);
    }

    internal LoopBuffer? TryPopBuffer() => _buffers.Take();

    internal void PushBuffer(LoopBuffer buffer) => _buffers.Give(buffer);

    /// <summary>Leaves all that waits here and in the depots to the collector.</summary>
    internal void Trim()
    {
        foreach (var arrays in _arrays)
        {
            arrays.Clear();
        }

        _frames.Clear();
        _buffers.Clear();
    }

    internal void CountHeld(int bytes) => Volatile.Write(ref _count.Held, _count.Held + bytes);

    internal void CountRented() => Volatile.Write(ref _count.Rented, _count.Rented + 1);

    internal void CountReturned() => Volatile.Write(ref _count.Returned, _count.Returned + 1);

    /// <summary>64 B, 128 B, ... 64 KiB: at most 2,048 of each, 512 KiB up to 16 KiB, 8 of the larger ones.</summary>
    private static int Kept(int index)
    {
        var length = 1 << (index + SmallestShift);
        return Math.Clamp((512 * 1024 / length) >> (length > 16 * 1024 ? 1 : 0), 8, 2048);
    }

    private static int ClassOf(int length) => length <= 1 << SmallestShift ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)(length - 1)) - SmallestShift;

    private sealed class Count
    {
        internal long Rented;
        internal long Returned;
        internal long Held;
    }
}
