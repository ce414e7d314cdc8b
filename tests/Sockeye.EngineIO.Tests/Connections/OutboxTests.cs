using System.Text;
using Sockeye.EngineIO.Connections;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class OutboxTests : IDisposable, IOutboxOwner
{
    private static readonly MemoryTransport s_transport = new();

    private readonly long _outstanding = BufferCounters.Rented - BufferCounters.Returned;
    private readonly EngineIO.Outbox _outbox;
    private int _writable;
    private bool _isRefilled;

    public OutboxTests() => _outbox = new EngineIO.Outbox(new OutboxOptions { HighWatermarkBytes = 100_000, LowWatermarkBytes = 40_000, MaxBytes = 201_000, MaxMessages = 8 }) { Owner = this };

    // Its clock alone is asked, by an outbox that passes its high mark.
    ITransportLoop IOutboxOwner.Loop => s_transport.Loops[0];

    EmitResult IOutboxOwner.Send(Frame frame, bool isVolatile, OutboxPolicy whenFull, string? key, long keyId) => throw new NotSupportedException();

    void IOutboxOwner.OnWritable()
    {
        _writable++;
        if (_isRefilled)
        {
            _ = Add(100);
        }
    }

    public void Dispose()
    {
        _outbox.Clear();
        Assert.Equal(0, _outbox.Count);
        Assert.Equal(0, _outbox.QueuedBytes);
        Assert.Equal(_outstanding, BufferCounters.Rented - BufferCounters.Returned);
    }

    private static Frame Body(string text)
    {
        var frame = Frame.Rent();
        frame.Append(Encoding.ASCII.GetBytes(text));
        return frame;
    }

    /// <summary>Thousands of bytes, so that what the objects cost is little beside them.</summary>
    private static Frame Body(int thousands) => Body(Text(thousands));

    private static string Text(int thousands) => new('x', thousands * 1000);

    private EmitResult Add(int thousands, OutboxPolicy policy = OutboxPolicy.Inherit) => _outbox.TryEnqueue(Body(thousands), whenFull: policy);

    private string Drain()
    {
        var texts = new List<string>();
        while (_outbox.TryPeek(out var frame))
        {
            Assert.True(_outbox.TryPeek(out var again));
            Assert.Same(frame, again);
            texts.Add(Encoding.ASCII.GetString(frame.Span));
            _outbox.Dequeue();
        }

        return string.Join(' ', texts);
    }

    [Fact]
    public void Messages_leave_in_the_order_in_which_they_came()
    {
        for (var round = 0; round < 50; round++)
        {
            for (var i = 0; i < 7; i++)
            {
                Assert.Equal(EmitResult.Accepted, _outbox.TryEnqueue(Body(i.ToString())));
            }

            Assert.Equal("0 1 2 3 4 5 6", Drain());
        }
    }

    [Fact]
    public void A_chain_leaves_part_by_part_and_counts_as_its_messages()
    {
        var head = Body("head");
        head.Next = Body("one");
        head.Next.Next = Body("two");
        _ = _outbox.TryEnqueue(head);
        _ = _outbox.TryEnqueue(Body("next"));
        Assert.Equal((4, 14), (_outbox.Count, _outbox.Bytes));
        Assert.True(_outbox.TryPeek(out _));
        _outbox.Dequeue();
        Assert.Equal((3, 10), (_outbox.Count, _outbox.Bytes));
        Assert.Equal("one two next", Drain());
    }

    [Fact]
    public void A_newer_value_with_more_parts_is_held_to_the_number_of_messages()
    {
        _ = _outbox.TryEnqueue(Body("old"), whenFull: OutboxPolicy.DropNewest, key: "k");
        for (var i = 0; i < 6; i++)
        {
            _ = _outbox.TryEnqueue(Body("x"));
        }

        Assert.Equal(EmitResult.Accepted, _outbox.TryEnqueue(Chain(2), whenFull: OutboxPolicy.DropNewest, key: "k"));
        Assert.Equal(8, _outbox.Count);
        Assert.Equal(EmitResult.Dropped, _outbox.TryEnqueue(Chain(3), whenFull: OutboxPolicy.DropNewest, key: "k"));
        Assert.Equal(6, _outbox.Count);

        static Frame Chain(int parts)
        {
            var head = Body("n");
            head.Next = parts > 1 ? Chain(parts - 1) : null;
            return head;
        }
    }

    [Fact]
    public void Clear_in_the_middle_of_a_chain_releases_it()
    {
        var head = Body("head");
        head.Next = Body("one");
        _ = _outbox.TryEnqueue(head);
        Assert.True(_outbox.TryPeek(out _));
        _outbox.Dequeue();
        _outbox.Clear();
        Assert.False(_outbox.TryPeek(out _));
    }

    [Fact]
    public void At_the_high_mark_the_answer_says_so_and_not_below_it()
    {
        Assert.Equal(EmitResult.Accepted, Add(99));
        Assert.False(_outbox.IsAboveHigh);
        Assert.Equal(EmitResult.AboveHighWatermark, Add(1));
        Assert.True(_outbox.IsAboveHigh);
    }

    [Fact]
    public void A_message_of_any_size_is_taken_below_the_high_mark()
    {
        Assert.Equal(EmitResult.Accepted, Add(99));
        Assert.Equal(EmitResult.AboveHighWatermark, Add(1000));
        Assert.Equal(EmitResult.Closed, Add(1));
        Assert.True(_outbox.IsOverflowed);
    }

    [Fact]
    public void Above_the_high_mark_messages_are_taken_up_to_the_hard_limit_of_bytes()
    {
        _ = Add(100);
        Assert.Equal(EmitResult.AboveHighWatermark, Add(100));
        Assert.False(_outbox.IsOverflowed);
        Assert.Equal(EmitResult.Closed, Add(1));
        Assert.True(_outbox.IsOverflowed);
        Assert.Equal(1, _outbox.Dropped);
        Assert.Equal(200_000, _outbox.PeakBytes);
    }

    [Fact]
    public void Small_messages_count_what_they_cost_towards_the_hard_limit()
    {
        var outbox = new EngineIO.Outbox(new OutboxOptions { HighWatermarkBytes = 16_384, LowWatermarkBytes = 0, MaxBytes = 16_384 });
        var taken = 0;
        while (outbox.TryEnqueue(Body("1"), whenFull: OutboxPolicy.DropNewest) != EmitResult.Dropped)
        {
            taken++;
        }

        Assert.Equal(16_384 / Body("1").CostAndRelease(), taken);
        Assert.InRange(outbox.Cost, 16_384 - 400, 16_384);
        Assert.Equal(taken, outbox.Bytes);
        outbox.Clear();
        Assert.Equal(0, outbox.Cost);
    }

    [Fact]
    public void Who_waits_for_room_waits_at_half_of_the_hard_limit_of_cost_and_goes_on_at_a_quarter()
    {
        var outbox = new EngineIO.Outbox(new OutboxOptions { HighWatermarkBytes = 16_384, LowWatermarkBytes = 8192, MaxBytes = 16_384 }) { Owner = this };
        var taken = 1;
        while (outbox.TryEnqueue(Body("1"), whenFull: OutboxPolicy.Wait) == EmitResult.Accepted)
        {
            taken++;
        }

        var cost = Body("1").CostAndRelease();
        Assert.Equal((8192 + cost - 1) / cost, taken);
        Assert.Equal(EmitResult.Dropped, outbox.TryEnqueue(Body("1"), isVolatile: true));
        for (; taken > 4096 / cost; taken--)
        {
            Assert.Equal(0, _writable);
            Assert.True(outbox.TryPeek(out _));
            outbox.Dequeue();
            outbox.ReportTransport(0);
        }

        Assert.Equal(1, _writable);
        outbox.Clear();
    }

    [Fact]
    public void Messages_are_taken_up_to_the_hard_limit_of_their_number()
    {
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(EmitResult.Accepted, Add(0));
        }

        Assert.Equal(EmitResult.Dropped, Add(0, OutboxPolicy.DropNewest));
        Assert.Equal(EmitResult.Closed, Add(0));
    }

    [Fact]
    public void A_volatile_message_is_dropped_at_the_high_mark_and_taken_below_it()
    {
        _ = Add(99);
        Assert.Equal(EmitResult.AboveHighWatermark, _outbox.TryEnqueue(Body(1), isVolatile: true));
        Assert.Equal(EmitResult.Dropped, _outbox.TryEnqueue(Body(1), isVolatile: true));
        Assert.Equal(1, _outbox.Dropped);
        Assert.False(_outbox.IsOverflowed);
    }

    [Fact]
    public void What_the_transport_holds_counts_as_long_as_the_kernel_has_not_taken_it()
    {
        _ = Add(60);
        _ = Drain();
        _outbox.ReportTransport(60_000);
        Assert.Equal(60_000, _outbox.Bytes);
        Assert.Equal(EmitResult.AboveHighWatermark, Add(40));
        _outbox.ReportTransport(0);
        Assert.Equal(40_000, _outbox.Bytes);
    }

    [Fact]
    public void Writable_is_raised_once_at_the_low_mark_and_only_after_the_high_mark()
    {
        _ = Add(99);
        _ = Drain();
        _outbox.ReportTransport(0);
        Assert.Equal(0, _writable);
        _ = Add(59);
        _ = Add(41);
        Assert.True(_outbox.TryPeek(out _));
        _outbox.Dequeue();
        _outbox.ReportTransport(0);
        Assert.Equal(0, _writable);         // 41,000 wait: 1,000 more than the low mark
        _ = Drain();
        _outbox.ReportTransport(40_000);
        Assert.Equal(1, _writable);
        _outbox.ReportTransport(0);
        Assert.Equal(1, _writable);
    }

    [Fact]
    public void The_outbox_may_be_filled_from_writable()
    {
        _isRefilled = true;
        _ = Add(100);
        _ = Drain();
        _outbox.ReportTransport(0);
        Assert.Equal((1, 100_000), (_writable, _outbox.Bytes));
        _ = Drain();
        _outbox.ReportTransport(0);
        Assert.Equal(2, _writable);
    }

    [Theory]
    [InlineData(OutboxPolicy.DropNewest)]
    [InlineData(OutboxPolicy.Wait)]
    public void Full_with_drop_newest_or_wait_refuses_the_message(OutboxPolicy policy)
    {
        _ = Add(200);
        Assert.Equal(EmitResult.Dropped, Add(1, policy));
        Assert.False(_outbox.IsOverflowed);
        Assert.Equal(200_000, _outbox.Bytes);
    }

    [Fact]
    public void Full_with_drop_oldest_drops_the_oldest_that_may_be_dropped_and_spares_the_others()
    {
        _ = _outbox.TryEnqueue(Body("keep1"));
        _ = _outbox.TryEnqueue(Body("drop1" + Text(80)), whenFull: OutboxPolicy.DropOldest);
        _ = _outbox.TryEnqueue(Body("keep2"));
        _ = _outbox.TryEnqueue(Body("drop2"), whenFull: OutboxPolicy.DropOldest);
        _ = Add(120);
        Assert.Equal(EmitResult.AboveHighWatermark, _outbox.TryEnqueue(Body("new"), whenFull: OutboxPolicy.DropOldest));
        Assert.Equal(1, _outbox.Dropped);
        Assert.Equal($"keep1 keep2 drop2 {Text(120)} new", Drain());
    }

    [Fact]
    public void Full_of_messages_that_may_not_be_dropped_refuses_the_new_one()
    {
        _ = Add(200);
        Assert.Equal(EmitResult.Dropped, Add(1, OutboxPolicy.DropOldest));
        Assert.Equal(1, _outbox.Count);
    }

    [Fact]
    public void A_message_that_is_being_written_is_neither_dropped_nor_replaced()
    {
        _ = _outbox.TryEnqueue(Body("first" + Text(201)), whenFull: OutboxPolicy.DropOldest, key: "k");
        Assert.True(_outbox.TryPeek(out var writing));
        Assert.Equal(EmitResult.Dropped, _outbox.TryEnqueue(Body("second"), whenFull: OutboxPolicy.DropOldest, key: "k"));
        Assert.StartsWith("first", Encoding.ASCII.GetString(writing.Span));
        Assert.StartsWith("first", Drain());
    }

    [Fact]
    public void A_newer_value_takes_the_place_of_the_waiting_one_with_its_key_and_number()
    {
        _ = _outbox.TryEnqueue(Body("a1"), key: "pos", keyId: 1);
        _ = _outbox.TryEnqueue(Body("b1"), key: "pos", keyId: 2);
        _ = _outbox.TryEnqueue(Body("c"));
        _ = _outbox.TryEnqueue(Body("a2"), key: "pos", keyId: 1);
        _ = _outbox.TryEnqueue(Body("a3!"), key: "pos", keyId: 1);
        Assert.Equal((3, 6), (_outbox.Count, _outbox.Bytes));
        Assert.Equal(2, _outbox.Dropped);
        Assert.Equal("a3! b1 c", Drain());
        _ = _outbox.TryEnqueue(Body("a4"), key: "pos", keyId: 1);
        Assert.Equal("a4", Drain());
    }

    [Fact]
    public void Newer_values_that_grow_do_not_pass_the_hard_limit()
    {
        _ = _outbox.TryEnqueue(Body("a"), key: "k", whenFull: OutboxPolicy.KeepLatest);
        _ = Add(150);
        Assert.Equal(EmitResult.Dropped, _outbox.TryEnqueue(Body(100), key: "k", whenFull: OutboxPolicy.KeepLatest));
        Assert.InRange(_outbox.Cost, 0, 201_000);
    }

    [Fact]
    public void Droppable_messages_that_come_and_go_behind_one_that_cannot_leave_do_not_make_it_grow()
    {
        _ = Add(99);
        for (var i = 0; i < 100_000; i++)
        {
            _ = _outbox.TryEnqueue(Body(60), whenFull: OutboxPolicy.DropOldest);
        }

        Assert.InRange(_outbox.Count, 2, 3);
        Assert.InRange(_outbox.RingCapacity, 1, 64);
    }

    [Fact]
    public void Keys_keep_their_places_when_the_ring_is_compacted()
    {
        var outbox = new EngineIO.Outbox(new OutboxOptions { HighWatermarkBytes = 2000, LowWatermarkBytes = 0, MaxBytes = 7000, MaxMessages = 100 });
        for (var i = 0; i < 10; i++)
        {
            _ = outbox.TryEnqueue(Body($"k{i}"), key: "k", keyId: i);
        }

        _ = outbox.TryEnqueue(Body(2));
        for (var i = 0; i < 500; i++)
        {
            _ = outbox.TryEnqueue(Body(new string('x', 400)), whenFull: OutboxPolicy.DropOldest);
        }

        for (var i = 0; i < 10; i++)
        {
            _ = outbox.TryEnqueue(Body($"n{i}"), key: "k", keyId: i, whenFull: OutboxPolicy.DropNewest);
        }

        var texts = new List<string>();
        while (outbox.TryPeek(out var frame))
        {
            texts.Add(frame.Length > 4 ? "…" : Encoding.ASCII.GetString(frame.Span));
            outbox.Dequeue();
        }

        Assert.Equal(texts.Distinct().Count(t => t != "…"), texts.Count(t => t != "…"));
        Assert.DoesNotContain(texts, t => t.StartsWith('k'));
        outbox.Clear();
    }

    [Fact]
    public void A_newer_value_still_replaces_its_own_message_when_those_in_front_of_it_were_dropped()
    {
        const int Capacity = 32;
        var outbox = new EngineIO.Outbox(new OutboxOptions { HighWatermarkBytes = 100_000, LowWatermarkBytes = 0, MaxBytes = 200_000, MaxMessages = Capacity });
        _ = outbox.TryEnqueue(Body("first"));
        for (var i = 0; i < Capacity - 3; i++)
        {
            _ = outbox.TryEnqueue(Body("old"), whenFull: OutboxPolicy.DropOldest);
        }

        _ = outbox.TryEnqueue(Body("a1"), key: "a");
        _ = outbox.TryEnqueue(Body("b1"), key: "b");
        for (var i = 0; i < Capacity - 3; i++)
        {
            Assert.Equal(EmitResult.Accepted, outbox.TryEnqueue(Body("new"), whenFull: OutboxPolicy.DropOldest));
            _ = outbox.TryEnqueue(Body($"a{i}"), key: "a");
            _ = outbox.TryEnqueue(Body($"b{i}"), key: "b");
        }

        var texts = new List<string>();
        while (outbox.TryPeek(out var frame))
        {
            texts.Add(Encoding.ASCII.GetString(frame.Span));
            outbox.Dequeue();
        }

        Assert.Equal(["first", "a28", "b28", .. Enumerable.Repeat("new", Capacity - 3)], texts);
    }

    [Fact]
    public void After_an_overflow_everything_is_refused()
    {
        _ = Add(200);
        _ = Add(1);
        _ = Drain();
        Assert.Equal(EmitResult.Closed, Add(1));
    }

    [Fact]
    public void Dequeue_without_peek_is_a_fault_of_the_caller()
        => Assert.Throws<InvalidOperationException>(_outbox.Dequeue);

    [Fact]
    public void A_random_history_keeps_count_bytes_and_order()
    {
        var random = new Random(99);
        var outbox = new EngineIO.Outbox(new OutboxOptions { HighWatermarkBytes = 1024, LowWatermarkBytes = 100, MaxBytes = 12_000, MaxMessages = 50 });
        var next = 0;
        var last = -1;
        for (var i = 0; i < 50_000; i++)
        {
            if (random.Next(5) < 3)
            {
                var frame = Body($"{next++}:".PadRight(random.Next(8, 100)));
                _ = outbox.TryEnqueue(frame, random.Next(4) == 0, random.Next(2) == 0 ? OutboxPolicy.DropOldest : OutboxPolicy.DropNewest);
            }
            else if (outbox.TryPeek(out var frame))
            {
                var text = Encoding.ASCII.GetString(frame.Span);
                var number = int.Parse(text[..text.IndexOf(':')]);
                Assert.True(number > last);
                last = number;
                outbox.Dequeue();
            }

            Assert.InRange(outbox.Cost, 0, 12_000);
            Assert.InRange(outbox.Count, 0, 50);
        }

        outbox.Clear();
        Assert.Equal((0, 0, 0L), (outbox.Count, outbox.Bytes, outbox.Cost));
    }
}

file static class FrameExtensions
{
    public static int CostAndRelease(this Frame frame)
    {
        var cost = frame.Cost;
        frame.Release();
        return cost;
    }
}
