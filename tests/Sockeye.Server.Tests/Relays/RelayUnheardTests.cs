using Sockeye.Server.Relays;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>Requests that come while nobody listens at the server of their session: it looks for its bus, or has died and is not missed yet.</summary>
public sealed class RelayUnheardTests : RelayTest
{
    private readonly List<DisconnectReason> _ended = [];
    private readonly List<string> _heard = [];

    private SockeyeTestCluster StartHeard(Func<ClusterOptions>? options = null, int servers = 2) => StartRelays(servers, server => server.OnConnection(socket =>
    {
        socket.OnDisconnect(gone => _ended.Add(gone.Reason));
        socket.On("say", (EventContext e, string text) =>
        {
            _heard.Add(text.Length < 10 ? text : $"{text.Length}");
            e.Socket.Emit("said", _heard[^1]);
        });
    }), options: options);

    [Theory, InlineData(10), InlineData(900_000)]
    public void A_request_waits_for_a_server_that_is_away_for_a_moment_and_is_served_once(int length)
    {
        var cluster = StartHeard();
        var (posting, polling, upgrading) = (new PollingPeer(cluster), new PollingPeer(cluster), new PollingPeer(cluster));
        posting.Join(0);
        polling.Join(0);
        upgrading.Join(0);
        cluster.Bus.SetConnected("0", false);
        posting.BeginPost(1, $"42[\"say\",\"{new string('x', length)}\"]");
        polling.BeginGet(1);
        var webSocket = new WebSocketPeer(cluster, 1, upgrading.Sid);
        webSocket.SendText("2probe");
        cluster.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((3, 0), RelaysOf(cluster[1]).Open);
        Assert.Null(posting.TryAnswer(1));
        cluster.Bus.SetConnected("0", true);
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ok", posting.Answer(1).Body);
        Assert.Equal([$"{length}"], _heard);
        cluster[0].Server.Emit("said", "all");
        cluster.RunUntilIdle();
        Assert.Equal("42[\"said\",\"all\"]", polling.Answer(1).Body);
        Assert.Equal("3probe", webSocket.NextText());
        webSocket.SendText("5");
        Assert.Equal("42[\"said\",\"all\"]", webSocket.NextText());
        cluster.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(_ended);
        Assert.Equal([$"{length}"], _heard);
        Assert.Equal((1, 0), RelaysOf(cluster[1]).Open);
        Assert.Equal(0, Enum.GetValues<RelayFault>().Sum(RelaysOf(cluster[1]).FailedFor));
    }

    [Fact]
    public void A_large_body_that_waits_for_a_server_keeps_its_part_of_the_memory()
    {
        var cluster = StartHeard(servers: 1);
        cluster.Add(static builder => builder.Options.Engine.MemoryBudgetBytes = 5_000_000);
        var (first, second) = (new PollingPeer(cluster), new PollingPeer(cluster));
        first.Join(0);
        second.Join(0);
        var body = $"42[\"say\",\"{new string('x', 700_000)}\"]";
        cluster.Bus.SetConnected("0", false);
        first.BeginPost(1, body);
        cluster.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(503, second.Post(1, body).Status);
        cluster.Bus.SetConnected("0", true);
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ok", first.Answer(1).Body);
        Assert.Equal("ok", second.Post(1, body).Body);
        Assert.Equal(["700000", "700000"], _heard);
    }

    [Fact]
    public void A_request_for_a_server_that_is_away_for_longer_gets_503()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        cluster.Bus.SetConnected("0", false);
        client.BeginPost(1, "42[\"say\",\"late\"]");
        cluster.Advance(TimeSpan.FromSeconds(4.5));
        Assert.Null(client.TryAnswer(1));
        cluster.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(503, client.Answer(1).Status);
        Assert.Equal(1, RelaysOf(cluster[1]).FailedFor(RelayFault.Outage));
        cluster.Bus.SetConnected("0", true);
        cluster.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(_heard);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_request_for_a_server_that_has_died_is_unknown_as_soon_as_that_is_known()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        cluster.Advance(TimeSpan.FromSeconds(6));
        cluster.Kill(0);
        cluster.Advance(TimeSpan.FromSeconds(3));
        client.BeginGet(1);
        Assert.True(cluster.AdvanceUntil(() => cluster[1].Server.Cluster!.Nodes.Count == 0, TimeSpan.FromSeconds(4)));
        Assert.True(cluster.RunUntil(() => RelaysOf(cluster[1]).Open == (0, 0)));
        Assert.Equal(400, client.Answer(1).Status);
    }

    [Fact]
    public void A_request_that_nobody_hears_asks_for_a_silent_server_before_the_next_heartbeat_does()
    {
        var cluster = StartHeard(options: static () => new ClusterOptions { Heartbeat = TimeSpan.FromSeconds(60), SuspectAfter = TimeSpan.FromSeconds(61), GoneAfter = TimeSpan.FromSeconds(200) });
        var client = new PollingPeer(cluster);
        client.Join(0);
        cluster.Advance(TimeSpan.FromSeconds(6));
        cluster.Kill(0);
        cluster.Advance(TimeSpan.FromSeconds(57));
        client.BeginGet(1);
        Assert.True(cluster.AdvanceUntil(() => client.TryAnswer(1) is { Status: 400 }, TimeSpan.FromSeconds(1)));
        Assert.Equal((0, 0), RelaysOf(cluster[1]).Open);
        Assert.Empty(cluster[1].Server.Cluster!.Nodes);
    }

    [Fact]
    public void A_client_that_goes_meanwhile_is_forgotten_and_a_server_that_stops_waits_for_nothing()
    {
        var cluster = StartHeard();
        var (gone, here) = (new PollingPeer(cluster), new PollingPeer(cluster));
        gone.Join(0);
        here.Join(0);
        cluster.Bus.SetConnected("0", false);
        gone.BeginGet(1);
        here.BeginGet(1);
        cluster.RunUntilIdle();
        gone.PeerTo(1).Close();
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 0), RelaysOf(cluster[1]).Open);
        var drained = cluster[1].Server.DrainAsync(TimeSpan.FromSeconds(1));
        Assert.True(cluster.AdvanceUntil(() => drained.IsCompleted, TimeSpan.FromSeconds(20)));
        Assert.Equal((0, 0), RelaysOf(cluster[1]).Open);
    }
}
