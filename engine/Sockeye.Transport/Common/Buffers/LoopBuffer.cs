using DotNetty.Buffers;

namespace Sockeye.Transport.Common;

/// <summary>
/// A heap buffer as DotNetty knows it. It owns its array; both come from the pool of the renting thread and go to the pool of the thread that releases it last.
/// </summary>
/// <remarks>Whoever holds a reference, one thread at a time. Lives from renting to the last release, the buffer that a loop reads into as long as nobody keeps it. Arrays above 64 KiB are not pooled.</remarks>
internal sealed class LoopBuffer : UnpooledHeapByteBuffer
{
    private static readonly UnpooledByteBufferAllocator s_allocator = new(preferDirect: false, disableLeakDetector: true);
    /// <summary>What a buffer costs beside the bytes of its array.</summary>
    internal const int ObjectBytes = 128;

    private bool _isCounted, _keepsArray;
    private int _heldBytes;

    private LoopBuffer()
        : base(s_allocator, [], int.MaxValue)
    {
    }

    internal static IByteBufferAllocator SharedAllocator => s_allocator;

    internal static LoopBuffer Rent(int minimumCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumCapacity);
        var buffer = Take(minimumCapacity);
        buffer.CountAsRented();
        return buffer;
    }

    /// <summary>A buffer whose array is left to the collector: a send that another thread carries out may still read it after the last release.</summary>
    internal static LoopBuffer RentOnce(int minimumCapacity)
    {
        var buffer = Rent(minimumCapacity);
        buffer._keepsArray = true;
        return buffer;
    }

    /// <summary>The buffer that a loop reads into: it belongs to the loop, and counts as rented only if somebody keeps it.</summary>
    internal static LoopBuffer ForReading() => Take(BufferPool.LargestArray);

    internal void CountAsRented()
    {
        _isCounted = true;
        _heldBytes = Capacity + ObjectBytes;
        var pool = BufferPool.Current;
        pool.CountRented();
        pool.CountHeld(_heldBytes);
    }

    /// <summary>Sets the indices without the checks of the public path; the caller has just filled the array.</summary>
    internal void SetReadable(int length) => SetIndex(0, length);

    protected override byte[] AllocateArray(int initialCapacity) => BufferPool.Current.RentArray(initialCapacity);

    protected override void FreeArray(byte[] bytes)
    {
        if (!_keepsArray)
        {
            BufferPool.Current.ReturnArray(bytes);
        }
    }

    protected override void Deallocate()
    {
        base.Deallocate();
        _keepsArray = false;
        var pool = BufferPool.Current;
        if (_isCounted)
        {
            _isCounted = false;
            pool.CountReturned();
            pool.CountHeld(-_heldBytes);
        }

        pool.PushBuffer(this);
    }

    private static LoopBuffer Take(int minimumCapacity)
    {
        var pool = BufferPool.Current;
        var buffer = pool.TryPopBuffer() ?? new LoopBuffer();
        buffer.SetArray(pool.RentArray(minimumCapacity));
        buffer.SetReferenceCount(1);
        buffer.SetIndex(0, 0);
        buffer.MarkReaderIndex();
        buffer.MarkWriterIndex();
        return buffer;
    }
}
