using Sockeye.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Rooms above the limit share subscriptions: what comes for others is not seen, and what is lost is.</summary>
public sealed class RoomBucketTests : ClusterTest
{
    /// <summary>What is noted just when the thread that works it off comes to rest: without a fence there some of them were left undone until the next one.</summary>
    [Fact]
    public void Rooms_that_come_and_go_at_every_moment_of_the_work_on_subscriptions_are_listened_to()
    {
        var cluster = Start(1);
        var socket = cluster[0].Connect().Socket!;
        for (var i = 0; i < 400_000; i++)
        {
            _ = i % 2 == 0 ? socket.Join("room") : socket.Leave("room");

            // Looked at without a pause, as only then the next one falls into the moment that is meant; so often that nothing but work which nobody does takes longer.
            for (var looks = 0L; !cluster[0].IsClusterIdle; looks++)
            {
                Assert.True(looks < 10_000_000_000);
            }

            Thread.SpinWait(i % 13);
        }
    }

    [Fact]
    public void A_look_for_what_the_bus_denies_each_second_makes_nothing_for_each_room()
    {
        var cluster = Start(1, build: static builder => builder.Options.Limits.RoomsPerSocket = 30_000);
        var socket = cluster[0].Connect().Socket!;
        var few = Second();
        for (var i = 0; i < 20_000; i++)
        {
            socket.Join($"room {i}");
        }

        Assert.InRange(Second() - few, -50_000, 50_000);

        long Second()
        {
            cluster.Advance(TimeSpan.FromSeconds(2));
            var before = GC.GetAllocatedBytesForCurrentThread();
            cluster.Advance(TimeSpan.FromSeconds(1));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Rooms_above_the_limit_share_a_subscription_and_below_it_have_their_own()
    {
        var (cluster, client) = StartWith(exactRooms: 2, buckets: 1);
        Join(cluster, client, "one", "two");
        Assert.Equal([], Delivered(cluster, "other"));
        Join(cluster, client, "three", "four");
        Assert.Equal(["1"], Delivered(cluster, "other"));
        foreach (var room in new[] { "one", "two", "three", "four", "five" })
        {
            cluster[0].Server.To(room).Emit("a", room);
        }

        cluster.RunUntilIdle();
        Assert.Equal(["one", "two", "three", "four"], Heard(client));
        Assert.Equal(0, cluster[1].Server.Cluster!.Gaps);
    }

    [Fact]
    public void A_part_is_let_go_with_its_last_room_and_a_place_that_is_free_again_is_taken()
    {
        var (cluster, client) = StartWith(exactRooms: 1, buckets: 1);
        Join(cluster, client, "one", "two", "three");
        Leave(cluster, client, "two");
        Assert.Equal(["1"], Delivered(cluster, "other"));
        Leave(cluster, client, "three");
        Assert.Equal([], Delivered(cluster, "other"));
        Leave(cluster, client, "one");
        Join(cluster, client, "four");
        Assert.Equal([], Delivered(cluster, "other"));
        cluster[0].Server.To("four").Emit("a", "four");
        cluster.RunUntilIdle();
        Assert.Equal(["four"], Heard(client));
    }

    [Fact]
    public void With_many_parts_only_those_with_rooms_here_are_listened_to()
    {
        var (cluster, client) = StartWith(exactRooms: 0, buckets: 65_536);
        Join(cluster, client, "one");
        Assert.Equal([], Delivered(cluster, "two"));
        Assert.True(cluster.Await(client.Socket!.JoinAsync("two")));
        Assert.Equal(["1"], Delivered(cluster, "two"));
    }

    [Fact]
    public void What_is_lost_of_a_room_in_a_part_is_told_and_of_rooms_without_members_is_not()
    {
        var (cluster, client) = StartWith(exactRooms: 0, buckets: 1);
        Join(cluster, client, "one");
        List<ClusterGap> gaps = [];
        cluster[1].Server.Cluster!.Gap += gaps.Add;
        Send(cluster, "one", "other");
        cluster.Bus.Loss = 1;
        Send(cluster, "other");
        Send(cluster, "one");
        cluster.Bus.Loss = 0;
        Send(cluster, "other", "one");
        Assert.Equal(new ClusterGap("/", cluster[1].Server.Cluster!.Nodes[0].Name, 1, ClusterGapReason.Lost), Assert.Single(gaps));
        Assert.Equal(["one", "one"], Heard(client));
    }

    [Theory]
    [InlineData(4096, 4096, true)]
    [InlineData(4096, 4095, false)]
    public void A_server_with_another_number_of_parts_does_not_start_and_says_why(int first, int second, bool starts)
    {
        var buckets = first;
        var cluster = Start(1, options: () => new ClusterOptions { RoomBuckets = buckets });
        buckets = second;
        var failure = Record.Exception(() => cluster.Add());
        Assert.Equal(starts, failure is null);
        Assert.True(starts || failure!.Message.Contains($"have RoomBuckets {first}, and this one {second}", StringComparison.Ordinal));
        Assert.Equal(starts ? 1 : 0, cluster[0].Server.Cluster!.Nodes.Count);
    }

    [Theory]
    [InlineData(-1, 1, "ExactRooms is -1")]
    [InlineData(10_000_001, 1, "ExactRooms is 10000001")]
    [InlineData(0, 0, "RoomBuckets is 0")]
    [InlineData(0, 65_537, "RoomBuckets is 65537")]
    [InlineData(10_000_000, 65_536, "")]
    public void Options_out_of_their_range_are_named(int exact, int buckets, string fault)
    {
        var faults = new ClusterOptions { ExactRooms = exact, RoomBuckets = buckets }.Validate();
        Assert.True(fault.Length == 0 ? faults.Count == 0 : Assert.Single(faults).StartsWith(fault, StringComparison.Ordinal));
    }

    private static void Join(SockeyeTestCluster cluster, SockeyeTestClient client, params string[] rooms)
    {
        foreach (var room in rooms)
        {
            client.Socket!.Join(room);
            cluster.RunUntilIdle();
        }
    }

    private static void Leave(SockeyeTestCluster cluster, SockeyeTestClient client, string room)
    {
        client.Socket!.Leave(room);
        cluster.Advance(TimeSpan.FromSeconds(32));
    }

    private static void Send(SockeyeTestCluster cluster, params string[] rooms)
    {
        foreach (var room in rooms)
        {
            cluster[0].Server.To(room).Emit("a", room);
        }

        cluster.RunUntilIdle();
    }

    private static string[] Delivered(SockeyeTestCluster cluster, string room)
    {
        List<string> delivered = [];
        cluster.Bus.Delivered = (name, _) => delivered.Add(name);
        cluster[0].Server.To(room).Emit("b", 1);
        cluster.RunUntilIdle();
        cluster.Bus.Delivered = null;
        return [.. delivered];
    }

    private static string?[] Heard(SockeyeTestClient client) => [.. client.Events.Where(e => e.Name == "a").Select(e => e.Get<string>())];

    private (SockeyeTestCluster Cluster, SockeyeTestClient Client) StartWith(int exactRooms, int buckets)
    {
        var cluster = Start(2, options: () => new ClusterOptions { ExactRooms = exactRooms, RoomBuckets = buckets });
        var client = cluster[1].Connect();
        cluster.RunUntilIdle();
        return (cluster, client);
    }
}
