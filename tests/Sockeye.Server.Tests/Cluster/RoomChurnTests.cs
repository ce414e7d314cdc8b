using Sockeye.Cluster;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>A room that comes and goes. Alone, since memory that is held is counted for the process.</summary>
[Collection(nameof(MemoryPerConnectionTests))]
public sealed class RoomChurnTests : ClusterTest
{
    [Fact]
    public void A_room_that_comes_and_goes_without_end_is_noted_once_and_is_listened_to_until_30_s_after_the_last_time()
    {
        var cluster = Start(2);
        var socket = cluster[0].Connect().Socket!;
        Change(1_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // The queue of changes keeps room for as many as have ever waited in it: never more than before.
        for (var i = 0; i < 100; i++)
        {
            Change(1_000);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -1_000_000, 1_000_000);

        cluster.Advance(TimeSpan.FromSeconds(20));
        Change(1);
        cluster.Advance(TimeSpan.FromSeconds(25));
        Assert.True(IsHeard());
        cluster.Advance(new ClusterOptions().RoomLinger - TimeSpan.FromSeconds(23));
        Assert.False(IsHeard());

        void Change(int times)
        {
            for (var i = 0; i < times; i++)
            {
                socket.Join("room");
                socket.Leave("room");
            }

            cluster.RunUntilIdle();
        }

        bool IsHeard()
        {
            var isHeard = false;
            cluster.Bus.Delivered = (_, subject) => isHeard |= subject.Contains(".r.", StringComparison.Ordinal);
            cluster[1].Server.To("room").Emit("a");
            cluster.RunUntilIdle();
            return isHeard;
        }
    }
}
