using Sockeye.Plugin.Auth.Live;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class ThrottleTests
{
    private readonly HandClock _clock = new();

    [Fact]
    public void The_first_failures_are_answered_at_once_and_then_each_waits_twice_as_long_up_to_a_limit()
    {
        var throttle = new Throttle(_clock);
        Assert.All(Enumerable.Range(0, Throttle.DefaultFreeFailures), _ => Assert.Equal(TimeSpan.Zero, throttle.Fail("192.0.2.1", null)));
        Assert.Equal([125, 250, 500, 1000, 2000, 2000, 2000], Enumerable.Range(0, 7).Select(_ => throttle.Fail("192.0.2.1", null).TotalMilliseconds));
    }

    [Fact]
    public void Failures_are_forgotten_with_time()
    {
        var throttle = new Throttle(_clock);
        Fail(throttle, 20, "192.0.2.1");
        Assert.NotEqual(TimeSpan.Zero, throttle.Delay("192.0.2.1", null));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, throttle.Delay("192.0.2.1", null));
        Assert.Equal(125, throttle.Fail("192.0.2.1", null).TotalMilliseconds);
    }

    [Fact]
    public void An_identity_that_is_tried_from_many_addresses_is_slow_for_those_who_fail_at_it()
    {
        var throttle = new Throttle(_clock);
        for (var i = 0; i < 20; i++)
        {
            throttle.Fail($"192.0.2.{i}", "key-7");
        }

        Assert.NotEqual(TimeSpan.Zero, throttle.Fail("198.51.100.1", "key-7"));
        Assert.Equal(TimeSpan.Zero, throttle.Fail("198.51.100.1", "key-8"));
    }

    [Fact]
    public void One_network_of_IPv6_is_one_address_and_so_is_IPv4_in_its_clothes()
    {
        Assert.Equal(Throttle.GroupOf("2001:db8:1:2::1"), Throttle.GroupOf("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(Throttle.GroupOf("2001:db8:1:2::1"), Throttle.GroupOf("2001:db8:1:3::1"));
        Assert.Equal("192.0.2.1", Throttle.GroupOf("::ffff:192.0.2.1"));
        Assert.Equal("what is this", Throttle.GroupOf("what is this"));
    }

    [Fact]
    public void Whoever_fails_under_a_million_other_names_is_not_forgotten()
    {
        var throttle = new Throttle(_clock);
        Fail(throttle, 20, "192.0.2.1");
        for (var i = 0; i < 20_000; i++)
        {
            throttle.Fail($"2001:db8:{i:x}::1", null);
        }

        Assert.Equal(Throttle.DefaultMaxDelay, throttle.Delay("192.0.2.1", null));
    }

    [Fact]
    public void Asking_counts_no_failure()
    {
        var throttle = new Throttle(_clock);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, throttle.Delay("192.0.2.1", "alice"));
        }
    }

    [Fact]
    public void A_thousand_attackers_slow_hardly_any_bystander()
    {
        var throttle = new Throttle(_clock);
        for (var i = 0; i < 1000; i++)
        {
            Fail(throttle, 12, $"10.{i / 250}.{i % 250}.1");
        }

        Assert.InRange(Enumerable.Range(0, 1000).Count(i => throttle.Delay($"172.16.{i / 250}.{i % 250}", null) > TimeSpan.Zero), 0, 50);
    }

    private static void Fail(Throttle throttle, int times, string address)
    {
        for (var i = 0; i < times; i++)
        {
            throttle.Fail(address, null);
        }
    }
}
