using Sockeye.Plugin.Routing.Latest;

namespace Sockeye.Plugin.Routing.Tests.Latest;

public sealed class LatestByKeyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly ManualTime _time = new();
    private readonly List<string> _delivered = [];
    private readonly List<Exception> _failures = [];

    private LatestByKey<string> Latest(LatestOptions options, Action<string>? deliver = null) =>
        new(options, _time, static value => value.Length, deliver ?? _delivered.Add, _failures.Add);

    private static void AssertAllTold(LatestByKey<string> latest) => Assert.Equal(latest.Offered, latest.Delivered + latest.Replaced + latest.Waiting);

    [Fact]
    public void The_last_value_of_a_key_is_delivered_at_the_end_of_its_interval_and_not_before()
    {
        using var latest = Latest(new LatestOptions(Second));
        latest.Offer("a", "1");
        _time.Advance(Second / 2);
        latest.Offer("a", "2");
        latest.Offer("a", "3");
        _time.Advance((Second / 2) - Moment);
        Assert.Empty(_delivered);
        _time.Advance(Moment);

        Assert.Equal(["3"], _delivered);
        Assert.Equal(2, latest.Replaced);
        _time.Advance(Second * 5);
        Assert.Equal(["3"], _delivered);
        AssertAllTold(latest);
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public void Each_key_has_its_own_interval()
    {
        using var latest = Latest(new LatestOptions(Second));
        latest.Offer("a", "a1");
        _time.Advance(Second / 4);
        latest.Offer("b", "b1");
        latest.Offer("a", "a2");
        _time.Advance(Second * 0.75);
        Assert.Equal(["a2"], _delivered);
        _time.Advance(Second / 4);

        Assert.Equal(["a2", "b1"], _delivered);
    }

    [Fact]
    public void With_the_leading_edge_the_first_value_goes_at_once_and_two_are_never_closer_than_the_interval()
    {
        using var latest = Latest(new LatestOptions(Second, Leading: true));
        latest.Offer("a", "1");
        Assert.Equal(["1"], _delivered);
        latest.Offer("a", "2");
        latest.Offer("a", "3");
        Assert.Equal(["1"], _delivered);
        _time.Advance(Second);
        Assert.Equal(["1", "3"], _delivered);
        latest.Offer("a", "4");
        _time.Advance(Second - Moment);
        Assert.Equal(["1", "3"], _delivered);
        _time.Advance(Moment);
        Assert.Equal(["1", "3", "4"], _delivered);
        _time.Advance(Second);
        latest.Offer("a", "5");

        Assert.Equal(["1", "3", "4", "5"], _delivered);
        AssertAllTold(latest);
    }

    [Fact]
    public void With_one_key_too_many_the_oldest_is_delivered_early_and_nothing_is_lost()
    {
        using var latest = Latest(new LatestOptions(Second, MaxKeys: 3));
        latest.Offer("a", "a");
        latest.Offer("b", "b");
        latest.Offer("c", "c");
        Assert.Empty(_delivered);
        latest.Offer("d", "d");

        Assert.Equal(["a"], _delivered);
        Assert.Equal(1, latest.Early);
        _time.Advance(Second);
        Assert.Equal(["a", "b", "c", "d"], _delivered);
        AssertAllTold(latest);
    }

    [Fact]
    public void With_too_many_bytes_the_oldest_is_delivered_early()
    {
        // A key of one character counts two bytes.
        using var latest = Latest(new LatestOptions(Second, MaxBytes: 2 * (100 + 2)));
        latest.Offer("a", new string('a', 100));
        latest.Offer("b", new string('b', 100));
        Assert.Empty(_delivered);
        latest.Offer("b", new string('b', 101));

        Assert.Equal([new string('a', 100)], _delivered);
        Assert.Equal(1, latest.Waiting);
        AssertAllTold(latest);
    }

    [Fact]
    public void A_value_larger_than_all_that_may_wait_goes_at_once()
    {
        using var latest = Latest(new LatestOptions(Second, MaxBytes: 1024));
        latest.Offer("a", new string('a', 5000));

        Assert.Single(_delivered);
        Assert.Equal(0, latest.Waiting);
    }

    [Fact]
    public void At_its_end_all_that_waits_is_delivered_and_what_comes_later_at_once()
    {
        var latest = Latest(new LatestOptions(Second));
        latest.Offer("a", "a");
        latest.Offer("b", "b");
        latest.Dispose();
        Assert.Equal(["a", "b"], _delivered);
        latest.Offer("c", "c");

        Assert.Equal(["a", "b", "c"], _delivered);
        Assert.Equal(0, _time.Waiting);
        AssertAllTold(latest);
    }

    [Fact]
    public void A_value_that_cannot_be_delivered_keeps_no_other_back()
    {
        using var latest = Latest(new LatestOptions(Second), value =>
        {
            if (value == "bad")
            {
                throw new InvalidOperationException(value);
            }

            _delivered.Add(value);
        });
        latest.Offer("a", "bad");
        latest.Offer("b", "good");
        _time.Advance(Second);
        latest.Offer("a", "again");
        _time.Advance(Second);

        Assert.Equal(["good", "again"], _delivered);
        Assert.Single(_failures);
    }

    [Fact]
    public async Task From_several_threads_each_value_is_delivered_or_replaced_and_the_values_of_a_key_stay_in_order()
    {
        var seen = new Dictionary<string, int>();
        var disorder = 0;
        var latest = Latest(new LatestOptions(Second, MaxKeys: 2), value =>
        {
            // One at a time, by contract: no lock.
            var (key, number) = (value[..1], int.Parse(value[1..], System.Globalization.CultureInfo.InvariantCulture));
            disorder += seen.GetValueOrDefault(key, -1) >= number ? 1 : 0;
            seen[key] = number;
        });
        await Task.WhenAll("abcd".Select(key => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                latest.Offer(key.ToString(), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}{i}"));
            }
        })));
        latest.Dispose();

        Assert.Equal(0, disorder);
        Assert.Equal(8000, latest.Offered);
        Assert.Equal(8000, latest.Delivered + latest.Replaced);
        Assert.Equal(1999, seen["a"]);
    }
}
