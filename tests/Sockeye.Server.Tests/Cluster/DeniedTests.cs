using Sockeye.Cluster;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>A bus that does not let a server listen: whoever waits for it is told, the application can see it, and it is tried again.</summary>
public sealed class DeniedTests : ClusterTest
{
    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task A_room_that_cannot_be_listened_to_is_told_to_who_joins_and_heard_when_it_can(int exactRooms)
    {
        var cluster = Start(2, options: () => new ClusterOptions { ExactRooms = exactRooms });
        var client = cluster[1].Connect();
        cluster.RunUntilIdle();
        cluster.Bus.Denies = static (name, subject) => name == "1" && subject.Contains(".r.", StringComparison.Ordinal);
        var joining = client.Socket!.JoinAsync("lobby");
        Assert.True(cluster.RunUntil(() => joining.IsCompleted));
        var denied = await Assert.ThrowsAsync<BusException>(() => joining);
        Assert.Contains("does not let", denied.Message, StringComparison.Ordinal);
        Assert.Contains("lobby", client.Socket.Rooms);
        Assert.Equal((0, 1), (cluster[0].Server.Cluster!.Unheard, cluster[1].Server.Cluster!.Unheard));
        cluster.Bus.Denies = null;
        Assert.True(cluster.AdvanceUntil(() => cluster[1].Server.Cluster!.Unheard == 0, TimeSpan.FromSeconds(2)));
        cluster[0].Server.To("lobby").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal(1, client.Next<int>("a"));
        Assert.True(cluster.Await(client.Socket.JoinAsync("lobby")));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task What_is_denied_while_it_is_listened_to_is_seen_and_listened_to_again(int exactRooms)
    {
        var cluster = Start(2, options: () => new ClusterOptions { ExactRooms = exactRooms });
        var client = cluster[1].Connect();
        client.Socket!.Join("lobby");
        cluster.RunUntilIdle();
        cluster.Bus.Denies = static (name, subject) => name == "1" && subject.StartsWith(BusSubject.Data, StringComparison.Ordinal);
        Assert.InRange(cluster[1].Server.Cluster!.Unheard, 3, 10);
        cluster.Advance(TimeSpan.FromSeconds(3));
        cluster[0].Server.To("lobby").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal(0, client.Pending);
        await Assert.ThrowsAsync<BusException>(() => client.Socket.JoinAsync("lobby"));
        cluster.Bus.Denies = null;
        Assert.True(cluster.AdvanceUntil(() => cluster[1].Server.Cluster!.Unheard == 0, TimeSpan.FromSeconds(2)));
        cluster.Advance(TimeSpan.FromSeconds(2));
        cluster[0].Server.To("lobby").Emit("a", 2);
        cluster[0].Server.Emit("a", 3);
        cluster[0].Server.To(client.Id!).Emit("a", 4);
        cluster.RunUntilIdle();
        Assert.Equal([2, 3, 4], client.Events.Where(static e => e.Name == "a").Select(static e => e.Get<int>()));
    }

    [Theory]
    [InlineData(".i.")]
    [InlineData(".h.")]
    public void Answers_to_a_server_that_are_denied_are_told_and_come_when_they_can(string part)
    {
        var cluster = Start(2);
        cluster.Bus.Denies = (name, subject) => name == "1" && subject.Contains(part, StringComparison.Ordinal);
        Assert.Equal((0, 1), (cluster[0].Server.Cluster!.Unheard, cluster[1].Server.Cluster!.Unheard));
        cluster.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(part == ".i." ? 1 : 0, cluster.Await(cluster[1].Server.CountAsync()).MissingNodes.Count);
        cluster.Bus.Denies = null;
        Assert.Equal(1, cluster[1].Server.Cluster!.Unheard);
        Assert.True(cluster.AdvanceUntil(() => cluster[1].Server.Cluster!.Unheard == 0, TimeSpan.FromSeconds(2)));
        var counted = cluster[1].Server.CountAsync();
        Assert.True(cluster.RunUntil(() => counted.IsCompleted));
        Assert.Empty(cluster.Await(counted).MissingNodes);
    }
}
