using Sockeye.Cluster;
using Sockeye.Server.Tests.Relays;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Servers of two versions of the wire on one bus, as they stand while a cluster is brought to another version.</summary>
public sealed class WireVersionTests : ClusterTest
{
    private const byte Other = BusSubject.WireVersion + 1;

    private readonly List<string> _crossed = [];
    private readonly HashSet<string> _others = [];

    [Fact]
    public void Servers_of_two_versions_are_two_clusters_and_do_not_hear_each_other()
    {
        var asked = 0;
        var cluster = Start(2, server =>
        {
            server.OnServerSide("question", _ => asked++);
            server.Of("/room-*").OnConnection(static _ => { });
        });
        Watch(cluster);
        AddOther(cluster);
        AddOther(cluster);
        var clients = cluster.Servers.Select(static server => server.Connect()).ToArray();
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
        }

        cluster.Advance(TimeSpan.FromSeconds(5));
        foreach (var (server, i) in cluster.Servers.Select(static (server, i) => (server.Server, i)))
        {
            Assert.Equal(cluster[i ^ 1].Server.NodeId, Assert.Single(server.Cluster!.Nodes).NodeId);
            server.Emit("all", i);
            server.To("lobby").Emit("room", i);
            server.To(clients[(i + 2) % 4].Id!).Emit("one", i);
            server.Of("/room-*").Emit("pattern", i);
            server.ServerSideEmit("question");
            Assert.Equal(2, cluster.Await(server.CountAsync()).Count);
            var found = cluster.Await(server.To("lobby").FetchSocketsAsync());
            Assert.Equal(new[] { clients[i].Id, clients[i ^ 1].Id }.Order(), found.Select(static socket => socket.Id).Order());
            Assert.Empty(found.MissingNodes);
        }

        cluster.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(4, asked);
        Assert.All(clients, static client => Assert.Equal((2, 2, 0), (Count(client, "all"), Count(client, "room"), Count(client, "one"))));
        Assert.All(cluster.Servers, static server => Assert.Equal((1, 0L), (server.Server.Cluster!.Nodes.Count, server.Server.Cluster.Gaps)));
        Assert.Empty(_crossed);
    }

    [Fact]
    public void A_session_of_the_other_version_is_unknown_at_once_and_its_number_may_be_the_same()
    {
        var cluster = Start(1, build: static builder => builder.Options.Engine.NodeId = 77);
        Watch(cluster);
        AddOther(cluster);
        cluster.Add(static builder => builder.Options.Engine.NodeId = null);
        Assert.Equal((77, 77), (cluster[0].Server.NodeId, cluster[1].Server.NodeId));
        var client = new PollingPeer(cluster);
        client.Join(0);
        Assert.Equal("ok", client.Post(2, "42[\"a\"]").Body);
        var answer = client.Get(1);
        Assert.Equal((400, """{"code":1,"message":"Session ID unknown"}"""), (answer.Status, answer.Body));
        Assert.Equal("ok", client.Post(0, "42[\"a\"]").Body);
        Assert.Empty(_crossed);
    }

    [Fact]
    public void A_cluster_is_brought_to_another_version_one_server_after_the_other_while_clients_talk()
    {
        var cluster = Start(3, static server => server.OnConnection(socket =>
        {
            socket.Join("lobby");
            socket.On("say", (EventContext _, int number) => server.To("lobby").Emit("said", number));
        }), static builder => builder.Options.DrainTime = TimeSpan.FromSeconds(1));
        Watch(cluster);
        List<(SockeyeTestClient Client, int Server)> clients = [.. Enumerable.Range(0, 6).Select(i => (cluster[i % 3].Connect(), i % 3))];
        var number = 0;
        for (var old = 0; old < 3; old++)
        {
            AddOther(cluster);
            Talk();
            var stop = cluster[old].Server.StopAsync();
            Assert.True(cluster.AdvanceUntil(() => clients.All(one => one.Server != old || !one.Client.IsConnected)));
            Talk();
            Assert.True(cluster.AdvanceUntil(() => stop.IsCompleted));

            // Who is put out comes again, to one that is there.
            for (var i = 0; i < clients.Count; i++)
            {
                if (clients[i].Server == old)
                {
                    Assert.Equal(DisconnectReason.ServerShuttingDown, clients[i].Client.Disconnected);
                    clients[i] = (cluster[3 + old].Connect(), 3 + old);
                }
            }

            cluster.Advance(TimeSpan.FromSeconds(5));
            Talk();
        }

        Assert.All(cluster.Servers.Skip(3), server => Assert.Equal((2, 6), (server.Server.Cluster!.Nodes.Count, cluster.Await(server.Server.CountAsync()).Count)));
        Assert.All(cluster.Servers, static server => Assert.Equal(0, server.Server.Cluster!.Gaps));
        Assert.Empty(_crossed);

        // What one says is heard by all that are connected to servers of its version, once.
        void Talk()
        {
            foreach (var (speaker, from) in clients.Where(static one => one.Client.IsConnected).ToArray())
            {
                foreach (var (client, _) in clients)
                {
                    client.Clear();
                }

                speaker.Emit("say", ++number);
                cluster.RunUntilIdle();
                foreach (var (client, server) in clients.Where(static one => one.Client.IsConnected))
                {
                    Assert.Equal(server < 3 == from < 3 ? [number] : [], client.Events.Where(static e => e.Name == "said").Select(static e => e.Get<int>()));
                }
            }
        }
    }

    private static int Count(SockeyeTestClient client, string name) => client.Events.Count(e => e.Name == name);

    /// <summary>Notes each message that a server hears which is of another version than its own.</summary>
    private void Watch(SockeyeTestCluster cluster) => cluster.Bus.Delivered = (to, subject) =>
    {
        if (subject.Split('.')[2] != (_others.Contains(to) ? Other : BusSubject.WireVersion).ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            _crossed.Add($"{to} heard {subject}");
        }
    };

    private void AddOther(SockeyeTestCluster cluster)
    {
        _others.Add(cluster.Servers.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        cluster.Add(static builder => builder.Bus = new OtherVersionBus(builder.Bus!, Other));
    }
}
