using Sockeye.Abstractions.Sockets;
using Sockeye.Cluster;
using Sockeye.Server.Nodes;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>What a game loop says to other servers leaves at the end of its turn, as one message for each subject.</summary>
public sealed class ClusterTurnTests : ClusterTest
{
    private readonly List<(string Subject, int Bytes)> _sent = [];
    private GameLoop? _loop;

    [Theory]
    [InlineData("")]
    [InlineData("a key that both of them have")]
    public void What_a_turn_emits_to_a_room_is_one_message_in_its_order(string key)
    {
        var (cluster, clients) = StartWithClients(key);
        Turn(cluster, () =>
        {
            for (var i = 1; i <= 50; i++)
            {
                cluster[0].Server.To("lobby").Emit("a", i, new byte[] { (byte)i });
            }
        });
        Assert.Single(_sent);
        Assert.All(clients, static client => Assert.Equal(string.Join(' ', Enumerable.Range(1, 50)), Heard(client)));
        Assert.Equal(0, cluster[1].Server.Cluster!.Gaps);
        Turn(cluster, () => cluster[0].Server.To("lobby").Emit("a", 51));
        Assert.Equal(2, _sent.Count);
        Assert.All(clients, static client => Assert.EndsWith(" 51", Heard(client), StringComparison.Ordinal));
    }

    [Fact]
    public void Outside_of_a_game_loop_each_emit_is_a_message()
    {
        var (cluster, clients) = StartWithClients();
        cluster[0].Server.To("lobby").Emit("a", 1);
        cluster[0].Server.To("lobby").Emit("a", 2);
        cluster.RunUntilIdle();
        Assert.Equal(2, _sent.Count);
        Assert.Equal("1 2", Heard(clients[1]));
    }

    [Fact]
    public void Rooms_have_a_message_each_and_what_goes_to_all_keeps_its_place_among_them()
    {
        var (cluster, clients) = StartWithClients();
        Turn(cluster, () =>
        {
            for (var i = 0; i < 3; i++)
            {
                cluster[0].Server.To("lobby").Emit("a", 10 + i);
                cluster[0].Server.To("arena").Emit("a", 20 + i);
            }

            cluster[0].Server.Emit("a", 30);
            cluster[0].Server.Emit("a", 31);
            cluster[0].Server.To("lobby").Emit("a", 40);
            cluster[0].Server.SocketsLeave("lobby");
            cluster[0].Server.To("lobby").Emit("a", 50);
        });
        Assert.Equal(["lobby", "arena", "all", "lobby", "all", "lobby"], _sent.Select(static sent => sent.Subject.Contains("_lobby", StringComparison.Ordinal) ? "lobby" : sent.Subject.Contains("_arena", StringComparison.Ordinal) ? "arena" : "all"));
        Assert.Equal("10 11 12 30 31 40", Heard(clients[1]));
    }

    [Fact]
    public void A_turn_that_says_more_than_256_KiB_to_other_servers_does_not_hold_it_back_until_its_end()
    {
        var (cluster, clients) = StartWithClients();
        var early = 0;
        Turn(cluster, () =>
        {
            for (var i = 1; i <= 10; i++)
            {
                cluster[0].Server.To("lobby").Emit("a", i, new string('x', 100_000));
            }

            early = _sent.Count;
            cluster[0].Server.To("lobby").Emit("a", 11, new string('x', TurnBatch.MaxBytes));
            cluster[0].Server.To("lobby").Emit("a", 12);
        });
        Assert.Equal(4, early);
        Assert.Equal(7, _sent.Count);
        Assert.All(_sent.Take(5), static sent => Assert.InRange(sent.Bytes, 0, TurnBatch.MaxBytes));
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 12)), Heard(clients[1]));
        Assert.Equal(0, cluster[1].Server.Cluster!.Gaps);
    }

    [Fact]
    public void A_turn_that_is_lost_on_the_way_is_told_with_the_number_of_its_messages()
    {
        var (cluster, clients) = StartWithClients();
        List<ClusterGap> gaps = [];
        cluster[1].Server.Cluster!.Gap += gaps.Add;
        Turn(cluster, () => cluster[0].Server.To("lobby").Emit("a", 1));
        (cluster.Bus.Loss, cluster.Bus.Only) = (1, static subject => subject.StartsWith(BusSubject.Data, StringComparison.Ordinal));
        Turn(cluster, () =>
        {
            cluster[0].Server.To("lobby").Emit("a", 2);
            cluster[0].Server.To("lobby").Emit("a", 3);
        });
        cluster.Bus.Loss = 0;
        Turn(cluster, () => cluster[0].Server.To("lobby").Emit("a", 4));
        Assert.Equal("1 4", Heard(clients[1]));
        Assert.Equal(2, Assert.Single(gaps).Missing);
    }

    [Fact]
    public void A_turn_that_comes_twice_is_taken_once()
    {
        var (cluster, clients) = StartWithClients();
        cluster.Bus.Repeats = 1;
        Turn(cluster, () =>
        {
            cluster[0].Server.To("lobby").Emit("a", 1);
            cluster[0].Server.To("lobby").Emit("a", 2);
        });
        Assert.Equal("1 2", Heard(clients[1]));
    }

    [Fact]
    public void Acknowledgements_and_events_between_servers_of_a_turn_come_in_their_place()
    {
        var (cluster, clients) = StartWithClients();
        List<string> heard = [];
        cluster[1].Server.OnServerSide("told", _ => heard.Add(Heard(clients[1])));
        foreach (var server in cluster.Servers)
        {
            server.Received = static (_, e) =>
            {
                if (e.WantsAck)
                {
                    e.Answer("yes");
                }
            };
        }

        Task<BroadcastAck<string>>? asking = null;
        Turn(cluster, () =>
        {
            cluster[0].Server.To("lobby").Emit("a", 1);
            asking = cluster[0].Server.To("lobby").EmitWithAckAsync<string>("ask");
            cluster[0].Server.To("lobby").Emit("a", 2);
            cluster[0].Server.ServerSideEmit("told");
        });
        Assert.Equal(2, cluster.Await(asking!).Answers.Count);
        Assert.True(cluster.RunUntil(() => heard.Count == 1));
        Assert.Equal("1 2", Heard(clients[1]));
        Assert.Equal(2, _sent.Count);
    }

    private void Turn(SockeyeTestCluster cluster, Action act)
    {
        var done = false;
        _loop!.Post(0, _ =>
        {
            act();
            done = true;
        });
        Assert.True(cluster.RunUntil(() => done));
        cluster.RunUntilIdle();
    }

    private static string Heard(SockeyeTestClient client) => string.Join(' ', client.Events.Where(e => e.Name == "a").Select(e => e.Get<int>()));

    private (SockeyeTestCluster Cluster, SockeyeTestClient[] Clients) StartWithClients(string key = "")
    {
        var cluster = Start(2, options: () => new ClusterOptions { Secret = System.Text.Encoding.UTF8.GetBytes(key) });
        SockeyeTestClient[] clients = [.. cluster.Servers.Select(server => server.Connect())];
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
        }

        _loop = cluster[0].Server.CreateLoop("game", 20);
        cluster.RunUntilIdle();
        cluster.Bus.Tapped = (subject, payload) =>
        {
            if (subject.StartsWith(BusSubject.Data, StringComparison.Ordinal))
            {
                _sent.Add((subject, payload.Length));
            }
        };
        return (cluster, clients);
    }
}
