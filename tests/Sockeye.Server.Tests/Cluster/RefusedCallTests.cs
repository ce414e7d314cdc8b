using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Nodes;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Calls of other servers that a server has no room for: whoever has asked is told at once.</summary>
public sealed class RefusedCallTests : ClusterTest
{
    [Fact]
    public void A_server_whose_memory_is_short_is_missing_at_once()
    {
        var cluster = Start(2, static server => server.Of("/rooms-{id}"), static builder => builder.Options.Engine.MemoryBudgetBytes = 64 << 20);
        cluster[1].Connect();
        cluster[1].Connect("/rooms-1");
        cluster[1].Received = static (_, e) => e.Answer("yes");
        cluster[1].Server.OnServerSide("who", static e => e.Ack("yes"));
        cluster.RunUntilIdle();
        BufferCounters.Hold(64 << 20);
        var server = cluster[0].Server;
        var asked = server.ServerSideEmitWithAckAsync<string>("who");
        var emitted = server.EmitWithAckAsync<string>("who");
        var pattern = server.Of("/rooms-{id}").EmitWithAckAsync<string>("who");
        var areThere = cluster.RunUntil(() => asked.IsCompleted && emitted.IsCompleted && pattern.IsCompleted, TimeSpan.FromSeconds(10));
        BufferCounters.Hold(-(64 << 20));
        Assert.True(areThere);
        Assert.Single(cluster.Await(asked).MissingNodes);
        Assert.Single(cluster.Await(emitted).MissingNodes);
        Assert.False(cluster.Await(pattern).IsComplete);
    }

    [Fact]
    public void A_server_at_which_too_many_events_wait_is_missing_at_once()
    {
        var cluster = Start(2);
        using var go = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        cluster[1].Server.OnServerSide("slow", e =>
        {
            begun.Set();
            go.Wait();
            e.Ack(1);
        });
        cluster[0].Server.ServerSideEmit("slow");
        Assert.True(cluster.RunUntil(() => begun.IsSet));
        for (var i = 0; i <= ServerEvents.Most; i++)
        {
            cluster[0].Server.ServerSideEmit("slow");
        }

        var asked = cluster[0].Server.ServerSideEmitWithAckAsync<int>("slow");
        var isThere = cluster.RunUntil(() => asked.IsCompleted, TimeSpan.FromSeconds(10));
        go.Set();
        Assert.True(isThere);
        Assert.Single(cluster.Await(asked).MissingNodes);
    }

    [Theory, InlineData(-1, true), InlineData(0, false)]
    public void As_many_calls_as_the_limit_says_are_answered_and_of_a_further_one_the_server_is_missing_at_once(int more, bool comes)
    {
        var cluster = Start(2);
        cluster[1].Connect();
        cluster[1].Received = static (_, e) => e.Answer("yes");
        cluster[1].Server.OnServerSide("who", static e => e.Ack("yes"));
        Fill(cluster, CallResults.Most + more);
        var asked = cluster[0].Server.ServerSideEmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => asked.IsCompleted, TimeSpan.FromSeconds(10)));
        Assert.Equal(comes, cluster.Await(asked).IsComplete);
        var emitted = cluster[0].Server.EmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => emitted.IsCompleted, TimeSpan.FromSeconds(10)));
        Assert.Equal(comes, cluster.Await(emitted).IsComplete);
    }

    /// <summary>Another server calls so many times, and never asks what has become of it.</summary>
    private static void Fill(SockeyeTestCluster cluster, int calls)
    {
        var port = new ClusterPort(cluster.Bus.Connect("another"), new ClusterOptions(), new ClusterIdentity(99, 1), cluster[0].Time);
        for (var i = 1; i <= calls; i++)
        {
            var head = port.Head(ClusterKind.ServerEvent).Field(WireField.Namespace, "/").Field(WireField.EventName, "tnobody");
            port.Send(port.Subjects.Servers, new Call(i, TimeSpan.FromMinutes(1)).Write(head), ["[]"u8.ToArray()]);
        }

        cluster.RunUntilIdle();
    }
}
