using System.Numerics;
using DotNetty.Buffers;

namespace Sockeye.Transport.Common;

/// <summary>Buffers that a channel has still to hand to the kernel, in order. It owns a reference to each.</summary>
/// <remarks>Loop thread only; lent by the loop while something is pending. It grows with what is pending, which the outbox above bounds.</remarks>
internal sealed class OutQueue
{
    internal const int InitialCapacity = 16;

    private Slot[] _ring = new Slot[InitialCapacity];
    private int _head;

    internal int Count { get; private set; }

    internal int Capacity => _ring.Length;

    internal IByteBuffer Head => _ring[_head].Buffer;

    internal void Enqueue(IByteBuffer buffer)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + Count++) & (_ring.Length - 1)] = new Slot(buffer);
    }

    /// <summary>Copies the first bytes of the queue, over the borders of the buffers, and returns how many.</summary>
    internal int CopyTo(byte[] destination)
    {
        var copied = 0;
        for (var i = 0; i < Count && copied < destination.Length; i++)
        {
            var buffer = _ring[(_head + i) & (_ring.Length - 1)].Buffer;
            var length = Math.Min(buffer.ReadableBytes, destination.Length - copied);
            if (buffer.HasArray)
            {
                buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, length).CopyTo(destination.AsSpan(copied));
            }
            else
            {
                buffer.GetBytes(buffer.ReaderIndex, destination, copied, length);
            }

            copied += length;
        }

        return copied;
    }

    /// <summary>Takes sent bytes off the front and releases the buffers that are through.</summary>
    internal void Consume(int bytes)
    {
        while (bytes > 0)
        {
            var head = Head;
            var readable = head.ReadableBytes;
            if (bytes < readable)
            {
                head.SkipBytes(bytes);
                return;
            }

            bytes -= readable;
            Dequeue();
        }
    }

    internal void ReleaseAll()
    {
        while (Count > 0)
        {
            Dequeue();
        }
    }

    private void Dequeue()
    {
        var head = Head;
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        head.Release();
    }

    private void Grow()
    {
        var larger = new Slot[(int)BitOperations.RoundUpToPowerOf2((uint)_ring.Length + 1)];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        }

        _ring = larger;
        _head = 0;
    }

    /// <summary>A struct, because an array of references is checked against its type with every store, and for an interface that is a search.</summary>
    private readonly record struct Slot(IByteBuffer Buffer);
}

/// <summary>The idle output queues of one loop, which it owns.</summary>
/// <remarks>Loop thread only. Lives as long as the loop. It keeps 64 queues of at most 1,024 places.</remarks>
internal sealed class OutQueuePool
{
    private const int Kept = 64;
    private const int LargestKept = 1024;
    private readonly Stack<OutQueue> _idle = new();

    internal OutQueue Rent() => _idle.TryPop(out var queue) ? queue : new OutQueue();

    internal void Return(OutQueue queue)
    {
        if (_idle.Count < Kept && queue.Capacity <= LargestKept)
        {
            _idle.Push(queue);
        }
    }
}
