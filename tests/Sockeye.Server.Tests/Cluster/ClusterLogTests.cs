using Sockeye.Server.Cluster;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>What the cluster says as long as something is wrong.</summary>
public sealed class ClusterLogTests
{
    [Fact]
    public void Servers_with_another_key_are_one_line_and_after_ten_seconds_another_that_says_how_many_were_left_out()
    {
        using var lines = new AwaitedLog();
        var time = new StillTime();
        var log = new ClusterLog(lines, time);
        Tell(50);
        time.Seconds = 9;
        Tell(50);
        Assert.EndsWith("or a cluster of another Name", Assert.Single(lines.Lines), StringComparison.Ordinal);
        time.Seconds = 10;
        Tell(50);
        Assert.Equal(2, lines.Lines.Count());
        Assert.EndsWith("(lines before that were left out: 99)", lines.Lines.Last(), StringComparison.Ordinal);

        void Tell(int times)
        {
            for (var i = 0; i < times; i++)
            {
                log.OtherKey("default");
            }
        }
    }
}
