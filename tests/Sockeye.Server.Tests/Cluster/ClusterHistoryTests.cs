using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Clusters whose network does what networks do, by numbers from a seed, and a checker over what came of it.</summary>
public sealed class ClusterHistoryTests : ClusterTest
{
    private const int Servers = 3;

    private static readonly string[] Rooms = ["a", "b", "größe"];

    public static TheoryData<string, int> Storms
    {
        get
        {
            TheoryData<string, int> storms = [];
            foreach (var nemesis in (string[])["calm", "loss", "repeats", "reorder", "delay", "cut", "outage", "kill", "all"])
            {
                for (var seed = 1; seed <= Seeds; seed++)
                {
                    storms.Add(nemesis, seed);
                }
            }

            return storms;
        }
    }

    /// <summary>Seeds for each nemesis: 3, or as many as the variable says.</summary>
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("SOCKEYE_CLUSTER_SEEDS"), out var seeds) ? seeds : 3;

    [Theory]
    [MemberData(nameof(Storms))]
    public void Nothing_is_lost_that_is_not_told_and_nothing_comes_twice_or_in_another_order(string nemesis, int seed)
    {
        var history = new ClusterHistory();
        var random = new Random(seed);
        var cluster = Start(Servers, seed: seed);
        List<SockeyeTestClient> clients = [];
        for (var i = 0; i < Servers; i++)
        {
            history.Watch(i, cluster[i]);
            foreach (var room in Rooms)
            {
                var client = cluster[i].Connect();
                client.Socket!.Join(room);
                clients.Add(client);
            }
        }

        // Two heartbeats after it was joined a room is known from its first message on.
        cluster.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < clients.Count; i++)
        {
            history.Joined(clients[i], i / Rooms.Length, Rooms[i % Rooms.Length]);
        }

        var guests = cluster.Servers.Select(server => server.Connect()).ToArray();
        var live = Servers;
        for (var step = 0; step < 120; step++)
        {
            if (nemesis is "kill" or "all" && step == 60)
            {
                cluster.Kill(--live);
                history.Forget(live);
            }

            // Who comes and goes changes nothing for those who stay.
            var guest = guests[random.Next(live)].Socket!;
            _ = random.Next(2) == 0 ? guest.Join(Rooms[random.Next(Rooms.Length)]) : guest.Leave(Rooms[random.Next(Rooms.Length)]);
            Disturb(cluster, nemesis, random);
            for (var count = random.Next(6); count > 0; count--)
            {
                var server = random.Next(live);
                var room = Rooms[random.Next(Rooms.Length)];
                var number = history.Publish(server, ClusterIdentity.NameOf(cluster[server].Server.NodeId), room);
                cluster[server].Server.To(room).Emit("say", number);
            }

            cluster.Advance(TimeSpan.FromMilliseconds(random.Next(10) == 0 ? 1500 : random.Next(60)));
        }

        Calm(cluster);
        cluster.Advance(TimeSpan.FromSeconds(live == Servers ? 8 : 20));

        // That a server has gone is found on the thread pool, which on a busy machine is later than the clock.
        cluster.RunUntil(() => history.Check().Count == 0);
        Assert.Empty(history.Check());
    }

    [Fact]
    public void The_checker_sees_what_is_lost_without_a_word_what_comes_twice_and_what_is_out_of_order()
    {
        var cluster = Start(2);
        var client = cluster[1].Connect();
        client.Socket!.Join("a");
        var history = new ClusterHistory();
        history.Joined(client, 1, "a");
        foreach (var number in new[] { 0, 2, 1, 1 })
        {
            client.Socket.Emit("say", number);
        }

        for (var i = 0; i < 4; i++)
        {
            history.Publish(0, "node", "a");
        }

        cluster.RunUntilIdle();
        var faults = history.Check();
        Assert.Contains(faults, fault => fault.Contains("heard 1 2 times", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("as 0 2 1 1", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("lost 1 messages of node (3", StringComparison.Ordinal));
    }

    private static void Disturb(SockeyeTestCluster cluster, string nemesis, Random random)
    {
        var kind = nemesis == "all" ? ((string[])["calm", "loss", "repeats", "reorder", "delay", "cut", "outage"])[random.Next(7)] : nemesis;
        if (random.Next(8) != 0)
        {
            return;
        }

        if (random.Next(2) == 0)
        {
            Calm(cluster);
            return;
        }

        switch (kind)
        {
            case "loss":
                cluster.Bus.Loss = random.NextDouble() * 0.5;
                break;
            case "repeats":
                cluster.Bus.Repeats = random.NextDouble();
                break;
            case "reorder":
                (cluster.Bus.Reorder, cluster.Bus.MaxDelay) = (random.NextDouble() * 0.5, TimeSpan.FromMilliseconds(50));
                break;
            case "delay":
                (cluster.Bus.MinDelay, cluster.Bus.MaxDelay) = (TimeSpan.FromMilliseconds(random.Next(50)), TimeSpan.FromMilliseconds(50 + random.Next(500)));
                break;
            case "cut":
                cluster.Bus.Partition([random.Next(Servers).ToString(System.Globalization.CultureInfo.InvariantCulture)]);
                break;
            case "outage":
                cluster.Bus.SetConnected(random.Next(Servers).ToString(System.Globalization.CultureInfo.InvariantCulture), false);
                break;
        }
    }

    private static void Calm(SockeyeTestCluster cluster)
    {
        var bus = cluster.Bus;
        (bus.Loss, bus.Repeats, bus.Reorder, bus.MinDelay, bus.MaxDelay) = (0, 0, 0, TimeSpan.Zero, TimeSpan.Zero);
        bus.Partition();
        for (var i = 0; i < Servers; i++)
        {
            bus.SetConnected(i.ToString(System.Globalization.CultureInfo.InvariantCulture), true);
        }
    }
}
