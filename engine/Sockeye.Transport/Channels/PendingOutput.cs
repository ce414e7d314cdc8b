using DotNetty.Buffers;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Channels;

/// <summary>
/// What a channel has still to hand to the kernel. It owns the buffers, and while there are any the queue that they stand in, which the loop lends.
/// </summary>
/// <remarks>On the channel's loop, which each call names, <see cref="Bytes"/> aside. A field of the channel as long as that lives: no object of its own, and empty it holds nothing.</remarks>
internal struct PendingOutput
{
    /// <summary>Buffers below this are copied together for one send; a larger one at the head is sent from where it lies.</summary>
    internal const int GatherLimit = 16 * 1024;

    private OutQueue? _queue;
    private long _bytes;

    internal readonly bool IsEmpty => _queue is null;

    /// <summary>How much it is. Any thread.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Adds a buffer, which is released when it has been taken.</summary>
    internal void Add(IByteBuffer buffer, int length, LoopBase loop)
    {
        (_queue ??= loop.OutQueues.Rent()).Enqueue(buffer);
        Volatile.Write(ref _bytes, _bytes + length);
    }

    /// <summary>What the next send takes; small buffers together, in the loop's memory. Not when it is empty.</summary>
    internal readonly ReadOnlySpan<byte> Next(LoopBase loop)
    {
        var queue = _queue!;
        var head = queue.Head;
        if (head.HasArray && (queue.Count == 1 || head.ReadableBytes >= GatherLimit))
        {
            return head.Array.AsSpan(head.ArrayOffset + head.ReaderIndex, head.ReadableBytes);
        }

        var scratch = loop.Scratch;
        var gathered = queue.CopyTo(scratch);
        loop.Counters._bytesGathered += gathered;
        return scratch.AsSpan(0, gathered);
    }

    /// <summary>The kernel has taken the first bytes.</summary>
    internal void Taken(int bytes, LoopBase loop)
    {
        var queue = _queue!;
        Volatile.Write(ref _bytes, _bytes - bytes);
        queue.Consume(bytes);
        if (queue.Count == 0)
        {
            GiveBack(queue, loop);
        }
    }

    /// <summary>Nothing of it leaves any more.</summary>
    internal void Drop(LoopBase loop)
    {
        if (_queue is not { } queue)
        {
            return;
        }

        queue.ReleaseAll();
        Volatile.Write(ref _bytes, 0);
        GiveBack(queue, loop);
    }

    private void GiveBack(OutQueue queue, LoopBase loop)
    {
        _queue = null;
        loop.OutQueues.Return(queue);
    }
}
