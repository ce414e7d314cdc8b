using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>What is done with a pattern reaches its namespaces on all servers, also those that the asking one has not.</summary>
public sealed class PatternRequestTests : ClusterTest
{
    [Fact]
    public void Sockets_and_counts_of_a_pattern_are_those_of_all_servers()
    {
        var (cluster, clients) = StartWithClients();
        var orders = cluster[0].Server.Of("/orders-{id}");
        Assert.Equal(3, cluster.Await(orders.CountAsync()).Count);
        Assert.Equal(clients.Select(static client => client.Id!).Order(), cluster.Await(orders.FetchSocketsAsync()).Select(static socket => socket.Id).Order());
        Assert.Equal(clients[2].Id, Assert.Single(cluster.Await(orders.To(clients[2].Id!).FetchSocketsAsync())).Id);
        Assert.Equal(1, cluster.Await(orders.Local.CountAsync()).Count);
        cluster.Kill(2);
        var counted = cluster.Await(orders.CountAsync());
        Assert.Equal((2, 1), (counted.Count, counted.MissingNodes.Count));
    }

    [Fact]
    public void Actions_of_a_pattern_are_done_on_all_servers_and_counted()
    {
        var (cluster, clients) = StartWithClients();
        var orders = cluster[0].Server.Of("/orders-{id}");
        Assert.Equal(3, cluster.Await(orders.SocketsJoinAsync("late")).Count);
        orders.To("late").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.All(clients, static client => Assert.Equal(1, client.Next<int>("a")));
        orders.To("late").SocketsLeave("late");
        cluster.RunUntilIdle();
        Assert.Equal(0, cluster.Await(orders.To("late").CountAsync()).Count);
        Assert.Equal(1, cluster.Await(orders.To(clients[2].Id!).DisconnectSocketsAsync()).Count);
        Assert.False(clients[2].IsConnected);
        Assert.True(clients[1].IsConnected);
    }

    [Fact]
    public void Clients_of_a_pattern_answer_on_all_servers()
    {
        var (cluster, clients) = StartWithClients();
        foreach (var server in cluster.Servers)
        {
            server.Received = static (client, e) =>
            {
                if (e.WantsAck)
                {
                    e.Answer(client.Id);
                }
            };
        }

        var orders = cluster[0].Server.Of("/orders-{id}");
        var answers = cluster.Await(orders.EmitWithAckAsync<string>("who", new byte[] { 1, 2 }));
        Assert.Equal(clients.Select(static client => client.Id!).Order(), answers.Answers.Select(static answer => answer.Value!).Order());
        Assert.True(answers.IsComplete);
        Assert.Empty(cluster.Await(orders.To("nobody").EmitWithAckAsync<string>("who")).Answers);
    }

    [Fact]
    public void A_client_of_a_pattern_that_does_not_answer_is_missing_wherever_it_is()
    {
        var (cluster, clients) = StartWithClients();
        var answers = cluster.Await(cluster[0].Server.Of("/orders-{id}").Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<string>("who"));
        Assert.Equal(clients.Select(static client => client.Id!).Order(), answers.Missing.Order());
        Assert.Empty(answers.MissingNodes);
    }

    [Fact]
    public void An_awaited_emit_to_a_pattern_reaches_all_servers()
    {
        var (cluster, clients) = StartWithClients();
        Assert.Equal(EmitResult.Accepted, cluster.Await(cluster[0].Server.Of("/orders-{id}").EmitAsync("a", 1)));
        cluster.RunUntilIdle();
        Assert.All(clients, static client => Assert.Equal(1, client.Next<int>("a")));
    }

    private (SockeyeTestCluster Cluster, SockeyeTestClient[] Clients) StartWithClients()
    {
        var cluster = Start(3, static server => server.Of("/orders-{id}"));
        SockeyeTestClient[] clients = [.. cluster.Servers.Select(static (server, i) => server.Connect($"/orders-{i}"))];
        cluster.RunUntilIdle();
        return (cluster, clients);
    }
}
