using System.Runtime.CompilerServices;

namespace Sockeye.Transport;

/// <summary>
/// One thread's store of arrays, frames and buffer wrappers. Renting and returning touch no other thread; what is returned on another thread
/// than it was rented on stays there. Every stack is bounded, so a thread keeps at most about 4 MiB.
/// </summary>
internal sealed class BufferPool
{
    internal const int LargestArray = 64 * 1024;
    private const int SmallestShift = 8;
    private const int ClassCount = 9;
    private const int FramesKept = 1024;
    private const int BuffersKept = 256;

    [ThreadStatic]
    private static BufferPool? t_pool;
    private static readonly List<Count> s_counts = [];
    private static long s_rentedByEnded, s_returnedByEnded;

    // 256 B, 512 B, ... 64 KiB: at most 512 KiB of each up to 16 KiB, 8 of the larger ones.
    private readonly Stack<byte[]>[] _arrays = new Stack<byte[]>[ClassCount];
    private readonly Stack<Frame> _frames = new();
    private readonly Stack<LoopBuffer> _buffers = new();
    private readonly Count _count = new();

    private BufferPool()
    {
        for (int i = 0; i < ClassCount; i++) { _arrays[i] = new Stack<byte[]>(); }
        lock (s_counts) { s_counts.Add(_count); }
    }

    /// <summary>The thread has ended: its figures stay in the totals.</summary>
    ~BufferPool()
    {
        lock (s_counts)
        {
            s_counts.Remove(_count);
            s_rentedByEnded += _count.Rented;
            s_returnedByEnded += _count.Returned;
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
                foreach (Count count in s_counts)
                {
                    rented += Volatile.Read(ref count.Rented);
                    returned += Volatile.Read(ref count.Returned);
                }

                return (rented, returned);
            }
        }
    }

    internal byte[] RentArray(int minimumLength)
    {
        if (minimumLength > LargestArray) { return GC.AllocateUninitializedArray<byte>(minimumLength); }
        int index = ClassOf(minimumLength);
        return _arrays[index].TryPop(out byte[]? array) ? array : GC.AllocateUninitializedArray<byte>(1 << (index + SmallestShift));
    }

    internal void ReturnArray(byte[] array)
    {
        int length = array.Length;
        if (length > LargestArray || !System.Numerics.BitOperations.IsPow2(length) || length < 1 << SmallestShift) { return; }
        Stack<byte[]> stack = _arrays[ClassOf(length)];
        if (stack.Count < Math.Max(8, (512 * 1024 / length) >> (length > 16 * 1024 ? 1 : 0))) { stack.Push(array); }
    }

    internal Frame RentFrame()
    {
        CountRented();
        return _frames.TryPop(out Frame? frame) ? frame : new Frame();
    }

    internal void ReturnFrame(Frame frame)
    {
        CountReturned();
        if (_frames.Count < FramesKept) { _frames.Push(frame); }
    }

    internal LoopBuffer? TryPopBuffer() => _buffers.TryPop(out LoopBuffer? buffer) ? buffer : null;

    internal void PushBuffer(LoopBuffer buffer)
    {
        if (_buffers.Count < BuffersKept) { _buffers.Push(buffer); }
    }

    /// <summary>Leaves all that waits here to the collector.</summary>
    internal void Trim()
    {
        foreach (Stack<byte[]> arrays in _arrays)
        {
            arrays.Clear();
            arrays.TrimExcess();
        }

        _frames.Clear();
        _frames.TrimExcess();
        _buffers.Clear();
        _buffers.TrimExcess();
    }

    internal void CountRented() => Volatile.Write(ref _count.Rented, _count.Rented + 1);

    internal void CountReturned() => Volatile.Write(ref _count.Returned, _count.Returned + 1);

    private static int ClassOf(int length) => length <= 1 << SmallestShift ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)(length - 1)) - SmallestShift;

    private sealed class Count
    {
        internal long Rented;
        internal long Returned;
    }
}
