using DotNetty.Buffers;
using Sockeye.Transport.Common;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class BufferTests : BufferTest
{
    [Theory]
    [InlineData(0, 64)]
    [InlineData(256, 256)]
    [InlineData(257, 512)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_537, 65_537)]
    public void A_borrowed_buffer_is_empty_and_holds_what_was_asked_for(int asked, int capacity)
    {
        var buffer = LoopBuffer.Rent(asked);
        Assert.Equal(capacity, buffer.Capacity);
        Assert.Equal(0, buffer.ReadableBytes);
        Assert.Equal(1, buffer.ReferenceCount);
        Assert.True(buffer.HasArray);
        buffer.Release();
    }

    [Fact]
    public void Wrapper_and_array_come_back_together_and_clean()
    {
        var first = LoopBuffer.Rent(1000);
        var array = first.Array;
        first.WriteBytes(new byte[600]);
        first.SkipBytes(10);
        first.MarkReaderIndex();
        first.Release();
        var second = LoopBuffer.Rent(1000);
        Assert.Same(first, second);
        Assert.Same(array, second.Array);
        Assert.Equal((0, 0), (second.ReaderIndex, second.WriterIndex));
        second.Release();
    }

    [Fact]
    public void A_buffer_that_grows_gives_back_what_it_grew_into()
    {
        var buffer = LoopBuffer.Rent(10);
        buffer.WriteBytes(Enumerable.Repeat((byte)7, 5000).ToArray());
        Assert.True(buffer.Capacity >= 5000);
        Assert.Equal(7, buffer.GetByte(4999));
        buffer.Release();
    }

    [Fact]
    public void A_buffer_returned_on_another_thread_is_counted()
    {
        var buffer = LoopBuffer.Rent(10);
        Thread other = new(() => buffer.Release());
        other.Start();
        other.Join();
    }

    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                LoopBuffer.Rent(300).Release();
                Frame.Rent(300).Release();
            }
        }));
    }

    [Fact]
    public void A_thread_keeps_only_so_much()
    {
        List<IByteBuffer> many = [];
        for (var i = 0; i < 200; i++)
        {
            many.Add(LoopBuffer.Rent(65_536));
        }

        var arrays = many.ConvertAll(buffer => new WeakReference(buffer.Array));
        foreach (var buffer in many)
        {
            buffer.Release();
        }

        many.Clear();
        GC.Collect();
        Assert.InRange(arrays.Count(array => array.IsAlive), 1, 20);
    }

    [Fact]
    public void A_frame_grows_and_keeps_what_was_written()
    {
        var frame = Frame.Rent(1);
        for (var i = 0; i < 100_000; i++)
        {
            frame.GetSpan(1)[0] = (byte)i;
            frame.Advance(1);
        }

        for (var i = 0; i < frame.Length; i++)
        {
            Assert.Equal((byte)i, frame.Span[i]);
        }

        Assert.Equal(100_000, frame.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => frame.Advance(int.MaxValue));
        frame.Release();
    }

    [Fact]
    public void A_frame_released_too_often_says_so()
    {
        var frame = Frame.Rent();
        frame.Release();
        Assert.Throws<InvalidOperationException>(frame.Release);
    }

    [Fact]
    public void The_output_queue_sends_each_byte_once_in_order_whatever_the_kernel_takes()
    {
        Random random = new(5);
        OutQueue queue = new();
        MemoryStream expected = new(), sent = new();
        var scratch = new byte[1000];
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[1 + random.Next(400)];
            random.NextBytes(bytes);
            expected.Write(bytes);
            var buffer = i % 3 == 0 ? Unpooled.CompositeBuffer().AddComponent(true, Unpooled.WrappedBuffer(bytes)) : LoopBuffer.Rent(bytes.Length).WriteBytes(bytes);
            queue.Enqueue(buffer);
            while (queue.Count > random.Next(40))
            {
                var length = queue.CopyTo(scratch);
                var taken = random.Next(length + 1);
                sent.Write(scratch, 0, taken);
                queue.Consume(taken);
            }
        }

        while (queue.Count > 0)
        {
            var length = queue.CopyTo(scratch);
            sent.Write(scratch, 0, length);
            queue.Consume(length);
        }

        Assert.Equal(expected.ToArray(), sent.ToArray());
    }

    [Fact]
    public void Loops_give_the_buffers_they_keep_to_the_collector()
    {
        MemoryTransport transport = new();
        var kept = BufferPool.Current.RentArray(4096);
        BufferPool.Current.ReturnArray(kept);
        var again = BufferPool.Current.RentArray(4096);
        Assert.Same(kept, again);
        BufferPool.Current.ReturnArray(again);
        var trimmed = transport.TrimPoolsAsync();
        transport.RunUntilIdle();
        Assert.True(trimmed.IsCompletedSuccessfully);
        Assert.NotSame(kept, BufferPool.Current.RentArray(4096));
    }
}
