using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class TurnLengthsTests
{
    private readonly ManualLoop _loop = new();

    private TurnLengths Lengths => _loop.Counters.TurnLengths;

    [Fact]
    public void Every_bound_belongs_to_its_bucket_and_a_tick_more_to_the_next()
    {
        for (var bucket = 0; bucket < TurnLengths.BucketCount - 1; bucket++)
        {
            var bound = TurnLengths.UpperBound(bucket);
            long here = Lengths[bucket], next = Lengths[bucket + 1];
            RunTurn(bound);
            Assert.Equal((here + 1, next), (Lengths[bucket], Lengths[bucket + 1]));
            RunTurn(bound + TimeSpan.FromTicks(1));
            Assert.Equal((here + 1, next + 1), (Lengths[bucket], Lengths[bucket + 1]));
        }
    }

    [Fact]
    public void A_bucket_is_at_most_a_quarter_wider_than_the_one_before()
    {
        Assert.Equal(TimeSpan.FromTicks(8), TurnLengths.UpperBound(0));
        for (var bucket = 1; bucket < TurnLengths.BucketCount - 1; bucket++)
        {
            Assert.InRange(TurnLengths.UpperBound(bucket) / TurnLengths.UpperBound(bucket - 1), 1.1, 1.25);
        }

        Assert.Equal(TimeSpan.FromTicks(1 << 24), TurnLengths.UpperBound(TurnLengths.BucketCount - 2));
        Assert.Equal(TimeSpan.MaxValue, TurnLengths.UpperBound(TurnLengths.BucketCount - 1));
    }

    [Fact]
    public void A_turn_in_which_the_clock_stands_still_is_among_the_shortest()
    {
        RunTurn(TimeSpan.Zero);
        Assert.Equal(1, Lengths[0]);
    }

    [Fact]
    public void A_turn_of_an_hour_is_among_the_longest()
    {
        RunTurn(TimeSpan.FromHours(1));
        Assert.Equal(1, Lengths[TurnLengths.BucketCount - 1]);
    }

    [Fact]
    public void All_turns_that_found_something_are_counted_and_no_others()
    {
        _loop.RunUntilIdle();
        _loop.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Count());
        RunTurn(TimeSpan.FromMilliseconds(1));
        RunTurn(TimeSpan.FromMilliseconds(2));
        Assert.Equal(2, Count());
        Assert.Equal(_loop.Counters.Turns, Count());
    }

    [Fact]
    public void A_turn_is_a_stall_when_it_takes_longer_than_the_threshold()
    {
        RunTurn(TimeSpan.FromMilliseconds(100));
        Assert.Equal(0, _loop.Counters.Stalls);
        RunTurn(TimeSpan.FromMilliseconds(100) + TimeSpan.FromTicks(1));
        Assert.Equal(1, _loop.Counters.Stalls);
    }

    [Fact]
    public void There_is_no_bucket_before_the_first_or_behind_the_last()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Lengths[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Lengths[TurnLengths.BucketCount]);
        Assert.Throws<ArgumentOutOfRangeException>(() => TurnLengths.UpperBound(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TurnLengths.UpperBound(TurnLengths.BucketCount));
    }

    /// <summary>A turn during which the clock moves on by this much.</summary>
    private void RunTurn(TimeSpan length)
    {
        _loop.Post(_ => _loop.Advance(length), null);
        _loop.RunUntilIdle();
    }

    private long Count() => Enumerable.Range(0, TurnLengths.BucketCount).Sum(bucket => Lengths[bucket]);
}
