using Sockeye.Cluster;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Broadcasts over several servers: who gets them, which servers hear of them, and what is told when some are lost.</summary>
public sealed class ClusterBroadcastTests : ClusterTest
{
    [Fact]
    public void A_room_and_everybody_are_on_all_servers_and_local_is_on_one()
    {
        var (cluster, clients) = StartWithClients(3);
        cluster[0].Server.To("lobby").Emit("a", 1);
        cluster[0].Server.Emit("a", 2);
        cluster[0].Server.Local.Emit("a", 3);
        cluster[0].Server.To("lobby").Local.Emit("a", 4);
        cluster.RunUntilIdle();
        Assert.Equal(["1 2 3 4", "1 2", "1 2"], clients.Select(Heard));
    }

    [Fact]
    public void A_socket_does_not_get_its_own_broadcast_and_exceptions_hold_everywhere()
    {
        var (cluster, clients) = StartWithClients(2);
        var more = cluster[1].Connect();
        cluster[1].Server.Find(more.Id!)!.Join("quiet");
        cluster.RunUntilIdle();
        clients[0].Socket!.To("lobby").Emit("a", 1);
        cluster[0].Server.To("lobby").Except("quiet").Emit("a", 2);
        cluster[0].Server.Except(clients[1].Id!).Emit("a", 3);
        cluster.RunUntilIdle();
        Assert.Equal(["2 3", "1 2", "3"], new[] { clients[0], clients[1], more }.Select(Heard));
    }

    [Fact]
    public void Who_is_in_several_of_the_rooms_gets_it_once()
    {
        var (cluster, clients) = StartWithClients(2);
        clients[1].Socket!.Join("second");
        cluster.RunUntilIdle();
        cluster[0].Server.To("lobby", "second").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal(["1", "1"], clients.Select(Heard));
    }

    [Fact]
    public void A_user_and_a_socket_are_reached_on_the_server_where_they_are()
    {
        var (cluster, clients) = StartWithClients(3);
        clients[2].Socket!.Identity = new SocketIdentity("ann");
        cluster.RunUntilIdle();
        List<string> delivered = [];
        cluster.Bus.Delivered = (name, subject) => delivered.Add($"{name} {subject.Split('.')[4]}");
        cluster[0].Server.ToUser("ann").Emit("a", 1);
        cluster.RunUntilIdle();
        cluster[0].Server.To(clients[2].Id!).Emit("a", 2);
        cluster.RunUntilIdle();
        Assert.Equal(["", "", "1 2"], clients.Select(Heard));
        Assert.Equal(["2 r", "2 d"], delivered);
    }

    [Fact]
    public void A_room_may_have_the_id_of_a_socket_of_another_server_as_its_name()
    {
        var (cluster, clients) = StartWithClients(3);
        clients[1].Socket!.Join(clients[2].Id!);
        cluster.RunUntilIdle();
        cluster[0].Server.To(clients[2].Id!).Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal(["", "1", "1"], clients.Select(Heard));
    }

    [Fact]
    public void Bytes_arrive_as_they_were_sent_in_a_namespace_and_a_room_of_any_name()
    {
        var cluster = Start(2, server => server.Of("/größe 1"));
        SockeyeTestClient[] clients = [cluster[0].Connect("/größe 1"), cluster[1].Connect("/größe 1")];
        var room = "* . > \0x\ud83d\ude00" + new string('x', 200);
        clients[1].Socket!.Join(room);
        cluster.RunUntilIdle();
        cluster[0].Server.Of("/größe 1").To(room).Emit("a", new byte[] { 1, 2 }, "€", new byte[] { 3 });
        cluster.RunUntilIdle();
        var found = clients[1].Next("a");
        Assert.Equal([1, 2], found.Get<byte[]>(0)!);
        Assert.Equal("€", found.Get<string>(1));
        Assert.Equal([3], found.Get<byte[]>(2)!);
        Assert.Equal(0, clients[0].Pending);
    }

    [Fact]
    public void Only_servers_with_members_get_a_message_and_none_some_time_after_the_last_has_left()
    {
        var (cluster, clients) = StartWithClients(3);
        clients[1].Socket!.Join("one");
        cluster.RunUntilIdle();
        List<string> delivered = [];
        cluster.Bus.Delivered = (name, subject) => delivered.Add(name);
        Emit();
        Assert.Equal(["1"], delivered);
        clients[1].Socket!.Leave("one");
        cluster.Advance(TimeSpan.FromSeconds(29));
        delivered.Clear();
        Emit();
        Assert.Equal(["1"], delivered);
        cluster.Advance(TimeSpan.FromSeconds(3));
        delivered.Clear();
        Emit();
        Assert.Empty(delivered);

        void Emit()
        {
            cluster[0].Server.To("one").Emit("a", 1);
            cluster.RunUntilIdle();
        }
    }

    [Fact]
    public void A_room_that_is_joined_again_in_time_is_listened_to_all_along()
    {
        var (cluster, clients) = StartWithClients(2);
        for (var i = 0; i < 3; i++)
        {
            clients[1].Socket!.Join("one");
            cluster.Advance(TimeSpan.FromSeconds(1));
            clients[1].Socket!.Leave("one");
            cluster.Advance(TimeSpan.FromSeconds(20));
        }

        clients[1].Socket!.Join("one");
        cluster.Advance(TimeSpan.FromSeconds(60));
        cluster[0].Server.To("one").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal("1", Heard(clients[1]));
    }

    [Fact]
    public void A_room_that_is_joined_just_when_it_is_let_go_is_heard_once()
    {
        var (cluster, clients) = StartWithClients(2);
        for (var i = 0; i < 20; i++)
        {
            clients[1].Socket!.Join("one");
            cluster.Advance(TimeSpan.FromSeconds(1));
            cluster[0].Server.To("one").Emit("a", i);
            cluster.RunUntilIdle();
            clients[1].Socket!.Leave("one");
            cluster.Advance(TimeSpan.FromSeconds(30) + TimeSpan.FromMilliseconds(100 * i));
        }

        Assert.Equal(string.Join(' ', Enumerable.Range(0, 20)), Heard(clients[1]));
    }

    [Fact]
    public void JoinAsync_is_complete_when_what_others_send_arrives()
    {
        var (cluster, clients) = StartWithClients(2);
        Assert.True(cluster.Await(clients[1].Socket!.JoinAsync("late")));
        cluster[0].Server.To("late").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal("1", Heard(clients[1]));
    }

    [Fact]
    public void An_emit_that_waits_for_room_spans_servers_too()
    {
        var (cluster, clients) = StartWithClients(2);
        Assert.Equal(EmitResult.Accepted, cluster.Await(cluster[0].Server.To("lobby").EmitAsync("a", 1)));
        cluster.RunUntilIdle();
        Assert.Equal(["1", "1"], clients.Select(Heard));
    }

    [Fact]
    public void A_pattern_reaches_namespaces_that_only_another_server_has_and_a_predicate_stays()
    {
        var cluster = Start(2, static server =>
        {
            server.Of("/game-{id}");
            server.Of(static (name, _) => name.StartsWith("/p", StringComparison.Ordinal));
        });
        SockeyeTestClient[] clients = [cluster[0].Connect("/game-1"), cluster[1].Connect("/game-1"), cluster[1].Connect("/game-2"), cluster[1].Connect("/p")];
        cluster[0].Server.Of("/game-{id}").Emit("a", 1);
        cluster.RunUntilIdle();
        Assert.Equal(["1", "1", "1", ""], clients.Select(Heard));
    }

    [Fact]
    public void What_comes_twice_is_delivered_once()
    {
        var (cluster, clients) = StartWithClients(2);
        cluster.Bus.Repeats = 1;
        Send(cluster, 1, 2, 3);
        Assert.Equal("1 2 3", Heard(clients[1]));
    }

    [Fact]
    public void A_message_that_is_lost_is_told_with_the_next_one()
    {
        var (cluster, clients) = StartWithClients(2);
        var gaps = Listen(cluster[1]);
        Send(cluster, 1);
        cluster.Bus.Loss = 1;
        Send(cluster, 2, 3);
        cluster.Bus.Loss = 0;
        Assert.Empty(gaps);
        Send(cluster, 4);
        Assert.Equal("1 4", Heard(clients[1]));
        Assert.Equal(new ClusterGap("/", ClusterIdOf(cluster[0]), 2, ClusterGapReason.Lost), Assert.Single(gaps));
        Assert.Equal((1, 2), (cluster[1].Server.Cluster!.Gaps, cluster[1].Server.Cluster!.Missing));
    }

    [Fact]
    public void The_last_messages_that_are_lost_are_told_within_five_seconds()
    {
        var (cluster, _) = StartWithClients(2);
        var gaps = Listen(cluster[1]);
        Send(cluster, 1);
        (cluster.Bus.Loss, cluster.Bus.Only) = (1, IsData);
        Send(cluster, 2, 3);
        (cluster.Bus.Loss, cluster.Bus.Only) = (0, null);
        cluster.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(new ClusterGap("/", ClusterIdOf(cluster[0]), 2, ClusterGapReason.Lost), Assert.Single(gaps));
        cluster.Advance(TimeSpan.FromSeconds(20));
        Assert.Single(gaps);
    }

    [Fact]
    public void The_first_messages_to_a_room_that_are_lost_are_told_too_when_the_room_was_joined_before()
    {
        var (cluster, _) = StartWithClients(2);
        cluster.Advance(TimeSpan.FromSeconds(5));
        var gaps = Listen(cluster[1]);
        (cluster.Bus.Loss, cluster.Bus.Only) = (1, IsData);
        Send(cluster, 1, 2);
        (cluster.Bus.Loss, cluster.Bus.Only) = (0, null);
        cluster.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, Assert.Single(gaps).Missing);
    }

    [Fact]
    public void Messages_that_overtake_each_other_keep_their_order_and_the_rest_is_told()
    {
        var (cluster, clients) = StartWithClients(2);
        var gaps = Listen(cluster[1]);
        (cluster.Bus.Reorder, cluster.Bus.MaxDelay) = (0.3, TimeSpan.FromMilliseconds(30));
        Send(cluster, [.. Enumerable.Range(1, 100)]);
        cluster.Advance(TimeSpan.FromSeconds(1));
        int[] heard = [.. Heard(clients[1]).Split(' ').Select(int.Parse)];
        Assert.Equal(heard.Order(), heard);
        Assert.InRange(heard.Length, 1, 99);
        Assert.Equal(heard[^1] - heard.Length, gaps.Sum(gap => gap.Missing));
    }

    [Theory]
    [InlineData(300, 1, 0)]
    [InlineData(300, 2, 0)]
    [InlineData(300, 1, 2)]
    [InlineData(1900, 3, 1)]
    [InlineData(3900, 1, 0)]
    public void The_first_messages_to_a_room_that_was_just_joined_are_told_within_five_seconds_when_they_are_lost(int after, int lost, int come)
    {
        var cluster = Start(2);
        var client = cluster[1].Connect();
        cluster.Advance(TimeSpan.FromSeconds(10));
        var gaps = Listen(cluster[1]);
        Assert.True(cluster.Await(client.Socket!.JoinAsync("fresh")));
        cluster.Advance(TimeSpan.FromMilliseconds(after));
        (cluster.Bus.Loss, cluster.Bus.Only) = (1, IsData);
        Emit(lost);
        cluster.Bus.Loss = 0;
        Emit(come);
        Assert.True(cluster.AdvanceUntil(() => gaps.Count > 0, TimeSpan.FromSeconds(5)));
        cluster.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new ClusterGap("/", ClusterIdOf(cluster[0]), lost, ClusterGapReason.Lost), Assert.Single(gaps));
        Assert.Equal(come, client.Pending);

        void Emit(int count)
        {
            for (var i = 0; i < count; i++)
            {
                cluster[0].Server.To("fresh").Emit("a", i);
            }

            cluster.RunUntilIdle();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(1900)]
    public void What_was_sent_to_a_room_before_it_was_joined_is_not_missed(int before)
    {
        var cluster = Start(2);
        var client = cluster[1].Connect();
        cluster.Advance(TimeSpan.FromSeconds(10));
        var gaps = Listen(cluster[1]);
        cluster[0].Server.To("fresh").Emit("a", 1);
        cluster.Advance(TimeSpan.FromMilliseconds(before));
        Assert.True(cluster.Await(client.Socket!.JoinAsync("fresh")));
        cluster[0].Server.To("fresh").Emit("a", 2);
        cluster.Advance(TimeSpan.FromMilliseconds(500));
        cluster[0].Server.To("fresh").Emit("a", 3);
        cluster.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(gaps);
        Assert.Equal(2, client.Pending);
    }

    [Fact]
    public void What_a_server_says_that_was_restarted_under_its_number_before_it_is_known_again_is_not_missed()
    {
        var cluster = Start(1);
        cluster.Add(static builder => builder.Options.Engine.NodeId = 77);
        var client = cluster[0].Connect();
        client.Socket!.Join("lobby");
        cluster.Advance(TimeSpan.FromSeconds(6));
        var gaps = Listen(cluster[0]);
        var told = new List<ClusterNode>();
        cluster[0].Server.Cluster!.NodeChanged += told.Add;
        cluster.Kill(1);

        // Heartbeats and events go by different ways.
        (cluster.Bus.Only, cluster.Bus.Reorder, cluster.Bus.MaxDelay) = (static subject => subject.EndsWith(".c", StringComparison.Ordinal), 1, TimeSpan.FromMilliseconds(300));
        var again = cluster.Add(static builder => builder.Options.Engine.NodeId = 77);
        for (var i = 0; i < 3; i++)
        {
            again.Server.To("lobby").Emit("a", i);
        }

        Assert.Empty(told);
        cluster.Bus.Reorder = 0;
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([ClusterNodeState.Gone, ClusterNodeState.Alive], told.Select(static node => node.State));
        again.Server.To("lobby").Emit("a", 3);
        cluster.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("0 1 2 3", Heard(client));
        Assert.Empty(gaps);
    }

    [Fact]
    public void What_a_server_has_no_memory_for_is_refused_and_told()
    {
        var (cluster, clients) = StartWithClients(2, builder => builder.Options.Engine.MemoryBudgetBytes = 64 << 20);
        var gaps = Listen(cluster[1]);
        BufferCounters.Hold(63 << 20);
        try
        {
            Send(cluster, 1);
        }
        finally
        {
            BufferCounters.Hold(-(63 << 20));
        }

        Send(cluster, 2);
        Assert.Equal("2", Heard(clients[1]));
        Assert.Equal(new ClusterGap("/", ClusterIdOf(cluster[0]), 1, ClusterGapReason.Refused), Assert.Single(gaps));
    }

    [Fact]
    public void Nonsense_on_the_subjects_of_a_cluster_is_dropped_and_nothing_fails()
    {
        var (cluster, clients) = StartWithClients(2);
        var link = cluster.Bus.Connect("stranger");
        var random = new Random(1);
        string[] subjects = ["sockeye.data.1._default.r.h" + new string('x', 22) + ".0._lobby", "sockeye.control.1._default.c", "sockeye.data.1._default.s", $"sockeye.control.1._default.n.{cluster[1].Server.NodeId:x6}", $"sockeye.data.1._default.d.{cluster[1].Server.NodeId:x6}"];
        List<byte[]> seen = [];
        cluster.Bus.Tapped = (subject, payload) => seen.Add(payload);
        cluster[0].Server.To("lobby").Emit("a", 1);
        _ = cluster[0].Server.FetchSocketsAsync();
        cluster.Advance(TimeSpan.FromSeconds(3));
        cluster.Bus.Tapped = null;
        for (var i = 0; i < 2000; i++)
        {
            var bytes = (byte[])seen[random.Next(seen.Count)].Clone();
            for (var k = random.Next(4); k >= 0; k--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            link.Publish(subjects[random.Next(subjects.Length)], bytes.AsSpan(0, random.Next(2) == 0 ? bytes.Length : random.Next(bytes.Length)), []);
            cluster.RunUntilIdle();
        }

        Send(cluster, 7);
        Assert.EndsWith("7", Heard(clients[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_on_a_bus_within_the_process_are_one_cluster_on_the_threads_of_the_pool()
    {
        await using var bus = new InProcessBus();
        await using var here = new SockeyeTestServer(static _ => { }, Build);
        await using var there = new SockeyeTestServer(static _ => { }, Build);
        var client = there.Connect();
        Assert.True(there.Await(client.Socket!.JoinAsync("lobby")));
        for (var i = 0; i < 100; i++)
        {
            here.Server.To("lobby").Emit("a", i);
        }

        Assert.True(there.RunUntil(() => client.Pending == 100));
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 100)), Heard(client));
        Assert.Equal(1, here.Await(here.Server.CountAsync()).Count);

        void Build(SockeyeBuilder builder)
        {
            builder.Bus = bus;
            builder.UseCluster();
        }
    }

    [Fact]
    public async Task A_server_without_a_cluster_has_no_link_to_others()
    {
        await using var server = new SockeyeTestServer(static _ => { });
        Assert.Null(server.Namespaces.Main.Link);
    }

    private static bool IsData(string subject) => subject.StartsWith(BusSubject.Data, StringComparison.Ordinal);

    private static void Send(SockeyeTestCluster cluster, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            cluster[0].Server.To("lobby").Emit("a", number);
        }

        cluster.RunUntilIdle();
    }

    private static List<ClusterGap> Listen(SockeyeTestServer server)
    {
        List<ClusterGap> gaps = [];
        server.Server.Cluster!.Gap += gaps.Add;
        return gaps;
    }

    private static string ClusterIdOf(SockeyeTestServer server) => Sockeye.Server.Cluster.ClusterIdentity.NameOf(server.Server.NodeId);

    private static string Heard(SockeyeTestClient client) => string.Join(' ', client.Events.Where(e => e.Name == "a").Select(e => e.Get<int>()));

    private (SockeyeTestCluster Cluster, SockeyeTestClient[] Clients) StartWithClients(int servers, Action<SockeyeBuilder>? build = null)
    {
        var cluster = Start(servers, build: build);
        SockeyeTestClient[] clients = [.. cluster.Servers.Select(server => server.Connect())];
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
        }

        cluster.RunUntilIdle();
        return (cluster, clients);
    }
}
