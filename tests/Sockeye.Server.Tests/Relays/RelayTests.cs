using Sockeye.Server.Relays;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>Requests of a session that come to another server than its own.</summary>
public sealed class RelayTests : RelayTest
{
    private const string Unknown = """{"code":1,"message":"Session ID unknown"}""";

    private static void Echo(SockeyeServer server)
        => server.OnConnection(static socket => socket.On("echo", static (EventContext e, string text) => e.Socket.Emit("echoed", text)));

    [Fact]
    public void Polls_and_POSTs_are_served_by_whichever_server_they_come_to()
    {
        var cluster = StartRelays(3, Echo);
        var client = new PollingPeer(cluster);
        client.Open(0);
        Assert.Equal("ok", client.Post(1, "40").Body);
        Assert.StartsWith("40{", client.Get(2).Body, StringComparison.Ordinal);
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal("ok", client.Post(i % 3, $"42[\"echo\",\"{i}\"]").Body);
            Assert.Equal($"42[\"echoed\",\"{i}\"]", client.Get((i + 1) % 3).Body);
        }

        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_poll_whose_answer_is_one_chunk_is_two_messages_and_so_is_a_POST()
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        Assert.Empty(Frames);
        client.Post(1, "42[\"echo\",\"a\"]");
        var owner = $"sockeye.data.1._default.x.{cluster[0].Server.NodeId:x6}";
        var entry = $"sockeye.data.1._default.x.{cluster[1].Server.NodeId:x6}";
        Assert.Equal([("1", owner), ("0", entry)], Frames);
        Frames.Clear();
        client.Get(1);
        Assert.Equal([("1", owner), ("0", entry)], Frames);
        Frames.Clear();
        client.BeginGet(1);
        cluster.RunUntilIdle();
        Assert.Equal([("1", owner)], Frames);
        client.Post(0, "42[\"echo\",\"b\"]");
        Assert.Equal("42[\"echoed\",\"b\"]", client.Answer(1).Body);
        Assert.Equal([("1", owner), ("0", entry)], Frames);
        cluster.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(2, Frames.Count);
    }

    [Fact]
    public void A_bus_that_takes_shorter_messages_than_it_did_when_the_server_was_made_gets_shorter_ones()
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        cluster.Bus.MaxMessageBytes = 16 << 10;
        var text = new string('x', 50_000);
        Assert.Equal("ok", client.Post(1, $"42[\"echo\",\"{text}\"]").Body);
        Assert.Equal($"42[\"echoed\",\"{text}\"]", client.Get(1).Body);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void The_answer_keeps_the_connection_of_the_client_as_the_client_wants_it()
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        Assert.DoesNotContain("Connection:", client.Post(1, "42[\"echo\",\"a\"]").Head, StringComparison.Ordinal);
        var peer = client.PeerTo(1);
        Assert.Contains("\r\nConnection: close", client.Get(1, more: "Connection: close\r\n").Head, StringComparison.Ordinal);
        Assert.True(peer.IsClosed);
        Assert.Equal("ok", client.Post(1, "42[\"echo\",\"b\"]").Body);
        client.Send(1, $"GET /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        cluster.RunUntilIdle();
        Assert.Contains("\r\nConnection: keep-alive", client.Answer(1).Head, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_bodies_go_in_both_directions_whole()
    {
        var texts = new List<int>();
        var cluster = StartRelays(2, server => server.OnConnection(socket => socket.On("echo", (EventContext e, string text) =>
        {
            texts.Add(text.Length);
            e.Socket.Emit("echoed", text);
        })));
        var client = new PollingPeer(cluster);
        client.Join(0);
        var large = new string('x', 900_000);
        Assert.Equal("ok", client.Post(1, $"42[\"echo\",\"{large}\"]").Body);
        Assert.Equal([900_000], texts);
        Assert.Equal($"42[\"echoed\",\"{large}\"]", client.Get(1).Body);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void An_unknown_session_of_a_server_that_is_there_or_is_not_is_answered_as_on_one_server()
    {
        var cluster = StartRelays();
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginPost(0, "1");
        cluster.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ok", client.Answer(0).Body);
        Assert.Equal((400, Unknown), Short(client.Get(1)));
        Assert.Equal((400, Unknown), Short(client.Post(1, "4")));
        var node = cluster[0].Server.NodeId;
        var other = RandomId.Create((node + 7) % (1 << 24), 0).ToString();
        Frames.Clear();
        client.Send(1, $"GET /socket.io/?EIO=4&transport=polling&sid={other} HTTP/1.1\r\nHost: a\r\n\r\n");
        cluster.RunUntilIdle();
        Assert.Equal((400, Unknown), Short(client.Answer(1)));
        Assert.Empty(Frames);
    }

    [Theory, InlineData(1, "GET"), InlineData(255, "GET"), InlineData(255, "POST")]
    public void An_id_that_names_a_loop_that_its_server_has_not_is_unknown_at_once(int loop, string method)
    {
        var cluster = StartRelays();
        var client = new PollingPeer(cluster) { Sid = RandomId.Create(cluster[0].Server.NodeId, loop).ToString() };
        var answer = method == "GET" ? client.Get(1) : client.Post(1, "4");
        Assert.Equal((400, Unknown), Short(answer));
        Assert.StartsWith("HTTP/1.1 400 ", new WebSocketPeer(cluster, 1, client.Sid).RefusedWith, StringComparison.Ordinal);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData("PUT"), InlineData("DELETE"), InlineData("PATCH"), InlineData("HEAD"), InlineData("OPTIONS"), InlineData("BREW")]
    public void Other_methods_get_one_answer_from_all_servers(string method)
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        Assert.Equal(Ask(0), Ask(1));
        Assert.Equal("ok", client.Post(1, "42[\"echo\",\"a\"]").Body);
        Assert.Equal("42[\"echoed\",\"a\"]", client.Get(1).Body);
        AssertNoneOpen(cluster);

        RawAnswer Ask(int server)
        {
            client.Send(server, $"{method} /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc");
            cluster.RunUntilIdle();
            return client.Answer(server);
        }
    }

    [Fact]
    public void A_WebSocket_goes_on_behind_the_last_number_of_a_frame()
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        var webSocket = Upgrade(cluster, client, 1);
        foreach (var end in cluster.Servers.SelectMany(static server => RelaysOf(server).All()))
        {
            end.SkipTo(uint.MaxValue - 3);
        }

        cluster.Bus.Repeats = 1;
        cluster.Bus.Only = static subject => subject.Contains(".x.", StringComparison.Ordinal);
        for (var i = 0; i < 9; i++)
        {
            webSocket.SendText($"42[\"echo\",\"{i}\"]");
            Assert.Equal($"42[\"echoed\",\"{i}\"]", webSocket.NextText());
        }

        Assert.All(cluster.Servers.SelectMany(static server => RelaysOf(server).All()), static end => Assert.Equal(6u, end.Sent));
        Assert.False(webSocket.TryText(out _));
    }

    [Theory, InlineData(65_536, 200), InlineData(65_537, 400)]
    public void The_head_of_an_answer_may_come_in_pieces_of_up_to_64_KiB_together(int bytes, int status)
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginGet(1);
        cluster.RunUntilIdle();
        var (owner, entry) = (RelaysOf(cluster[0]), RelaysOf(cluster[1]));
        var id = entry.All().Single().Id;
        const string begin = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: ", end = "\r\n\r\n";
        var answer = System.Text.Encoding.ASCII.GetBytes(begin + new string('x', bytes - begin.Length - end.Length) + end);
        byte[][] pieces = [.. answer.Chunk(1000)];
        for (var i = 0; i < pieces.Length; i++)
        {
            var head = owner.Port.Head(Server.Cluster.ClusterKind.Relay);
            new RelayHead(id, (uint)i + 1, i == pieces.Length - 1 ? RelayFlags.End : RelayFlags.None, RelayEnd.WindowBytes).Write(head);
            owner.Port.Publish(owner.Port.Subjects.Relay(cluster[1].Server.NodeId), head, [pieces[i]]);
        }

        cluster.RunUntilIdle();
        Assert.Equal(status, client.Answer(1).Status);
        Assert.Empty(entry.All());
    }

    [Fact]
    public void A_WebSocket_takes_over_by_way_of_any_server()
    {
        var cluster = StartRelays(3, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginGet(2);
        cluster.RunUntilIdle();
        var link = new WebSocketPeer(cluster, 1, client.Sid);
        link.SendText("2probe");
        Assert.Equal("3probe", link.NextText());
        cluster.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal("6", client.Answer(2).Body);
        link.SendText("5");
        cluster.RunUntilIdle();
        link.SendText("42[\"echo\",\"over\"]");
        Assert.Equal("42[\"echoed\",\"over\"]", link.NextText());
        var large = new string('y', 700_000);
        link.SendText($"42[\"echo\",\"{large}\"]");
        Assert.Equal($"42[\"echoed\",\"{large}\"]", link.NextText());
        Assert.Equal(1, cluster[0].Server.LocalCount);
        link.Peer.Close();
        cluster.RunUntilIdle();
        Assert.Equal(0, cluster[0].Server.LocalCount);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_WebSocket_that_is_lost_before_it_takes_over_leaves_polling_as_it_is(bool isProbed)
    {
        var cluster = StartRelays(2, Echo);
        var client = new PollingPeer(cluster);
        client.Join(0);
        var link = new WebSocketPeer(cluster, 1, client.Sid);
        if (isProbed)
        {
            link.SendText("2probe");
            Assert.Equal("3probe", link.NextText());
        }

        link.Peer.Close();
        cluster.RunUntilIdle();
        Assert.Equal("ok", client.Post(1, "42[\"echo\",\"on\"]").Body);
        Assert.Equal("42[\"echoed\",\"on\"]", client.Get(1).Body);
        var again = new WebSocketPeer(cluster, 1, client.Sid);
        again.SendText("2probe");
        Assert.Equal("3probe", again.NextText());
        again.Peer.Close();
        cluster.RunUntilIdle();
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void Pings_come_and_pongs_go_by_way_of_other_servers_and_a_client_without_them_is_gone_in_time()
    {
        DisconnectReason? ended = null;
        var cluster = StartRelays(3, server => server.OnConnection(socket => socket.OnDisconnect(gone => ended = gone.Reason)));
        var client = new PollingPeer(cluster);
        client.Join(0);
        for (var i = 0; i < 4; i++)
        {
            client.BeginGet(1 + (i % 2));
            cluster.Advance(TimeSpan.FromSeconds(25.1));
            Assert.Equal("2", client.Answer(1 + (i % 2)).Body);
            Assert.Equal("ok", client.Post(2 - (i % 2), "3").Body);
        }

        client.BeginGet(1);
        cluster.Advance(TimeSpan.FromSeconds(44));
        Assert.Equal("2", client.Answer(1).Body);
        Assert.Null(ended);
        cluster.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(DisconnectReason.PingTimeout, ended);
        Assert.Equal(400, client.Get(1).Status);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_second_poll_of_a_session_ends_it_by_whichever_servers_they_come()
    {
        DisconnectReason? ended = null;
        var cluster = StartRelays(3, server => server.OnConnection(socket => socket.OnDisconnect(gone => ended = gone.Reason)));
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginGet(1);
        cluster.RunUntilIdle();
        Assert.Equal(400, client.Get(2).Status);
        Assert.Equal("1", client.Answer(1).Body);
        Assert.Equal(DisconnectReason.TransportError, ended);
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_client_that_goes_while_its_poll_waits_ends_its_session()
    {
        DisconnectReason? ended = null;
        var cluster = StartRelays(2, server => server.OnConnection(socket => socket.OnDisconnect(gone => ended = gone.Reason)));
        var client = new PollingPeer(cluster);
        client.Join(0);
        client.BeginGet(1);
        cluster.RunUntilIdle();
        Assert.Null(ended);
        client.PeerTo(1).Close();
        cluster.RunUntilIdle();
        Assert.Equal(DisconnectReason.TransportError, ended);
        AssertNoneOpen(cluster);
    }

    [Theory, InlineData(1), InlineData(4)]
    public void The_session_sees_the_address_of_its_client_and_what_its_request_says(int loops)
    {
        List<string> seen = [];
        var cluster = StartRelays(
            2,
            server => server.OnConnection(socket => socket.On("who", (EventContext e) =>
            {
                seen.Add($"{e.Socket.Connection.Transport}");
                e.Ack();
            })),
            builder => builder.Options.Engine.Use(context =>
            {
                seen.Add($"{context.Request.RemoteEndPoint.Address} {context.Request.Header("x-forwarded-for")}");
                return ValueTask.CompletedTask;
            }),
            loops: loops);
        var client = new PollingPeer(cluster);
        client.Open(0, loop: loops - 1);
        seen.Clear();
        var peer = cluster[1].Transport.Connect(from: new System.Net.IPEndPoint(System.Net.IPAddress.Parse("198.51.100.9"), 777));
        peer.Send(System.Text.Encoding.ASCII.GetBytes($"GET /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"));
        cluster.RunUntilIdle();

        // Once, where the session is.
        Assert.Equal(["198.51.100.9 192.0.2.1"], seen);
        peer.Close();
        cluster.RunUntilIdle();
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void A_WebSocket_without_a_poll_before_goes_to_the_session_that_it_names_too()
    {
        var cluster = StartRelays(2, Echo);
        var direct = cluster[0].Connect();
        var sid = direct.Handshake!.Split("\"sid\":\"")[1].Split('"')[0];
        var link = new WebSocketPeer(cluster, 1, sid);
        link.Pump();
        Assert.True(direct.IsConnected);
        Assert.True(link.RefusedWith is not null || link.Peer.IsClosed || link.CloseCode is not null);
        var local = new WebSocketPeer(cluster, 0, sid);
        local.Pump();
        Assert.Equal((local.RefusedWith, local.CloseCode), (link.RefusedWith, link.CloseCode));
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void What_a_client_does_not_read_waits_where_its_session_is()
    {
        SockeyeSocket socket = null!;
        var cluster = StartRelays(2, server => server.OnConnection(connected => socket = connected));
        var client = new PollingPeer(cluster);
        client.Join(0);
        var link = new WebSocketPeer(cluster, 1, client.Sid);
        link.SendText("2probe");
        Assert.Equal("3probe", link.NextText());
        link.SendText("5");
        cluster.RunUntilIdle();
        link.Peer.StopReading = true;
        Frames.Clear();
        var text = new string('z', 10_000);
        for (var i = 0; i < 300; i++)
        {
            socket.Emit("echoed", text);
            cluster.RunUntilIdle();
        }

        // 64 KiB on their way, and what one read of the entry and one batch of the owner hold; the rest is the outbox's.
        Assert.InRange(socket.Connection.OutboxBytes, 3_000_000 - (4 * 65_536), 3_200_000);
        Assert.InRange(Frames.Count, 1, 20);
        link.Peer.StopReading = false;
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal($"42[\"echoed\",\"{text}\"]", link.NextText());
        }

        Assert.Equal(0, socket.Connection.OutboxBytes);
        link.Peer.Close();
        cluster.RunUntilIdle();
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void What_a_session_does_not_read_waits_at_the_client()
    {
        var gate = new TaskCompletionSource();
        var handled = 0;
        var cluster = StartRelays(2, server => server.OnConnection(socket => socket.On("slow", async (string _) =>
        {
            await gate.Task;
            handled++;
        })));
        var client = new PollingPeer(cluster);
        client.Join(0);
        var link = new WebSocketPeer(cluster, 1, client.Sid);
        link.SendText("2probe");
        Assert.Equal("3probe", link.NextText());
        link.SendText("5");
        cluster.RunUntilIdle();
        Frames.Clear();
        var text = $"42[\"slow\",\"{new string('z', 10_000)}\"]";
        for (var i = 0; i < 100; i++)
        {
            link.SendText(text);
            cluster.RunUntilIdle();
        }

        Assert.InRange(Frames.Count, 1, 60);
        Assert.Equal(0, handled);
        gate.SetResult();
        Assert.True(cluster.RunUntil(() => handled == 100));
        link.Peer.Close();
        cluster.RunUntilIdle();
        AssertNoneOpen(cluster);
    }

    [Fact]
    public void With_a_key_every_frame_is_sealed()
    {
        var key = new byte[16];
        var cluster = StartRelays(2, Echo, options: () => new ClusterOptions { Secret = key });
        var client = new PollingPeer(cluster);
        client.Join(0);
        List<byte[]> frames = [];
        cluster.Bus.Tapped = (subject, bytes) =>
        {
            if (subject.Contains(".x.", StringComparison.Ordinal))
            {
                frames.Add(bytes);
            }
        };
        Assert.Equal("ok", client.Post(1, "42[\"echo\",\"a\"]").Body);
        Assert.Equal(2, frames.Count);
        Assert.All(frames, static bytes => Assert.Equal(1, bytes[8] & 1));
    }

    private static (int, string) Short(RawAnswer answer) => (answer.Status, answer.Body);
}
