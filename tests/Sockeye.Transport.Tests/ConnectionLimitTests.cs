using Sockeye.Transport.Loops;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class ConnectionLimitTests
{
    [Fact]
    public void That_the_limit_is_reached_is_told_once_until_a_tenth_of_the_connections_has_gone()
    {
        ConnectionLimit limit = new(100);
        var below = 0;
        limit.FellBelow += () => below++;
        for (var i = 0; i < 100; i++)
        {
            limit.Opened();
        }

        Assert.True(limit.IsReached);
        Assert.True(limit.TryTell());
        for (var i = 0; i < 50; i++)
        {
            limit.Closed();
            limit.Opened();
            Assert.False(limit.TryTell());
        }

        Assert.Equal(50, below);
        for (var i = 0; i < 10; i++)
        {
            limit.Closed();
        }

        Assert.False(limit.TryTell());
        limit.Closed();
        Assert.True(limit.TryTell());
    }

    [Fact]
    public void Clients_that_come_and_go_at_a_small_limit_fill_no_log_either()
    {
        ConnectionLimit limit = new(3);
        Fill();
        Assert.True(limit.TryTell());
        for (var i = 0; i < 50; i++)
        {
            limit.Closed();
            Fill();
            Assert.False(limit.TryTell());
        }

        limit.Closed();
        limit.Closed();
        Fill();
        Assert.True(limit.TryTell());

        void Fill()
        {
            while (limit.TryOpen(listener: null))
            {
            }
        }
    }

    [Fact]
    public void A_connection_counts_for_its_listener_and_for_all_and_takes_a_place_of_neither_where_one_is_full()
    {
        ConnectionLimit all = new(3);
        ListenerLimit one = new("one") { MaxConnections = 1 }, other = new("other");
        Assert.True(all.TryOpen(one));
        Assert.False(all.TryOpen(one));
        Assert.Equal((1, 1), (all.Count, one.ConnectionCount));
        Assert.True(all.TryOpen(other));
        Assert.True(all.TryOpen(other));
        Assert.False(all.TryOpen(other));
        Assert.Equal((3, 2), (all.Count, other.ConnectionCount));
        List<string> roomy = [];
        all.Watch(one, () => roomy.Add("one"));
        all.Watch(other, () => roomy.Add("other"));
        all.Closed(one);
        Assert.Equal(["one", "other", "one"], roomy);
        Assert.Equal((2, 0), (all.Count, one.ConnectionCount));
    }
}
