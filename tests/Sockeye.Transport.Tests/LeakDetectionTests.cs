using DotNetty.Common;
using Xunit;
using static DotNetty.Common.ResourceLeakDetector.DetectionLevel;

namespace Sockeye.Transport.Tests;

public class LeakDetectionTests
{
    [Fact]
    public void The_default_level_is_lowered() => Assert.Equal(Disabled, SocketTransport.LeakDetection(Simple, isChosen: false));

    [Fact]
    public void The_default_level_stays_if_the_environment_asks_for_it() => Assert.Equal(Simple, SocketTransport.LeakDetection(Simple, isChosen: true));

    [Theory]
    [InlineData(Disabled)]
    [InlineData(Advanced)]
    [InlineData(Paranoid)]
    public void A_level_that_the_embedder_has_set_stays(ResourceLeakDetector.DetectionLevel level)
    {
        Assert.Equal(level, SocketTransport.LeakDetection(level, isChosen: false));
        Assert.Equal(level, SocketTransport.LeakDetection(level, isChosen: true));
    }

    [Fact]
    public void A_level_that_is_set_after_the_first_transport_is_not_looked_at_again()
    {
        var before = ResourceLeakDetector.Level;
        _ = new MemoryTransport();
        try
        {
            ResourceLeakDetector.Level = Simple;
            _ = new MemoryTransport();
            Assert.Equal(Simple, ResourceLeakDetector.Level);
        }
        finally
        {
            ResourceLeakDetector.Level = before;
        }
    }
}
