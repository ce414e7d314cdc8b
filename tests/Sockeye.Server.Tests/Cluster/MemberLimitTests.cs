using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Nodes that come without end, as a broken or lying server of the bus says: they take a bounded amount of memory, and of the log.</summary>
public sealed class MemberLimitTests : ClusterTest
{
    private readonly AwaitedLog _log = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public void As_many_servers_as_the_limit_says_are_taken_into_a_cluster_and_a_further_one_when_one_has_gone()
    {
        var cluster = Start(1, options: static () => new ClusterOptions { MaxNodes = 2 }, build: builder => builder.LoggerFactory = _log);
        Say(cluster, ClusterKind.Hello, 1);
        Say(cluster, ClusterKind.Hello, 2);
        Assert.Equal([1, 2], NodesOf(cluster));
        Assert.Equal(0, PortOf(cluster).Dropped(WireFault.Refused));
        Say(cluster, ClusterKind.Hello, 3);
        Assert.Equal([1, 2], NodesOf(cluster));
        Assert.Equal(1, PortOf(cluster).Dropped(WireFault.Refused));
        Assert.Single(_log.Lines, static line => line.Contains("Server AAAD is not taken into the cluster: 2 others are known already, and MaxNodes allows no more", StringComparison.Ordinal));

        // Who is there is heard, also under another incarnation.
        Say(cluster, ClusterKind.Hello, 2, incarnation: 8);
        Assert.Equal(8, cluster[0].Server.Cluster!.Nodes.Single(static node => node.NodeId == 2).Incarnation);
        Say(cluster, ClusterKind.Goodbye, 1);
        Say(cluster, ClusterKind.Hello, 3);
        Assert.Equal([2, 3], NodesOf(cluster));
        Assert.Equal(1, PortOf(cluster).Dropped(WireFault.Refused));
    }

    [Fact]
    public void Servers_that_come_and_go_without_end_are_five_lines_of_the_log_in_a_second_and_all_are_told()
    {
        var cluster = Start(1, options: static () => new ClusterOptions { MaxNodes = 1 }, build: builder => builder.LoggerFactory = _log);
        List<ClusterNode> told = [];
        cluster[0].Server.Cluster!.NodeChanged += told.Add;
        for (var incarnation = 1; incarnation <= 20; incarnation++)
        {
            Say(cluster, ClusterKind.Hello, 1, incarnation);
            Say(cluster, ClusterKind.Hello, 2, incarnation);
            Say(cluster, ClusterKind.Beat, cluster[0].Server.NodeId, incarnation);
        }

        Assert.Equal([5, 5, 5], CountLines());
        Assert.Equal(39 + 20, told.Count);
        cluster.Advance(TimeSpan.FromSeconds(1.1));
        Say(cluster, ClusterKind.Hello, 1, 21);
        Say(cluster, ClusterKind.Hello, 2, 21);
        Say(cluster, ClusterKind.Beat, cluster[0].Server.NodeId, 21);
        Assert.Equal([8, 6, 6], CountLines());     // gone, here, and the same node; full; the same node
        Assert.Contains(_log.Lines, static line => line.EndsWith("(lines before that were left out: 54)", StringComparison.Ordinal));
        Assert.Equal(2, _log.Lines.Count(static line => line.EndsWith("(lines before that were left out: 15)", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_server_that_is_not_in_the_cluster_is_not_asked_for_what_it_has_lost()
    {
        var cluster = Start(1);
        List<string> said = [];
        cluster.Bus.Published = (from, subject) =>
        {
            if (from == "0" && subject.Contains(".x.", StringComparison.Ordinal))
            {
                said.Add(subject);
            }
        };
        var port = PortOf(cluster, node: 7, incarnation: 1);
        for (var round = 0; round < 2; round++)
        {
            Frame();
            cluster.Bus.Loss = 1;
            Frame();
            cluster.Bus.Loss = 0;
            Frame();
            Assert.Equal(round, said.Count);
            port.Send(port.Subjects.Common, port.Head(ClusterKind.Hello).Field(WireField.State, [(byte)1]), []);
            cluster.RunUntilIdle();
        }

        void Frame()
        {
            port.Publish(port.Subjects.Relay(cluster[0].Server.NodeId), port.Head(ClusterKind.RelayStand), []);
            cluster.RunUntilIdle();
        }
    }

    private static void Say(SockeyeTestCluster cluster, ClusterKind kind, int node, long incarnation = 7)
    {
        var port = PortOf(cluster, node, incarnation);
        port.Send(port.Subjects.Common, port.Head(kind).Field(WireField.State, [(byte)1]).Field(WireField.Started, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()), []);
        cluster.RunUntilIdle();
    }

    private static ClusterPort PortOf(SockeyeTestCluster cluster, int node, long incarnation) =>
        new(cluster.Bus.Connect($"{node} {incarnation} {Guid.NewGuid()}"), new ClusterOptions(), new ClusterIdentity(node, incarnation), cluster[0].Time);

    private static ClusterPort PortOf(SockeyeTestCluster cluster) => ((SocketServer)cluster[0].Server).ClusterPart!.Relays.Port;

    private static IEnumerable<int> NodesOf(SockeyeTestCluster cluster) => cluster[0].Server.Cluster!.Nodes.Select(static node => node.NodeId).Order();

    private int[] CountLines() => [Count("of the cluster: "), Count("is not taken into the cluster"), Count("Another server is node")];

    private int Count(string part) => _log.Lines.Count(line => line.Contains(part, StringComparison.Ordinal));
}
