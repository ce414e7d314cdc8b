using Sockeye.Server.Common;
using Sockeye.Server.Sockets;
using Sockeye.Shared;
using Xunit;

namespace Sockeye.Server.Tests.Rates;

/// <summary>A rate is met exactly: in whole ticks, on both sides, however long the pauses are.</summary>
public class TokenBucketTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(100, 200)]
    [InlineData(7_000_003, 11)]
    [InlineData(1_000_000_000, 1 << 30)]
    public void A_full_bucket_gives_its_burst_and_then_one_token_with_each_part_of_a_second(int perSecond, int burst)
    {
        var rate = new Rate(perSecond, burst);
        var bucket = default(TokenBucket);
        bucket.Fill(rate, 5);
        Assert.True(bucket.Has(rate, burst));
        bucket.Take(burst);
        Assert.False(bucket.Has(rate, 1));

        // The first tick with which a whole token is back.
        var first = (TimeSpan.TicksPerSecond + perSecond - 1) / perSecond;
        if (first > 1)
        {
            bucket.Fill(rate, 5 + first - 1);
            Assert.False(bucket.Has(rate, 1));
        }

        bucket.Fill(rate, 5 + first);
        Assert.True(bucket.Has(rate, 1));
        bucket.Fill(rate, long.MaxValue);
        Assert.True(bucket.IsFull);
        Assert.True(bucket.Has(rate, burst));
    }

    [Fact]
    public void Nothing_is_lost_between_the_ticks()
    {
        var rate = new Rate(3, 3);
        var bucket = default(TokenBucket);
        bucket.Take(3);
        var taken = 0;
        for (long now = 1; now <= 10 * TimeSpan.TicksPerSecond; now += 7919)
        {
            bucket.Fill(rate, now);
            while (bucket.Has(rate, 1))
            {
                bucket.Take(1);
                taken++;
            }
        }

        Assert.InRange(taken, 29, 30);
    }

    [Fact]
    public void What_is_larger_than_the_bucket_passes_when_it_is_full_and_is_paid_for_afterwards()
    {
        var rate = new Rate(10, 10);
        var bucket = default(TokenBucket);
        bucket.Fill(rate, 0);
        Assert.True(bucket.Has(rate, 50));
        bucket.Take(50);
        bucket.Fill(rate, (4 * TimeSpan.TicksPerSecond) + (TimeSpan.TicksPerSecond / 10) - 1);
        Assert.False(bucket.Has(rate, 1));
        bucket.Fill(rate, (4 * TimeSpan.TicksPerSecond) + (TimeSpan.TicksPerSecond / 10));
        Assert.True(bucket.Has(rate, 1));
        Assert.False(bucket.Has(rate, 50));
        bucket.Fill(rate, 5 * TimeSpan.TicksPerSecond);
        Assert.True(bucket.Has(rate, 50));
    }

    [Fact]
    public void A_clock_that_goes_back_brings_nothing()
    {
        var rate = new Rate(1, 1);
        var bucket = default(TokenBucket);
        bucket.Fill(rate, 1000);
        bucket.Take(1);
        bucket.Fill(rate, 0);
        bucket.Fill(rate, 999);
        bucket.Fill(rate, TimeSpan.TicksPerSecond);
        Assert.False(bucket.Has(rate, 1));
        bucket.Fill(rate, 1000 + TimeSpan.TicksPerSecond);
        Assert.True(bucket.Has(rate, 1));
    }

    [Fact]
    public void What_passes_allocates_nothing()
    {
        var options = new SockeyeServerOptions { Preset = ServerPreset.Hardened };
        options.Rates.Events = ["x=1000000"];
        options.Rates.EventsPerSecond = options.Rates.UserEventsPerSecond = 1_000_000;
        var table = RateTable.Of(options)!;
        var rates = new SocketRates();
        var identity = new SocketIdentity("user");
        long now = 0;
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                now += 100;
                Assert.True(rates.TryTake(table, "/", identity, "x"u8, 1, now) == RateLimit.None);
            }
        }));
    }

    [Fact]
    public void Buckets_of_users_that_are_full_again_are_removed_and_their_users_find_new_ones()
    {
        var users = new UserRates();
        var rates = new RateSet(default, default, new Rate(1, 2), default);
        UserRates.Buckets? busy = null, quiet = null;
        Assert.Equal(RateLimit.None, users.TryTake(ref quiet, "/", "quiet", rates, 0, 1));
        Assert.Equal(RateLimit.None, users.TryTake(ref busy, "/", "busy", rates, 0, TimeSpan.TicksPerSecond));
        Assert.Equal(RateLimit.None, users.TryTake(ref busy, "/", "busy", rates, 0, TimeSpan.TicksPerSecond));
        Assert.Equal(RateLimit.UserEvents, users.TryTake(ref busy, "/", "busy", rates, 0, TimeSpan.TicksPerSecond));
        users.Sweep(TimeSpan.TicksPerSecond + 1);
        Assert.Equal(1, users.Count);
        var kept = busy;
        Assert.Equal(RateLimit.UserEvents, users.TryTake(ref busy, "/", "busy", rates, 0, TimeSpan.TicksPerSecond + 1));
        Assert.Same(kept, busy);
        var removed = quiet;
        Assert.Equal(RateLimit.None, users.TryTake(ref quiet, "/", "quiet", rates, 0, TimeSpan.TicksPerSecond + 1));
        Assert.NotSame(removed, quiet);
        Assert.Equal(2, users.Count);
    }
}
