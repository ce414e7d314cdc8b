using System.Text;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>What has gone wrong in other servers because of who else may speak on their bus, each tried here under the number that it got.</summary>
public sealed class BusAdvisoryTests : ClusterTest
{
    [Fact]
    public void CVE_2025_61765_what_others_have_serialized_is_no_message_and_is_counted_and_the_listener_lives()
    {
        var (cluster, clients, heard) = StartHeard();
        var stranger = cluster.Bus.Connect("stranger");
        byte[][] payloads =
        [
            [], [0], [.. "\u0080"u8, 4, (byte)'c', .. "os\nsystem\n(S'true'\ntR."u8],        // what Python calls a pickle
            [.. """{"$type":"System.Diagnostics.Process, System","method":"emit"}"""u8], [.. "\u00ac\u00ed"u8, 0, 5], Encoding.UTF8.GetBytes(new string('x', 1 << 19)),
        ];
        var subjects = heard.Select(static message => message.Subject).Distinct().ToArray();
        Assert.True(subjects.Length >= 4, string.Join(' ', subjects));
        foreach (var subject in subjects)
        {
            foreach (var payload in payloads)
            {
                Assert.Equal(EmitResult.Accepted, stranger.Publish(subject, payload, []));
            }
        }

        cluster.RunUntilIdle();
        Assert.True(Dropped(cluster[1]) >= payloads.Length * 2, $"{Dropped(cluster[1])} were dropped");
        AssertSpeaks(cluster, clients);
    }

    [Fact]
    public void CVE_2023_35391_who_has_not_the_key_says_nothing_and_what_was_said_is_neither_moved_nor_said_again()
    {
        var (cluster, clients, heard) = StartHeard(static () => new ClusterOptions { Secret = "0123456789abcdef"u8.ToArray() });
        var stranger = cluster.Bus.Connect("stranger");
        var said = heard.Last(static message => message.Subject.Contains(".r.", StringComparison.Ordinal));
        var port = PortOf(cluster[1]);

        // As it was, on the subject of another: the seal is for a subject.
        var (unsealed, twice) = (port.Dropped(WireFault.Unsealed), port.Dropped(WireFault.Duplicate));
        stranger.Publish(heard.First(static message => message.Subject.Contains(".s", StringComparison.Ordinal)).Subject, said.Payload, []);
        cluster.RunUntilIdle();
        Assert.Equal(unsealed + 1, port.Dropped(WireFault.Unsealed));

        // One bit of it is another one, which the checksum shows already.
        var corrupt = port.Dropped(WireFault.Corrupt);
        var changed = said.Payload.ToArray();
        changed[^1] ^= 1;
        stranger.Publish(said.Subject, changed, []);
        cluster.RunUntilIdle();
        Assert.Equal((unsealed + 1, corrupt + 1), (port.Dropped(WireFault.Unsealed), port.Dropped(WireFault.Corrupt)));

        // Once more as it was.
        stranger.Publish(said.Subject, said.Payload, []);
        cluster.RunUntilIdle();
        Assert.Equal((unsealed + 1, twice + 1), (port.Dropped(WireFault.Unsealed), port.Dropped(WireFault.Duplicate)));
        AssertSpeaks(cluster, clients);
    }

    [Fact]
    public void Who_has_no_key_does_not_take_what_is_sealed_and_says_so()
    {
        var (_, _, sealedOnes) = StartHeard(static () => new ClusterOptions { Secret = "0123456789abcdef"u8.ToArray() });
        var (cluster, clients, _) = StartHeard();
        var stranger = cluster.Bus.Connect("stranger");
        var (port, told) = (PortOf(cluster[1]), 0);
        port.OtherKey += () => told++;
        var unsealed = port.Dropped(WireFault.Unsealed);
        var hello = sealedOnes.First(static message => message.Subject.EndsWith(".c", StringComparison.Ordinal));
        stranger.Publish(hello.Subject, hello.Payload, []);
        cluster.RunUntilIdle();
        Assert.Equal((unsealed + 1, 1), (port.Dropped(WireFault.Unsealed), told));
        Assert.Single(cluster[1].Server.Cluster!.Nodes);
        AssertSpeaks(cluster, clients);
    }

    [Theory]
    [InlineData("a.b")]
    [InlineData("*")]
    [InlineData(">")]
    [InlineData("a\r\nPUB other 1\r\nx")]
    [InlineData(" ")]
    [InlineData("a\0\u0001\u007f")]
    [InlineData("größe 漢字 \ud83d\ude00")]
    public void GHSA_qrcv_3558_gj4f_no_name_of_a_room_is_a_word_of_the_bus(string room)
    {
        var (cluster, clients, _) = StartHeard();
        List<string> subjects = [];
        cluster.Bus.Tapped = (subject, _) => subjects.Add(subject);
        var other = cluster[1].Connect();
        Assert.True(clients[1].Socket!.Join(room));
        cluster.Advance(TimeSpan.FromSeconds(3));
        cluster[0].Server.To(room).Emit("a", 7);
        cluster.RunUntilIdle();
        Assert.Equal([7], NumbersOf(clients[1]));
        Assert.Empty(NumbersOf(other));
        Assert.All(subjects, static subject => Assert.Matches("^[A-Za-z0-9_.-]+$", subject));
        Assert.DoesNotContain(subjects, static subject => subject.Contains("..", StringComparison.Ordinal));
    }

    [Fact]
    public void CVE_2026_114147_rooms_of_other_letters_are_other_rooms_on_the_bus_and_nothing_stays_listened_to()
    {
        var (cluster, clients, _) = StartHeard();
        Assert.True(clients[1].Socket!.Join("Lobby2"));
        cluster.Advance(TimeSpan.FromSeconds(3));
        clients[1].Socket!.Leave("lobby2");
        cluster[0].Server.To("lobby2").Emit("a", 1);
        cluster[0].Server.To("Lobby2").Emit("a", 2);
        cluster.RunUntilIdle();
        Assert.Equal([2], NumbersOf(clients[1]));
        clients[1].Socket!.Leave("Lobby2");
        cluster.Advance(new ClusterOptions().RoomLinger + TimeSpan.FromSeconds(5));
        List<string> delivered = [];
        cluster.Bus.Delivered = (name, subject) => delivered.Add(subject);
        cluster[0].Server.To("lobby2").Emit("a", 3);
        cluster[0].Server.To("Lobby2").Emit("a", 4);
        cluster.RunUntilIdle();
        Assert.DoesNotContain(delivered, static subject => subject.Contains(".r.", StringComparison.Ordinal));
    }

    /// <summary>Two servers with a client in one room on each, and all that was said until each has heard the other.</summary>
    private (SockeyeTestCluster Cluster, SockeyeTestClient[] Clients, List<(string Subject, byte[] Payload)> Heard) StartHeard(Func<ClusterOptions>? options = null)
    {
        var cluster = Start(2, options: options);
        List<(string Subject, byte[] Payload)> heard = [];
        cluster.Bus.Tapped = (subject, payload) => heard.Add((subject, payload.ToArray()));
        SockeyeTestClient[] clients = [.. cluster.Servers.Select(static server => server.Connect())];
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
        }

        cluster.Advance(TimeSpan.FromSeconds(3));
        cluster[0].Server.To("lobby").Emit("b", 1);
        cluster[0].Server.Emit("b", 1);
        cluster[0].Server.ServerSideEmit("b", 1);
        _ = cluster[0].Server.CountAsync();
        cluster.RunUntilIdle();
        cluster.Bus.Tapped = null;
        return (cluster, clients, heard);
    }

    private static void AssertSpeaks(SockeyeTestCluster cluster, SockeyeTestClient[] clients)
    {
        cluster[0].Server.To("lobby").Emit("a", 5);
        cluster.RunUntilIdle();
        Assert.All(clients, static client => Assert.Equal([5], NumbersOf(client)));
        Assert.All(cluster.Servers, static server => Assert.Empty(server.HandlerErrors));
    }

    private static int[] NumbersOf(SockeyeTestClient client) => [.. client.Events.Where(static e => e.Name == "a").Select(static e => e.Get<int>())];

    private static ClusterPort PortOf(SockeyeTestServer server) => ((SocketServer)server.Server).ClusterPart!.Relays.Port;

    private static long Dropped(SockeyeTestServer server) => Enum.GetValues<WireFault>().Sum(PortOf(server).Dropped);
}
