using Sockeye.Server.Relays;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>What becomes of relays when their servers become other nodes, stop at the same time, or have no memory for them.</summary>
public sealed class RelayChangeTests : RelayTest
{
    private readonly List<(SockeyeServer Server, DisconnectReason Reason)> _ended = [];

    private void Listen(SockeyeServer server) => server.OnConnection(socket => socket.OnDisconnect(gone => _ended.Add((server, gone.Reason))));

    [Fact]
    public void When_a_server_goes_on_as_another_node_its_relays_end_on_both_sides_and_their_clients_are_told()
    {
        var cluster = StartRelays(1, Listen, static builder => (builder.Options.Engine.NodeId, builder.Options.DrainTime) = (77, TimeSpan.FromSeconds(1)));
        cluster.Advance(TimeSpan.FromSeconds(1));
        cluster.Bus.Partition(["0"]);
        cluster.Add(static builder => builder.Options.Engine.NodeId = null);
        cluster.Add();
        Assert.Equal((77, 77), (cluster[0].Server.NodeId, cluster[2].Server.NodeId));
        var peers = new Dictionary<(int Owner, bool Polls), (PollingPeer Polling, WebSocketPeer? WebSocket)>();
        foreach (var (owner, entry) in new[] { (1, 2), (2, 1) })
        {
            var polling = new PollingPeer(cluster);
            polling.Join(owner);
            polling.BeginGet(entry);
            peers[(owner, true)] = (polling, null);
            var other = new PollingPeer(cluster);
            other.Join(owner);
            peers[(owner, false)] = (other, Upgrade(cluster, other, entry));
        }

        cluster.Bus.Partition();
        Assert.True(cluster.AdvanceUntil(() => cluster[2].Server.NodeId != 77, TimeSpan.FromSeconds(5)));
        Assert.True(cluster.AdvanceUntil(() => cluster.Servers.All(static server => RelaysOf(server).Open == (0, 0)), TimeSpan.FromSeconds(5)));
        cluster.Advance(TimeSpan.FromSeconds(3));
        foreach (var ((owner, _), (polling, webSocket)) in peers)
        {
            Assert.True(webSocket?.Peer.IsClosed ?? (polling.TryAnswer(3 - owner)?.Status == 400 || polling.IsClosed(3 - owner)));
        }

        Assert.Equal(4, _ended.Count);

        // From here on it is a cluster as any other.
        var again = new PollingPeer(cluster);
        again.Join(2);
        for (var i = 0; i < 2; i++)
        {
            again.BeginGet(i);
            cluster.RunUntilIdle();
            cluster[2].Server.Emit("said", i);
            cluster.RunUntilIdle();
            Assert.Equal($"42[\"said\",{i}]", again.Answer(i).Body);
        }

        AssertNoneOpen(cluster);
    }

    /// <summary>A cut hides from the server that goes on as another node what the others say last.</summary>
    [Fact]
    public void A_server_that_goes_on_as_another_node_ends_its_relays_also_when_nobody_tells_it_to()
    {
        var cluster = StartRelays(1, Listen, static builder => (builder.Options.Engine.NodeId, builder.Options.DrainTime) = (77, TimeSpan.FromSeconds(1)));
        cluster.Advance(TimeSpan.FromSeconds(1));
        cluster.Bus.Partition(["0"]);
        cluster.Add(static builder => builder.Options.Engine.NodeId = null);
        cluster.Add();
        var client = new PollingPeer(cluster);
        client.Join(1);
        client.BeginGet(2);
        cluster.RunUntilIdle();
        cluster.Bus.Partition();
        (cluster.Bus.Loss, cluster.Bus.Only) = (1, static subject => subject.EndsWith(".x.00004d", StringComparison.Ordinal));
        Assert.True(cluster.AdvanceUntil(() => cluster[2].Server.NodeId != 77 && cluster.Servers.All(static server => RelaysOf(server).Open == (0, 0)), TimeSpan.FromSeconds(5)));
        Assert.Equal(400, client.Answer(2).Status);
    }

    [Fact]
    public void Two_servers_that_drain_at_once_answer_what_they_hand_to_each_other()
    {
        var cluster = StartRelays(2, Listen);
        List<PollingPeer> polls = [];
        List<WebSocketPeer> webSockets = [];
        for (var i = 0; i < 6; i++)
        {
            polls.Add(new PollingPeer(cluster));
            polls[i].Join(i % 2);
            polls[i].BeginGet(1 - (i % 2));
            var client = new PollingPeer(cluster);
            client.Join(i % 2);
            webSockets.Add(Upgrade(cluster, client, 1 - (i % 2)));
        }

        Task[] drained = [.. cluster.Servers.Select(static server => server.Server.DrainAsync(TimeSpan.FromSeconds(1)))];
        Assert.True(cluster.AdvanceUntil(() => drained.All(static one => one.IsCompleted), TimeSpan.FromSeconds(20)));
        for (var i = 0; i < polls.Count; i++)
        {
            // Closed where the session is, or asked to come again elsewhere, whichever was first.
            Assert.Contains(polls[i].Answer(1 - (i % 2)).Body, (string[])["1", "6"]);
            webSockets[i].Pump();
            Assert.NotNull(webSockets[i].CloseCode);
        }

        AssertNoneOpen(cluster);
        Assert.Equal(12, _ended.Count);
        Assert.All(cluster.Servers, static server => Assert.Equal(0, Enum.GetValues<RelayFault>().Sum(RelaysOf(server).FailedFor)));
    }

    [Fact]
    public void A_server_without_memory_refuses_what_it_is_handed_with_503_and_its_sessions_go_on()
    {
        var cluster = StartRelays(1, Listen, static builder => builder.Options.Engine.MemoryBudgetBytes = 4_000_000);
        cluster.Add(static builder => builder.Options.Engine.MemoryBudgetBytes = 1L << 30);
        var client = new PollingPeer(cluster);
        client.Join(0);
        BufferCounters.Hold(4_000_000);
        try
        {
            var refused = client.Post(1, "42[\"say\"]");
            Assert.Equal(503, refused.Status);
            Assert.Contains("Retry-After", refused.Head, StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 503 ", new WebSocketPeer(cluster, 1, client.Sid).RefusedWith, StringComparison.Ordinal);
            Assert.Equal(2, RelaysOf(cluster[1]).FailedFor(RelayFault.Refused));
        }
        finally
        {
            BufferCounters.Hold(-4_000_000);
        }

        Assert.Equal("ok", client.Post(1, "42[\"say\"]").Body);
        Assert.Empty(_ended);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Large_bodies_for_sessions_of_others_take_a_quarter_of_the_memory_together_and_a_further_one_gets_503(bool isChunked)
    {
        var cluster = StartRelays(1, Listen);
        cluster.Add(static builder => builder.Options.Engine.MemoryBudgetBytes = 5_000_000);
        var (first, second, small) = (new PollingPeer(cluster), new PollingPeer(cluster), new PollingPeer(cluster));
        foreach (var client in new[] { first, second, small })
        {
            client.Join(0);
        }

        var body = "42[\"say\",\"" + new string('x', 700_000) + "\"]";
        void Begin(PollingPeer client) => client.Send(
            1, $"POST /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: a\r\n{(isChunked ? $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}" : $"Content-Length: {body.Length}\r\n")}\r\n");
        void End(PollingPeer client) => client.Send(1, body + (isChunked ? "\r\n0\r\n\r\n" : ""));
        Begin(first);
        Begin(second);
        cluster.RunUntilIdle();
        var refused = second.Answer(1);
        Assert.Equal(503, refused.Status);
        Assert.Contains("Retry-After", refused.Head, StringComparison.Ordinal);
        Assert.Equal("ok", small.Post(1, "42[\"say\",\"" + new string('x', 65_000) + "\"]").Body);
        Assert.Equal(1, RelaysOf(cluster[1]).FailedFor(RelayFault.Refused));
        End(first);
        cluster.RunUntilIdle();
        Assert.Equal("ok", first.Answer(1).Body);
        Begin(second);
        End(second);
        cluster.RunUntilIdle();
        Assert.Equal("ok", second.Answer(1).Body);

        // One that breaks off leaves its part to others, too.
        Begin(first);
        cluster.RunUntilIdle();
        first.PeerTo(1).Close();
        cluster.RunUntilIdle();
        Begin(second);
        End(second);
        cluster.RunUntilIdle();
        Assert.Equal("ok", second.Answer(1).Body);
        Assert.Single(_ended);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_client_that_reads_too_slowly_is_closed_where_its_connection_is_when_that_server_has_no_memory()
    {
        var cluster = StartRelays(1, Listen, static builder => builder.Options.Engine.MemoryBudgetBytes = 1L << 30);
        cluster.Add(static builder => builder.Options.Engine.MemoryBudgetBytes = 4_000_000);
        var client = new PollingPeer(cluster);
        client.Join(0);
        var webSocket = Upgrade(cluster, client, 1);
        webSocket.Peer.StopReading = true;
        BufferCounters.Hold(3_800_000);
        try
        {
            for (var i = 0; i < 8; i++)
            {
                cluster[0].Server.Emit("said", new string('x', 60_000));
                cluster.RunUntilIdle();
            }

            AssertNoneOpen(cluster);
            Assert.Single(_ended);
        }
        finally
        {
            BufferCounters.Hold(-3_800_000);
        }
    }

    [Fact]
    public void An_answer_that_crosses_the_word_that_its_client_has_gone_is_lost_and_ends_the_session()
    {
        SockeyeTestCluster? cluster = null;
        cluster = StartRelays(2, server =>
        {
            Listen(server);
            server.OnConnection(socket => socket.On("crossing", (EventContext e) =>
            {
                e.Socket.Broadcast.Emit("said", 1);
                cluster!.Bus.Run();
            }));
        });
        var (waiting, other) = (new PollingPeer(cluster), new PollingPeer(cluster));
        waiting.Join(0);
        other.Join(0);
        waiting.BeginGet(1);
        cluster.RunUntilIdle();
        waiting.PeerTo(1).Reset();
        cluster[1].RunUntilIdle();
        other.BeginPost(0, "42[\"crossing\"]");
        cluster.RunUntilIdle();
        Assert.Equal(DisconnectReason.TransportError, Assert.Single(_ended).Reason);
        AssertNoneOpen(cluster);
    }

    /// <summary>The word comes on the thread of the bus, between two steps of the loop that forgets the relay.</summary>
    [Fact]
    public void That_an_answer_is_lost_is_heard_also_while_its_relay_is_being_forgotten()
    {
        SockeyeTestCluster? cluster = null;
        var isArmed = false;
        cluster = StartRelays(2, Listen, builder => builder.Time = new TimeThatTells(builder.Time, () =>
        {
            if (isArmed && RelaysOf(cluster![0]).Open.Owned == 0)
            {
                isArmed = false;
                cluster.Bus.Run();
            }
        }));
        var waiting = new PollingPeer(cluster);
        waiting.Join(0);
        waiting.BeginGet(1);
        cluster.RunUntilIdle();
        waiting.PeerTo(1).Reset();
        cluster[1].RunUntilIdle();
        isArmed = true;
        cluster[0].Server.Emit("said", 1);
        cluster[0].RunUntilIdle();
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.False(isArmed);
        Assert.Equal(DisconnectReason.TransportError, Assert.Single(_ended).Reason);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_page_of_another_origin_may_read_why_its_body_is_refused()
    {
        var cluster = StartRelays(2, Listen, static builder => builder.Options.Engine.Cors = new EngineIO.Http.CorsOptions { Origins = ["https://a.example"] });
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.Send(1, $"POST /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nTransfer-Encoding: chunked\r\n\r\nF4241\r\n");
        cluster.RunUntilIdle();
        var refused = client.Answer(1);
        Assert.Equal(413, refused.Status);
        Assert.Contains("Access-Control-Allow-Origin: https://a.example", refused.Head, StringComparison.Ordinal);
        Assert.Single(_ended);
    }

    /// <summary>A clock that tells when somebody looks at it.</summary>
    private sealed class TimeThatTells(TimeProvider time, Action looked) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

        public override long GetTimestamp()
        {
            looked();
            return time.GetTimestamp();
        }

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }
}
