using System.Buffers;
using Sockeye.Transport.Common;

namespace Sockeye.Transport;

/// <summary>
/// The encoded body of one engine message: written once, then immutable, reference-counted and shared by every outbox that has to send it.
/// </summary>
/// <remarks>
/// It owns its array and its <see cref="Next"/>. The thread that rents it fills it and then hands it on; from then on any thread may read it, retain it and release it. It lives until the
/// last <see cref="Release"/>, which also releases the <see cref="Next"/> chain and gives the memory to the pool of the releasing thread.
/// Arrays up to 64 KiB are pooled, larger ones are left to the garbage collector.
/// </remarks>
public sealed class Frame : IBufferWriter<byte>
{
    /// <summary>What a frame costs beside the bytes of its array: this object (48), the array's header (24) and a place in an outbox (32).</summary>
    internal const int ObjectBytes = 104;

    private byte[] _array = [];
    private int _length;
    private int _references;

    internal Frame()
    {
    }

    /// <summary>Whether the body is binary data; otherwise it is text in UTF-8.</summary>
    public bool IsBinary { get; set; }

    /// <summary>The body.</summary>
    public ReadOnlySpan<byte> Span => _array.AsSpan(0, _length);

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    /// <summary>Bytes of the body.</summary>
    public int Length => _length;

    /// <summary>The frame that must follow immediately: an attachment. Owned, released with this one.</summary>
    public Frame? Next { get; set; }

    /// <summary>Bytes of this body and of all that follow it.</summary>
    public int TotalLength
    {
        get
        {
            var total = _length;
            for (var next = Next; next is not null; next = next.Next)
            {
                total += next._length;
            }

            return total;
        }
    }

    /// <summary>Bytes of memory that this frame takes, whatever the length of its body: its array and its objects; at least 168.</summary>
    public int Cost => Math.Min(_array.Length, Array.MaxLength - ObjectBytes) + ObjectBytes;

    /// <summary>As <see cref="Cost"/>, of this frame and all that follow it.</summary>
    public long TotalCost
    {
        get
        {
            long total = Cost;
            for (var next = Next; next is not null; next = next.Next)
            {
                total += next.Cost;
            }

            return total;
        }
    }

    /// <summary>This frame and all that follow it.</summary>
    public int MessageCount
    {
        get
        {
            var count = 1;
            for (var next = Next; next is not null; next = next.Next)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>Lends an empty text frame with one reference.</summary>
    /// <param name="sizeHint">Bytes that are likely to be written; the frame grows as needed.</param>
    public static Frame Rent(int sizeHint = 256)
    {
        var pool = BufferPool.Current;
        var frame = pool.RentFrame();
        frame._array = pool.RentArray(sizeHint);
        pool.CountHeld(frame.Cost);
        frame._references = 1;
        return frame;
    }

    /// <summary>Adds a reference.</summary>
    /// <returns>This frame.</returns>
    public Frame Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException("The frame was retained after its last release.");
        }

        return this;
    }

    /// <summary>Gives one reference back; the last one frees the frame and its <see cref="Next"/> chain.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left > 0)
        {
            return;
        }

        if (left < 0)
        {
            throw new InvalidOperationException("The frame was released more often than it was retained.");
        }

        var next = Next;
        var array = _array;
        var cost = Cost;
        Next = null;
        _array = [];
        _length = 0;
        IsBinary = false;
        var pool = BufferPool.Current;
        pool.CountHeld(-cost);
        pool.ReturnArray(array);
        pool.ReturnFrame(this);
        next?.Release();
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _length);
        _length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _array.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _array.AsSpan(_length);
    }

    /// <summary>Appends bytes.</summary>
    /// <param name="bytes">What to append.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        EnsureRoom(bytes.Length);
        bytes.CopyTo(_array.AsSpan(_length));
        _length += bytes.Length;
    }

    private void EnsureRoom(int sizeHint)
    {
        var needed = checked(_length + Math.Max(sizeHint, 1));
        if (needed <= _array.Length)
        {
            return;
        }

        var pool = BufferPool.Current;
        var larger = pool.RentArray(Math.Max(needed, (int)Math.Min(2L * _array.Length, Array.MaxLength)));
        Span.CopyTo(larger);
        pool.CountHeld(larger.Length - _array.Length);
        pool.ReturnArray(_array);
        _array = larger;
    }
}
