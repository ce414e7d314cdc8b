using System.Text;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Who is in a cluster: servers come, are missed, and go.</summary>
public sealed class MembershipTests : ClusterTest
{
    [Fact]
    public void Servers_know_each_other_when_they_have_started()
    {
        var cluster = Start(3);
        for (var i = 0; i < 3; i++)
        {
            var others = cluster.Servers.Where((_, other) => other != i).Select(other => other.Server);
            Assert.Equal(others.Select(other => (other.NodeId, other.Incarnation)).Order(), cluster[i].Server.Cluster!.Nodes.Select(node => (node.NodeId, node.Incarnation)).Order());
            Assert.All(cluster[i].Server.Cluster!.Nodes, node => Assert.Equal(ClusterNodeState.Alive, node.State));
        }
    }

    [Fact]
    public void All_of_a_cluster_have_one_time_also_one_that_comes_later()
    {
        var cluster = Start(2);
        cluster.Advance(TimeSpan.FromHours(1));
        cluster.Add();
        Assert.Single(cluster.Servers.Select(server => server.Time.GetUtcNow()).Distinct());
    }

    [Fact]
    public async Task A_server_without_a_cluster_has_none()
    {
        await using var server = new SockeyeTestServer(static _ => { });
        Assert.Null(server.Server.Cluster);
    }

    [Fact]
    public void Servers_of_another_name_or_key_are_none_of_the_cluster()
    {
        var name = "a";
        var key = new byte[16];
        var cluster = Start(1, options: () => new ClusterOptions { Name = name, Secret = key });
        name = "b";
        cluster.Add();
        (name, key) = ("a", new byte[32]);
        key[0] = 1;
        cluster.Add();
        Assert.All(cluster.Servers, server => Assert.Empty(server.Server.Cluster!.Nodes));
    }

    [Fact]
    public void Servers_with_one_key_are_one_cluster()
    {
        var cluster = Start(2, options: static () => new ClusterOptions { Secret = "a key that both of them have"u8.ToArray() });
        Assert.Single(cluster[0].Server.Cluster!.Nodes);
        var client = cluster[1].Connect();
        cluster.RunUntilIdle();
        cluster[0].Server.Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal(1, client.Next<int>("a"));
        Assert.Equal(1, cluster.Await(cluster[0].Server.CountAsync()).Count);
    }

    [Fact]
    public void The_name_of_a_node_is_the_beginning_of_the_ids_of_its_sockets()
    {
        var cluster = Start(2);
        Assert.StartsWith(cluster[1].Server.Cluster!.Nodes[0].Name, cluster[0].Connect().Id!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_stops_says_so_and_is_gone_at_once()
    {
        var cluster = Start(2);
        var told = Listen(cluster[0]);
        var stop = cluster[1].Server.StopAsync();
        Assert.True(cluster.RunUntil(() => stop.IsCompleted));
        cluster.RunUntilIdle();
        Assert.Empty(cluster[0].Server.Cluster!.Nodes);
        Assert.Equal([ClusterNodeState.Draining, ClusterNodeState.Gone], told.Select(node => node.State));
        Assert.Equal(0, cluster[0].Server.Cluster!.Gaps);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a key that all the nodes have")]
    public async Task What_a_server_says_and_asks_after_it_has_stopped_goes_nowhere_and_fails_nobody(string? key)
    {
        var cluster = Start(2, options: () => new ClusterOptions { Secret = Encoding.UTF8.GetBytes(key ?? "") });
        var server = cluster[0].Server;
        var stop = server.StopAsync();
        Assert.True(cluster.RunUntil(() => stop.IsCompleted));
        List<string> published = [];
        cluster.Bus.Published = (name, subject) => published.Add($"{name} {subject}");
        server.Emit("a", 1);
        server.To("room").Emit("a", 1);
        Assert.Equal(EmitResult.Closed, server.ServerSideEmit("a"));
        Assert.Single((await server.FetchSocketsAsync()).MissingNodes);
        Assert.Empty((await server.EmitWithAckAsync<int>("a")).Answers);
        Assert.Single((await server.CountAsync()).MissingNodes);
        Assert.Single((await server.DisconnectSocketsAsync()).MissingNodes);
        Assert.Single((await server.ServerSideEmitWithAckAsync<int>("a")).MissingNodes);
        Assert.Empty(published);
    }

    [Fact]
    public void A_server_that_was_killed_is_missed_asked_for_and_gone()
    {
        var cluster = Start(3);
        var told = Listen(cluster[0]);
        List<ClusterGap> gaps = [];
        cluster[0].Server.Cluster!.Gap += gaps.Add;
        cluster.Advance(TimeSpan.FromSeconds(6));
        cluster.Kill(1);
        Assert.True(cluster.AdvanceUntil(() => gaps.Count > 0, TimeSpan.FromSeconds(10)));
        Assert.Equal([ClusterNodeState.Suspect, ClusterNodeState.Gone], told.Select(node => node.State));
        Assert.Equal(new ClusterGap(null, told[0].Name, 0, ClusterGapReason.NodeGone), Assert.Single(gaps));
        Assert.Single(cluster[0].Server.Cluster!.Nodes);
    }

    [Fact]
    public void A_server_behind_a_cut_is_gone_in_time_and_comes_back_when_the_network_is_whole()
    {
        var cluster = Start(2);
        cluster.Advance(TimeSpan.FromSeconds(6));
        cluster.Bus.Partition(["0"], ["1"]);
        Assert.True(cluster.AdvanceUntil(() => cluster.Servers.All(server => server.Server.Cluster!.Nodes.Count == 0), TimeSpan.FromSeconds(20)));
        cluster.Bus.Partition();
        Assert.True(cluster.AdvanceUntil(() => cluster.Servers.All(server => server.Server.Cluster!.Nodes.Count == 1), TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_server_that_is_slow_to_be_heard_but_answers_is_alive()
    {
        var cluster = Start(2);
        cluster.Advance(TimeSpan.FromSeconds(6));
        (cluster.Bus.Only, cluster.Bus.Loss) = (subject => subject.EndsWith(".c", StringComparison.Ordinal), 1);
        var told = Listen(cluster[0]);
        Assert.True(cluster.AdvanceUntil(() => told.Count >= 4, TimeSpan.FromSeconds(40)));
        Assert.Equal([ClusterNodeState.Suspect, ClusterNodeState.Alive, ClusterNodeState.Suspect, ClusterNodeState.Alive], told.Take(4).Select(node => node.State));
    }

    [Fact]
    public void A_bus_that_goes_and_comes_back_is_told_as_a_gap_and_makes_nobody_suspect()
    {
        var cluster = Start(2);
        cluster.Advance(TimeSpan.FromSeconds(6));
        var told = Listen(cluster[0]);
        List<ClusterGap> gaps = [];
        cluster[0].Server.Cluster!.Gap += gaps.Add;
        cluster.Bus.SetConnected("0", false);
        cluster.Bus.SetConnected("1", false);
        cluster.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(BusState.Disconnected, cluster[0].Server.Cluster!.Bus);
        cluster.Bus.SetConnected("0", true);
        cluster.Bus.SetConnected("1", true);
        cluster.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(new ClusterGap(null, null, 0, ClusterGapReason.Outage), Assert.Single(gaps));
        Assert.Empty(told);
    }

    [Fact]
    public void A_node_that_is_drawn_twice_is_drawn_again()
    {
        var cluster = Start(1, build: builder => builder.Options.Engine.NodeId = 77);
        Assert.Equal(77, cluster[0].Server.NodeId);
        var failure = Assert.Throws<ClusterJoinException>(() => cluster.Add());
        Assert.Contains("is node 77", failure.Message, StringComparison.Ordinal);
        cluster.Add(builder => builder.Options.Engine.NodeId = null);
        Assert.NotEqual(77, cluster[1].Server.NodeId);
    }

    [Fact]
    public void Of_two_servers_of_one_node_that_a_cut_had_hidden_the_younger_goes_on_as_another_and_its_clients_come_again()
    {
        var cluster = StartTwins();
        var clients = cluster.Servers.Select(server => server.Connect()).ToArray();
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
        }

        var told = cluster.Servers.Select(Listen).ToArray();
        var gaps = 0;
        cluster.RunUntilIdle();
        cluster.Bus.Partition();
        Assert.True(cluster.AdvanceUntil(() => clients.Any(static client => client.IsClosed), TimeSpan.FromSeconds(5)));
        var (elder, younger) = clients[0].IsClosed ? (2, 0) : (0, 2);
        Assert.Equal(77, cluster[elder].Server.NodeId);
        Assert.NotEqual(77, cluster[younger].Server.NodeId);
        Assert.Equal(DisconnectReason.ServerShuttingDown, clients[younger].Disconnected);
        Assert.True(clients[elder].IsConnected);
        Assert.Equal(cluster[younger].Server.Incarnation, Assert.Single(told[elder], static node => node.State == ClusterNodeState.SameNode).Incarnation);
        Assert.Equal(cluster[elder].Server.Incarnation, Assert.Single(told[younger], static node => node.State == ClusterNodeState.SameNode).Incarnation);

        // From here on it is a cluster as any other.
        cluster.Advance(TimeSpan.FromSeconds(5));
        Assert.All(cluster.Servers, server => Assert.Equal(
            cluster.Servers.Where(other => other != server).Select(static other => (other.Server.NodeId, other.Server.Incarnation)).Order(),
            server.Server.Cluster!.Nodes.Select(static node => (node.NodeId, node.Incarnation)).Order()));
        cluster[1].Server.Cluster!.Gap += _ => gaps++;
        var again = cluster[younger].Connect();
        Assert.StartsWith(Sockeye.Server.Cluster.ClusterIdentity.NameOf(cluster[younger].Server.NodeId), again.Id!, StringComparison.Ordinal);
        Assert.Equal(3, cluster.Await(cluster[1].Server.CountAsync()).Count);
        again.Socket!.Join("lobby");
        cluster.RunUntilIdle();
        foreach (var server in cluster.Servers)
        {
            server.Server.To("lobby").Emit("a", 1);
            server.Server.To(again.Id!).Emit("b", 1);
        }

        cluster.Advance(TimeSpan.FromSeconds(5));
        Assert.All(new[] { clients[elder], clients[1], again }, static client => Assert.Equal(3, client.Events.Count(static e => e.Name == "a")));
        Assert.Equal(3, again.Events.Count(static e => e.Name == "b"));
        Assert.Equal(0, gaps);
    }

    [Fact]
    public void A_change_of_the_number_that_the_bus_does_not_let_is_tried_again_and_leaves_nothing_behind()
    {
        var cluster = StartTwins();
        cluster.Bus.Denies = static (name, subject) => name != "1" && subject.Contains(".x.", StringComparison.Ordinal) && !subject.EndsWith("00004d", StringComparison.Ordinal);
        cluster.Bus.Partition();
        cluster.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((77, 77), (cluster[0].Server.NodeId, cluster[2].Server.NodeId));
        cluster.Bus.Denies = null;
        cluster.Advance(TimeSpan.FromSeconds(10));
        var elder = cluster[0].Server.NodeId == 77 ? "0" : "2";
        Assert.NotEqual(cluster[0].Server.NodeId, cluster[2].Server.NodeId);
        List<string> asked = [];
        cluster.Bus.Delivered = (name, subject) => asked.AddRange(subject.EndsWith(".n.00004d", StringComparison.Ordinal) ? [name] : []);
        Assert.Empty(cluster.Await(cluster[1].Server.CountAsync()).MissingNodes);
        Assert.Equal([elder], asked);
    }

    [Fact]
    public void What_a_server_says_while_its_number_changes_comes_once_to_its_own_clients_and_to_others()
    {
        var cluster = StartTwins();

        // Of several some stay for a while.
        var clients = cluster.Servers.SelectMany(static server => Enumerable.Range(0, 4).Select(_ => server.Connect())).ToArray();
        Assert.All(clients, static client => client.Socket!.Join("lobby"));
        var told = cluster.Servers.Select(Listen).ToArray();
        cluster.Advance(TimeSpan.FromSeconds(6));
        (cluster.Bus.MinDelay, cluster.Bus.MaxDelay) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20));
        cluster.Bus.Partition();
        for (var i = 0; i < 300; i++)
        {
            Assert.All(cluster.Servers, server => server.Server.To("lobby").Emit("a", $"{server.Server.Incarnation} {i}"));
            cluster.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.NotEqual(cluster[0].Server.NodeId, cluster[2].Server.NodeId);
        Assert.All(clients, static client =>
        {
            var heard = client.Events.Where(static e => e.Name == "a").Select(static e => e.Get<string>()).ToArray();
            Assert.NotEmpty(heard);
            Assert.Equal(heard.Distinct(), heard);
        });
        Assert.All(cluster.Servers.Zip(told), static one => Assert.DoesNotContain(one.Second, node => node.Incarnation == one.First.Server.Incarnation));
    }

    [Fact]
    public async Task Listeners_are_called_one_at_a_time_and_in_order_whoever_has_something_to_tell_and_hold_up_nobody()
    {
        var cluster = Start(1);
        var state = ((SocketServer)cluster[0].Server).ClusterPart!.State;
        using var go = new ManualResetEventSlim();
        var (inside, wrong) = (0, 0);
        List<long> missing = [];
        state.Gap += gap => One(() => missing.Add(gap.Missing));
        state.NodeChanged += _ => One(() => { });
        state.Report(Gap(0));
        for (var i = 1; i <= ClusterState.Most; i++)
        {
            state.Report(Gap(i));
        }

        // There is no place for it, and it counts all the same.
        state.Report(Gap(-1));
        Assert.Equal(ClusterState.Most + 2, state.Gaps);
        go.Set();
        Assert.True(cluster.RunUntil(() => state.IsIdle));
        Assert.Equal(Enumerable.Range(0, ClusterState.Most + 1).Select(static i => (long)i), missing);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                state.Report(Gap(1));
                state.Report(new ClusterNode("n", 1, 1, ClusterNodeState.Alive));
            }
        })));
        Assert.True(cluster.RunUntil(() => state.IsIdle));
        Assert.Equal((0, ClusterState.Most + 1 + 4000), (wrong, missing.Count));

        static ClusterGap Gap(long missing) => new("/", "n", missing, ClusterGapReason.Lost);

        void One(Action act)
        {
            wrong += Interlocked.Increment(ref inside) == 1 ? 0 : 1;
            go.Wait();
            act();
            Interlocked.Decrement(ref inside);
        }
    }

    [Fact]
    public void Ids_of_the_application_and_options_out_of_range_are_refused_when_the_server_is_made()
    {
        var failure = Assert.Throws<ArgumentException>(() => Start(1, build: builder => builder.Options.Engine.GenerateId = _ => "x"));
        Assert.Contains("GenerateId: not in a cluster", failure.Message, StringComparison.Ordinal);
        failure = Assert.Throws<ArgumentException>(() => Start(1, options: () => new ClusterOptions { Secret = new byte[5] }));
        Assert.Contains("Cluster:Secret has 5 bytes", failure.Message, StringComparison.Ordinal);
    }

    private static List<ClusterNode> Listen(SockeyeTestServer server)
    {
        List<ClusterNode> told = [];
        server.Server.Cluster!.NodeChanged += told.Add;
        return told;
    }

    /// <summary>Three servers, of which the first and the third have one number, and a cut hides them from each other.</summary>
    private SockeyeTestCluster StartTwins()
    {
        var cluster = Start(1, build: static builder => (builder.Options.Engine.NodeId, builder.Options.DrainTime) = (77, TimeSpan.FromSeconds(1)));
        cluster.Add(static builder => builder.Options.Engine.NodeId = null);
        cluster.Bus.Partition(["0", "1"]);
        cluster.Add();
        Assert.Equal((77, 77), (cluster[0].Server.NodeId, cluster[2].Server.NodeId));
        return cluster;
    }
}
