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
}
