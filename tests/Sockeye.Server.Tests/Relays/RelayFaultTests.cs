using Sockeye.Cluster;
using Sockeye.Server.Relays;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>What becomes of requests on their way to another server when clients, servers, the bus or single messages go.</summary>
public sealed class RelayFaultTests : RelayTest
{
    private readonly List<DisconnectReason> _ended = [];
    private readonly List<string> _heard = [];

    private SockeyeTestCluster StartHeard(int servers = 2, Func<ClusterOptions>? options = null, Action<SockeyeBuilder>? build = null) => StartRelays(
        servers,
        server => server.OnConnection(socket =>
        {
            socket.OnDisconnect(gone => _ended.Add(gone.Reason));
            socket.On("say", (EventContext e, string text) =>
            {
                _heard.Add(text);
                e.Socket.Emit("said", text);
            });
        }),
        build,
        options);

    [Fact]
    public void A_client_that_goes_in_the_middle_of_a_body_ends_its_session_and_nothing_of_the_body_is_taken()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginPost(1, "42[\"say\",\"half\"]\u001e42[", length: 500);
        cluster.RunUntilIdle();
        Assert.Empty(_ended);
        client.PeerTo(1).Close();
        cluster.RunUntilIdle();
        Assert.Equal([DisconnectReason.TransportError], _ended);
        Assert.Empty(_heard);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData(1_000_001, false), InlineData(1_000_001, true)]
    public void A_body_that_is_too_long_gets_413_and_ends_the_session(int length, bool isChunked)
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        if (isChunked)
        {
            client.Send(1, $"POST /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n");
        }
        else
        {
            client.BeginPost(1, "4", length: length);
        }

        cluster.RunUntilIdle();
        Assert.Equal(413, client.Answer(1).Status);
        Assert.Single(_ended);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_stranger_may_send_64_KiB_by_way_of_another_server_too()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Open(0);
        Assert.Equal(413, client.Post(1, "4" + new string(' ', 65_536)).Status);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_client_that_goes_behind_its_request_is_heard_and_then_gone()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginPost(1, "42[\"say\",\"last\"]");
        client.PeerTo(1).Close();
        cluster.RunUntilIdle();
        Assert.Equal(["last"], _heard);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void An_answer_that_its_client_does_not_get_ends_the_session()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        var socket = cluster[0].Server.LocalCount;
        Assert.Equal(1, socket);
        client.BeginGet(1);
        cluster.RunUntilIdle();
        var peer = client.PeerTo(1);
        peer.StopReading = true;
        cluster[0].Server.Emit("said", new string('x', 1000));
        cluster.RunUntilIdle();
        Assert.Empty(_ended);
        peer.Reset();
        cluster.RunUntilIdle();
        Assert.Equal([DisconnectReason.TransportError], _ended);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void An_answer_that_its_client_does_not_get_while_nobody_can_be_told_is_forgotten(bool isRefusal)
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        var peer = client.PeerTo(1);
        peer.StopReading = true;
        client.BeginGet(1, more: isRefusal ? "Connection: Upgrade\r\nUpgrade: websocket\r\n" : "");
        cluster.RunUntilIdle();
        cluster[0].Server.Emit("said", new string('x', 1000));
        cluster.RunUntilIdle();
        cluster.Bus.SetConnected("1", false);
        peer.Reset();
        cluster.Advance(TimeSpan.FromSeconds(7));
        cluster.Bus.SetConnected("1", true);
        cluster.Advance(TimeSpan.FromSeconds(60));
        Assert.Single(_ended);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_client_that_takes_nothing_of_an_answer_is_given_up_in_the_time_of_its_server_and_its_session_ends()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginGet(1);
        cluster.RunUntilIdle();
        client.PeerTo(1).StopReading = true;
        cluster[0].Server.Emit("said", new string('x', 500_000));
        cluster.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(_ended);
        cluster.Advance(TimeSpan.FromSeconds(3));
        Assert.Single(_ended);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void When_the_owner_dies_what_waits_is_answered_and_a_WebSocket_is_cut_as_soon_as_that_is_known()
    {
        var cluster = StartHeard(3);
        var polling = new PollingPeer(cluster);
        polling.Join(0);
        polling.BeginGet(1);
        var other = new PollingPeer(cluster);
        other.Join(0);
        var webSocket = Upgrade(cluster, other, 2);
        cluster.Kill(0);
        Assert.True(cluster.AdvanceUntil(() => cluster[1].Server.Cluster!.Nodes.Count == 1 && cluster[2].Server.Cluster!.Nodes.Count == 1, TimeSpan.FromSeconds(20)));
        Assert.True(cluster.RunUntil(() => RelaysOf(cluster[1]).Open == (0, 0) && RelaysOf(cluster[2]).Open == (0, 0)));
        Assert.Equal(400, polling.Answer(1).Status);
        Assert.True(webSocket.Peer.IsClosed);
        Assert.Equal(400, polling.Get(2).Status);
        Assert.Equal((0, 0), RelaysOf(cluster[1]).Open);
        Assert.Equal((0, 0), RelaysOf(cluster[2]).Open);
    }

    [Fact]
    public void When_the_entry_dies_the_sessions_of_its_WebSockets_end_and_others_go_on()
    {
        var cluster = StartHeard(3);
        var client = new PollingPeer(cluster);
        client.Join(0);
        _ = Upgrade(cluster, client, 1);
        var other = new PollingPeer(cluster);
        other.Join(0);
        other.BeginGet(2);
        cluster.RunUntilIdle();
        cluster.Kill(1);
        Assert.True(cluster.AdvanceUntil(() => _ended.Count == 1, TimeSpan.FromSeconds(20)));
        cluster[0].Server.Emit("said", "on");
        cluster.RunUntilIdle();
        Assert.Equal("42[\"said\",\"on\"]", other.Answer(2).Body);
        Assert.Equal((0, 0), RelaysOf(cluster[0]).Open);
    }

    [Theory, InlineData("0", 400), InlineData("1", 503)]
    public void A_bus_that_is_away_for_less_than_five_seconds_ends_nothing_and_one_that_is_away_for_longer_does(string server, int status)
    {
        var cluster = StartHeard();
        var polling = new PollingPeer(cluster);
        polling.Join(0);
        polling.BeginGet(1);
        var other = new PollingPeer(cluster);
        other.Join(0);
        var webSocket = Upgrade(cluster, other, 1);
        cluster.Bus.SetConnected(server, false);
        cluster.Advance(TimeSpan.FromSeconds(4.5));
        cluster.Bus.SetConnected(server, true);
        cluster.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_ended);
        webSocket.SendText("42[\"say\",\"still\"]");
        Assert.Equal("42[\"said\",\"still\"]", webSocket.NextText());
        cluster.Bus.SetConnected(server, false);
        Assert.True(cluster.AdvanceUntil(() => _ended.Count == 2 && cluster.Servers.All(static one => RelaysOf(one).Open == (0, 0)), TimeSpan.FromSeconds(10)));
        Assert.True(webSocket.Peer.IsClosed);
        Assert.Equal(status, polling.Answer(1).Status);
        cluster.Bus.SetConnected(server, true);
        cluster.Advance(TimeSpan.FromSeconds(3));
        AssertNoneOpen(cluster);
        Assert.Equal(2, RelaysOf(cluster[int.Parse(server, System.Globalization.CultureInfo.InvariantCulture)]).FailedFor(RelayFault.Outage));
    }

    [Fact]
    public void What_is_sent_while_the_own_bus_is_away_for_a_moment_goes_out_behind_it()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        cluster.Bus.SetConnected("1", false);
        client.BeginPost(1, "42[\"say\",\"late\"]");
        cluster.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(_heard);
        cluster.Bus.SetConnected("1", true);
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["late"], _heard);
        Assert.Equal("ok", client.Answer(1).Body);
    }

    [Fact]
    public void A_cut_that_nobody_is_told_of_ends_both_sides()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        var webSocket = Upgrade(cluster, client, 1);
        cluster.Advance(TimeSpan.FromSeconds(6));
        cluster.Bus.Partition(["0"], ["1"]);
        cluster.Advance(TimeSpan.FromSeconds(6));
        Assert.Empty(_ended);
        Assert.True(cluster.AdvanceUntil(() => _ended.Count == 1 && cluster.Servers.All(static one => RelaysOf(one).Open == (0, 0)), TimeSpan.FromSeconds(4)));
        Assert.True(webSocket.Peer.IsClosed);
    }

    [Fact]
    public void A_lost_message_in_the_middle_ends_its_WebSocket_and_no_other_and_nothing_behind_it_is_heard()
    {
        var cluster = StartHeard();
        var first = new PollingPeer(cluster);
        first.Join(0);
        var one = Upgrade(cluster, first, 1);
        var second = new PollingPeer(cluster);
        second.Join(0);
        var other = Upgrade(cluster, second, 1);
        cluster.Bus.Loss = 1;
        one.SendText("42[\"say\",\"lost\"]");
        cluster.RunUntilIdle();
        cluster.Bus.Loss = 0;
        one.SendText("42[\"say\",\"behind\"]");
        cluster.RunUntilIdle();
        other.SendText("42[\"say\",\"other\"]");
        Assert.Equal("42[\"said\",\"other\"]", other.NextText());
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["other"], _heard);
        Assert.Single(_ended);
        Assert.True(one.Peer.IsClosed);
        Assert.False(other.Peer.IsClosed);
        Assert.Equal(1, RelaysOf(cluster[0]).FailedFor(RelayFault.Hole));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_lost_message_with_nothing_behind_it_is_noticed_within_five_seconds(bool isAnswer)
    {
        var cluster = StartHeard();
        cluster.Advance(TimeSpan.FromSeconds(5));
        var client = new PollingPeer(cluster);
        client.Join(0);
        if (isAnswer)
        {
            client.BeginGet(1);
            cluster.RunUntilIdle();
            cluster.Bus.Loss = 1;
            cluster[0].Server.Emit("said", "x");
        }
        else
        {
            cluster.Bus.Loss = 1;
            client.BeginGet(1);
        }

        cluster.RunUntilIdle();
        cluster.Bus.Loss = 0;
        Assert.Null(client.TryAnswer(1));
        cluster.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(400, client.Answer(1).Status);
        Assert.Equal(1, RelaysOf(cluster[1]).FailedFor(RelayFault.Hole));
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void Messages_that_come_twice_are_taken_once()
    {
        var cluster = StartHeard();
        cluster.Bus.Repeats = 1;
        cluster.Bus.Only = static subject => subject.Contains(".x.", StringComparison.Ordinal);
        var client = new PollingPeer(cluster);
        client.Join(0);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("ok", client.Post(1, $"42[\"say\",\"{i}\"]").Body);
            Assert.Equal($"42[\"said\",\"{i}\"]", client.Get(1).Body);
        }

        Assert.Equal(["0", "1", "2", "3", "4"], _heard);
        Assert.Empty(_ended);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_message_that_others_overtake_ends_its_WebSocket_and_nothing_is_heard_out_of_order()
    {
        var cluster = StartHeard();
        cluster.Bus.Only = static subject => subject.Contains(".x.", StringComparison.Ordinal);
        var client = new PollingPeer(cluster);
        client.Join(0);
        var webSocket = Upgrade(cluster, client, 1);
        cluster.Bus.Reorder = 1;
        webSocket.SendText("42[\"say\",\"overtaken\"]");
        cluster.RunUntilIdle();
        cluster.Bus.Reorder = 0;
        webSocket.SendText("42[\"say\",\"first\"]");
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_heard);
        Assert.Single(_ended);
        Assert.True(webSocket.Peer.IsClosed);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void Frames_that_are_cut_changed_made_up_or_come_again_are_dropped_and_counted()
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        List<(string Subject, byte[] Bytes)> frames = [];
        cluster.Bus.Tapped = (subject, bytes) =>
        {
            if (subject.Contains(".x.", StringComparison.Ordinal))
            {
                frames.Add((subject, bytes));
            }
        };
        Assert.Equal("ok", client.Post(1, "42[\"say\",\"once\"]").Body);
        cluster.Bus.Tapped = null;
        var (subject, bytes) = frames[0];
        var stranger = cluster.Bus.Connect("stranger");
        var port = ((SocketServer)cluster[0].Server).ClusterPart!.Relays.Port;
        stranger.Publish(subject, bytes, []);
        cluster.RunUntilIdle();
        Assert.Equal(1, port.Dropped(Server.Cluster.WireFault.Duplicate));
        stranger.Publish(subject, bytes.AsSpan(0, bytes.Length - 1), []);
        cluster.RunUntilIdle();
        Assert.Equal(1, port.Dropped(Server.Cluster.WireFault.Truncated));
        byte[] changed = [.. bytes];
        changed[^1] ^= 1;
        stranger.Publish(subject, changed, []);
        cluster.RunUntilIdle();
        Assert.Equal(1, port.Dropped(Server.Cluster.WireFault.Corrupt));
        stranger.Publish(subject, "GET / HTTP/1.1"u8, []);
        cluster.RunUntilIdle();
        Assert.Equal(1, port.Dropped(Server.Cluster.WireFault.Foreign));
        PublishAs(stranger, subject, new RelayHead(0, 1, RelayFlags.FromEntry, 0), Server.Cluster.ClusterKind.RelayOpen);
        cluster.RunUntilIdle();
        Assert.Equal(2, port.Dropped(Server.Cluster.WireFault.Corrupt));
        PublishAs(stranger, subject, new RelayHead(99, 1, RelayFlags.None, 0), Server.Cluster.ClusterKind.Relay);
        cluster.RunUntilIdle();
        Assert.Equal(1, port.Dropped(Server.Cluster.WireFault.Stray));
        Assert.Equal(["once"], _heard);
        Assert.Equal("ok", client.Post(1, "42[\"say\",\"again\"]").Body);
        Assert.Empty(_ended);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData(0), InlineData(2), InlineData(4), InlineData(16)]
    public void A_relay_that_begins_with_nothing_of_a_request_is_none(int flags)
    {
        var cluster = StartHeard();
        var subject = $"sockeye.data.1._default.x.{cluster[0].Server.NodeId:x6}";
        var head = Server.Cluster.HeadWriter.Begin(Server.Cluster.ClusterKind.RelayOpen, 7, 7);
        new RelayHead(5, 1, RelayFlags.FromEntry | (RelayFlags)flags, 65_536).Write(head);
        new RelayPeer(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1), false, 0).Write(head);
        cluster.Bus.Connect("stranger").Publish(subject, head.End(subject, [], null), []);
        cluster.Advance(TimeSpan.FromMinutes(1));
        AssertNoneOpen(cluster);
        Assert.Equal(1, RelaysOf(cluster[0]).Port.Dropped(Server.Cluster.WireFault.Corrupt));
    }

    [Theory, InlineData(65_536, 0), InlineData(65_537, 1), InlineData(long.MaxValue, 1)]
    public void A_server_that_takes_more_than_was_ever_sent_makes_no_sense(long limit, int broken)
    {
        var cluster = StartHeard();
        var client = new PollingPeer(cluster);
        client.Join(0);
        var subject = $"sockeye.data.1._default.x.{cluster[0].Server.NodeId:x6}";
        var request = System.Text.Encoding.ASCII.GetBytes($"GET /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: a\r\n\r\n");
        var head = Server.Cluster.HeadWriter.Begin(Server.Cluster.ClusterKind.RelayOpen, 7, 7);
        new RelayHead(5, 1, RelayFlags.FromEntry | RelayFlags.Whole, limit).Write(head);
        new RelayPeer(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1), false, 0).Write(head);
        cluster.Bus.Connect("stranger").Publish(subject, head.End(subject, [request], null), [request]);
        cluster.RunUntilIdle();
        Assert.Equal((broken, 1 - broken), (RelaysOf(cluster[0]).FailedFor(RelayFault.Broken), RelaysOf(cluster[0]).Open.Owned));
    }

    [Fact]
    public void A_server_that_drains_while_a_body_comes_hears_of_it_when_it_is_there_and_of_a_client_that_goes()
    {
        foreach (var goes in new[] { true, false })
        {
            var cluster = StartHeard();
            var client = new PollingPeer(cluster);
            client.Join(0);
            client.BeginPost(1, "42[\"say\",", length: 16);
            cluster.RunUntilIdle();
            _ = cluster[1].Server.DrainAsync(TimeSpan.FromSeconds(1));
            cluster.Advance(TimeSpan.FromMilliseconds(500));
            if (goes)
            {
                client.PeerTo(1).Close();
                cluster.RunUntilIdle();
                Assert.Equal([DisconnectReason.TransportError], _ended);
            }
            else
            {
                client.Send(1, "\"late\"]");
                cluster.RunUntilIdle();
                Assert.Equal("ok", client.Answer(1).Body);
                Assert.Equal(["late"], _heard);
            }

            AssertNoneOpen(cluster);
        }
    }

    [Fact]
    public void Two_servers_that_each_take_a_session_for_the_others_do_not_send_it_to_and_fro()
    {
        var cluster = StartHeard();
        var stranger = cluster.Bus.Connect("stranger");
        var (mine, theirs) = (cluster[0].Server.NodeId, cluster[1].Server.NodeId);
        var request = System.Text.Encoding.ASCII.GetBytes($"GET /socket.io/?EIO=4&transport=polling&sid={RandomId.Create(theirs, 0)} HTTP/1.1\r\nHost: a\r\n\r\n");
        var head = Server.Cluster.HeadWriter.Begin(Server.Cluster.ClusterKind.RelayOpen, 7, 7);
        new RelayHead(5, 1, RelayFlags.FromEntry | RelayFlags.Whole, 65_536).Write(head);
        new RelayPeer(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1), false, 0).Write(head);
        var subject = $"sockeye.data.1._default.x.{mine:x6}";
        Frames.Clear();
        stranger.Publish(subject, head.End(subject, [request], null), [request]);
        cluster.RunUntilIdle();

        // The answer goes back to who has asked, and the request to nobody.
        Assert.Equal([("stranger", subject), ("0", "sockeye.data.1._default.x.000007")], Frames);
        Assert.Equal((0, 0), RelaysOf(cluster[0]).Open);
    }

    private static void PublishAs(IClusterBus bus, string subject, RelayHead relay, Server.Cluster.ClusterKind kind)
    {
        var head = Server.Cluster.HeadWriter.Begin(kind, 7, 7);
        relay.Write(head);
        bus.Publish(subject, head.End(subject, [], null), []);
    }

    [Fact]
    public void As_many_requests_as_the_limit_says_are_handed_on_and_a_further_one_gets_503()
    {
        var cluster = StartHeard(options: static () => new ClusterOptions { OpenRelays = 2 });
        var clients = Enumerable.Range(0, 3).Select(_ => new PollingPeer(cluster)).ToArray();
        foreach (var client in clients)
        {
            client.Join(0);
        }

        clients[0].BeginGet(1);
        clients[1].BeginGet(1);
        cluster.RunUntilIdle();
        var refused = clients[2].Get(1);
        Assert.Equal(503, refused.Status);
        Assert.Contains("Retry-After", refused.Head, StringComparison.Ordinal);
        cluster[0].Server.Emit("said", "x");
        cluster.RunUntilIdle();
        Assert.Equal(200, clients[1].Answer(1).Status);
        Assert.Equal("42[\"said\",\"x\"]", clients[2].Get(1).Body);
    }

    [Fact]
    public void As_many_requests_as_the_limit_says_are_taken_of_others_and_a_further_one_gets_503()
    {
        var cluster = StartHeard(3, options: static () => new ClusterOptions { OpenRelays = 2 });
        var clients = Enumerable.Range(0, 3).Select(_ => new PollingPeer(cluster)).ToArray();
        foreach (var client in clients)
        {
            client.Join(0);
        }

        clients[0].BeginGet(1);
        clients[1].BeginGet(2);
        cluster.RunUntilIdle();
        Assert.Equal(503, clients[2].Get(2).Status);
        Assert.Equal(1, RelaysOf(cluster[2]).FailedFor(RelayFault.Refused));
    }

    [Fact]
    public void A_server_that_drains_has_polls_answered_and_WebSockets_closed_one_after_the_other()
    {
        var cluster = StartHeard(3);
        var polls = Enumerable.Range(0, 4).Select(_ => new PollingPeer(cluster)).ToArray();
        foreach (var poll in polls)
        {
            poll.Join(0);
            poll.BeginGet(1);
        }

        var client = new PollingPeer(cluster);
        client.Join(0);
        var webSocket = Upgrade(cluster, client, 1);
        cluster.RunUntilIdle();
        Assert.Equal((5, 0), RelaysOf(cluster[1]).Open);
        var drained = cluster[1].Server.DrainAsync(TimeSpan.FromSeconds(1));
        cluster.AdvanceUntil(() => drained.IsCompleted, TimeSpan.FromSeconds(10));
        Assert.All(polls, static poll => Assert.Equal("6", poll.Answer(1).Body));
        webSocket.Pump();
        Assert.Equal((ushort)1001, webSocket.CloseCode);
        Assert.Single(_ended);
        polls[0].BeginGet(2);
        cluster.RunUntilIdle();
        cluster[0].Server.Emit("said", "on");
        cluster.RunUntilIdle();
        Assert.Equal("42[\"said\",\"on\"]", polls[0].Answer(2).Body);
    }

    [Fact]
    public void A_server_that_drains_closes_its_sessions_by_way_of_others_and_its_requests_are_unknown_from_then_on()
    {
        var cluster = StartHeard();
        var polling = new PollingPeer(cluster);
        polling.Join(0);
        polling.BeginGet(1);
        var client = new PollingPeer(cluster);
        client.Join(0);
        var webSocket = Upgrade(cluster, client, 1);
        var drained = cluster[0].Server.DrainAsync(TimeSpan.FromSeconds(1));
        cluster.AdvanceUntil(() => drained.IsCompleted, TimeSpan.FromSeconds(10));
        webSocket.Pump();
        Assert.Equal("1", polling.Answer(1).Body);
        Assert.True(webSocket.Peer.IsClosed);
        Assert.Equal(400, polling.Get(1).Status);
        Assert.Equal((0, 0), RelaysOf(cluster[1]).Open);
    }
}
