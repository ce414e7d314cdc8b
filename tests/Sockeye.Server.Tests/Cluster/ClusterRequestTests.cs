using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Nodes;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Requests, actions, acknowledgements and events between servers, and who is missing.</summary>
public sealed class ClusterRequestTests : ClusterTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_server_that_is_alone_in_its_cluster_waits_for_its_own_clients(int loops)
    {
        var cluster = Start(1, loops: loops);
        cluster[0].Received = (_, e) => e.Answer("here");
        SockeyeTestClient[] clients = [cluster[0].Connect(), cluster[0].Connect()];
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
            client.Socket.Identity = new SocketIdentity("ann");
        }

        cluster.Advance(TimeSpan.FromSeconds(3));
        var server = cluster[0].Server;
        foreach (var (asked, count) in new (Func<Task<BroadcastAck<string>>> Ask, int Count)[]
        {
            (() => server.EmitWithAckAsync<string>("who"), 2), (() => server.To("lobby").EmitWithAckAsync<string>("who"), 2), (() => server.To("lobby", "other").EmitWithAckAsync<string>("who"), 2),
            (() => server.Except("other").EmitWithAckAsync<string>("who"), 2), (() => server.ToUser("ann").EmitWithAckAsync<string>("who"), 2),
            (() => clients[0].Socket!.To("lobby").EmitWithAckAsync<string>("who"), 1), (() => server.To(clients[0].Id!).EmitWithAckAsync<string>("who"), 1),
        })
        {
            var answers = cluster.Await(asked());
            Assert.Equal((count, true), (answers.Answers.Count, answers.IsComplete));
        }

        Assert.Equal(2, cluster.Await(server.To("lobby").SocketsJoinAsync("second")).Count);
        Assert.Equal(2, cluster.Await(server.To("second").SocketsLeaveAsync("lobby")).Count);
        Assert.Equal(2, cluster.Await(server.To("second").DisconnectSocketsAsync()).Count);
        Assert.All(clients, static client => Assert.False(client.IsConnected));
    }

    [Fact]
    public void Sockets_of_all_servers_are_fetched_with_what_is_known_of_them()
    {
        var cluster = Start(3);
        var client = cluster[1].Connect(auth: new { token = "t" }, query: "color=red");
        client.Socket!.Join("lobby");
        client.Socket.Data.Set("score", 7);
        client.Socket.Data.Set("picture", new byte[] { 1, 2 });
        client.Socket.Identity = new SocketIdentity("ann") { Claims = [new SocketClaim("email", "a@b")], Permissions = new HashSet<string> { "write" }, ExpiresAt = DateTimeOffset.UnixEpoch.AddYears(90), RateClass = "paid" };
        cluster[2].Connect();
        var found = cluster.Await(cluster[0].Server.FetchSocketsAsync());
        Assert.True(found.IsComplete);
        Assert.Equal(2, found.Count);
        var ann = Assert.Single(found, socket => socket.Id == client.Id);
        Assert.Equal([client.Id!, "lobby"], ann.Rooms);
        Assert.Equal(("t", "red", "test"), (ann.Handshake.Auth.GetString("token"), ann.Handshake.Query("color"), ann.Handshake.Header("Host")));
        Assert.Equal((client.Socket.Handshake.IssuedAt, client.Socket.Handshake.Address, client.Socket.Handshake.Url), (ann.Handshake.IssuedAt, ann.Handshake.Address, ann.Handshake.Url));
        Assert.Equal(7, ann.Data.Get<int>("score"));
        Assert.Equal([1, 2], ann.Data.Get<byte[]>("picture")!);
        Assert.Equal(("ann", "paid", DateTimeOffset.UnixEpoch.AddYears(90), true), (ann.Identity!.Subject, ann.Identity.RateClass, ann.Identity.ExpiresAt, ann.Identity.May("write")));
        Assert.Equal(new SocketClaim("email", "a@b"), Assert.Single(ann.Identity.Claims));
        Assert.Equal(client.Id, Assert.Single(cluster.Await(cluster[0].Server.To("lobby").FetchSocketsAsync())).Id);
        Assert.Empty(cluster.Await(cluster[0].Server.Local.FetchSocketsAsync()));
    }

    [Fact]
    public void A_socket_of_another_server_is_known_as_it_is_there_apart_from_what_the_page_says()
    {
        var cluster = Start(2);
        var client = cluster[1].Connect(auth: new { token = "t", deep = new { list = new[] { 1, 2 } } }, query: "color=red&color=blue&empty=");
        client.Socket!.Join("lobby");
        client.Socket.Data.Set("score", 7);
        client.Socket.Identity = new SocketIdentity("ann") { Claims = [new SocketClaim("a", "1"), new SocketClaim("a", "2")], Permissions = new HashSet<string> { "read" }, Access = AccessRules.Parse(["* * *"]), RateClass = "paid", Source = "jwt" };
        cluster.RunUntilIdle();
        var (here, there) = (Assert.Single(cluster.Await(cluster[1].Server.Local.FetchSocketsAsync())), Assert.Single(cluster.Await(cluster[0].Server.FetchSocketsAsync())));
        foreach (var (one, other) in new (object, object)[] { (here, there), (here.Handshake, there.Handshake), (here.Identity!, there.Identity!) })
        {
            foreach (var property in one.GetType().GetProperties().Where(static property => property.Name is not (nameof(RemoteSocket.Handshake) or nameof(RemoteSocket.Identity))))
            {
                if (property.Name is nameof(Handshake.Items) or nameof(SocketIdentity.Access))
                {
                    Assert.True(property.GetValue(other) is null or IReadOnlyDictionary<string, object?> { Count: 0 });
                    continue;
                }

                Assert.Equal(Text(property.GetValue(one)), Text(property.GetValue(other)));
            }
        }

        static string Text(object? value) => value switch
        {
            AuthPayload auth => Encoding.UTF8.GetString(auth.Json),
            SocketData data => string.Join(';', data.Export().Select(static entry => $"{entry.Key}={Encoding.UTF8.GetString(entry.Json)}")),
            IReadOnlyDictionary<string, string> names => string.Join(';', names.OrderBy(static name => name.Key, StringComparer.Ordinal)),
            string text => text,
            System.Collections.IEnumerable many => string.Join(';', many.Cast<object>()),
            _ => $"{value}",
        };
    }

    [Fact]
    public void Counts_span_servers()
    {
        var (cluster, clients) = StartWithClients(3);
        Assert.Equal(3, cluster.Await(cluster[0].Server.CountAsync()).Count);
        Assert.Equal(2, cluster.Await(cluster[0].Server.To("lobby").Except(clients[1].Id!).CountAsync()).Count);
        Assert.Equal(1, cluster.Await(cluster[0].Server.Local.CountAsync()).Count);
    }

    [Fact]
    public void Sockets_join_leave_and_go_on_all_servers_and_are_counted()
    {
        var (cluster, clients) = StartWithClients(3);
        Assert.Equal(3, cluster.Await(cluster[0].Server.To("lobby").SocketsJoinAsync("second")).Count);
        Assert.Equal(3, cluster.Await(cluster[1].Server.To("second").CountAsync()).Count);
        Assert.Equal(1, cluster.Await(cluster[0].Server.To(clients[2].Id!).SocketsLeaveAsync("second")).Count);
        Assert.Equal(2, cluster.Await(cluster[1].Server.To("second").CountAsync()).Count);
        cluster[0].Server.To("lobby").SocketsLeave("second");
        cluster.RunUntilIdle();
        Assert.Equal(0, cluster.Await(cluster[1].Server.To("second").CountAsync()).Count);
        Assert.Equal(1, cluster.Await(cluster[0].Server.To(clients[1].Id!).DisconnectSocketsAsync()).Count);
        cluster[0].Server.DisconnectSockets(close: true);
        cluster.RunUntilIdle();
        Assert.All(clients, client => Assert.False(client.IsConnected));
    }

    [Fact]
    public void Local_actions_stay()
    {
        var (cluster, clients) = StartWithClients(2);
        Assert.Equal(1, cluster.Await(cluster[0].Server.Local.DisconnectSocketsAsync()).Count);
        cluster.RunUntilIdle();
        Assert.True(clients[1].IsConnected);
    }

    [Fact]
    public void Clients_of_all_servers_answer_and_those_that_do_not_are_missing()
    {
        var (cluster, clients) = StartWithClients(3);
        var silent = cluster[2].Connect();
        silent.Socket!.Join("lobby");
        foreach (var server in cluster.Servers)
        {
            server.Received = (client, e) =>
            {
                if (e.WantsAck && client != silent)
                {
                    e.Answer(new { name = client.Id, bytes = new byte[] { 9 } });
                }
            };
        }

        cluster.RunUntilIdle();
        var answers = cluster.Await(cluster[0].Server.To("lobby").Timeout(TimeSpan.FromSeconds(2)).EmitWithAckAsync<Answer>("who", new byte[] { 1 }));
        Assert.Equal(clients.Select(client => client.Id).Order(), answers.Answers.Select(answer => answer.SocketId).Order());
        Assert.All(answers.Answers, answer => Assert.Equal((answer.SocketId, 9), (answer.Value!.Name, answer.Value.Bytes[0])));
        Assert.Equal([silent.Id!], answers.Missing);
        Assert.Empty(answers.MissingNodes);
    }

    [Theory]
    [InlineData(10, 100_000, 10, false)]
    [InlineData(12, 100_000, 10, true)]
    [InlineData(3, 1_200_000, 0, true)]
    public void Answers_of_clients_that_do_not_go_into_one_message_are_missing_at_once_and_so_is_their_server(int clients, int bytes, int come, bool isMissing)
    {
        var cluster = Start(2, build: static builder => builder.Options.Engine.MaxPayloadBytes = 2_000_000);
        var ids = Enumerable.Range(0, clients).Select(_ => cluster[1].Connect().Id!).ToArray();
        cluster[1].Received = (client, e) => e.Answer(new string('x', bytes));
        var answering = cluster[0].Server.EmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => answering.IsCompleted));
        var answers = cluster.Await(answering);
        Assert.Equal(come, answers.Answers.Count);
        Assert.All(answers.Answers, answer => Assert.Equal(bytes, answer.Value!.Length));
        Assert.Equal(ids.Order(), answers.Answers.Select(static answer => answer.SocketId).Concat(answers.Missing).Order());
        Assert.Equal(isMissing ? [Sockeye.Server.Cluster.ClusterIdentity.NameOf(cluster[1].Server.NodeId)] : [], answers.MissingNodes);
        Assert.Equal(!isMissing, answers.IsComplete);
    }

    [Fact]
    public async Task Of_more_sockets_than_have_place_in_one_message_no_answer_comes_and_who_asked_is_told()
    {
        var result = new TaskCompletionSource<ReadOnlyMemory<byte>>();
        var collector = new NodeAckCollector(result, 1000);
        collector.Begin(1);
        for (var i = 0; i < 100; i++)
        {
            collector.Expect($"socket {i:00000}").Fail(AckStatus.TimedOut);
        }

        collector.PartDone();
        var body = await result.Task;
        Assert.InRange(body.Length, 1, 1000);
        var asking = new NodeAckCollector(new TaskCompletionSource<ReadOnlyMemory<byte>>(), 1000);
        Assert.False(NodeAckCollector.TryPass(body.Span, asking, new JsonPayloadCodec()));
    }

    [Fact]
    public void Answers_are_waited_for_as_long_as_a_timeout_may_be()
    {
        var cluster = Start(2, build: static builder => builder.Options.AckTimeout = TimeSpan.FromDays(1));
        var client = cluster[1].Connect();
        cluster[1].Received = static (_, e) => e.Answer("yes");
        cluster[1].Server.OnServerSide("load", static e => e.Ack(1));
        var clients = cluster[0].Server.EmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => clients.IsCompleted));
        Assert.Equal([new AckFrom<string>(client.Id!, "yes")], cluster.Await(clients).Answers);
        var servers = cluster[0].Server.ServerSideEmitWithAckAsync<int>("load");
        Assert.True(cluster.RunUntil(() => servers.IsCompleted));
        Assert.Equal(1, Assert.Single(cluster.Await(servers).Answers).Value);
    }

    [Fact]
    public void Answers_to_one_socket_of_another_server_and_to_nobody_come_at_once()
    {
        var (cluster, clients) = StartWithClients(3);
        cluster[2].Received = (_, e) => e.Answer("yes");
        var one = cluster.Await(cluster[0].Server.To(clients[2].Id!).EmitWithAckAsync<string>("who"));
        Assert.Equal(new AckFrom<string>(clients[2].Id!, "yes"), Assert.Single(one.Answers));
        Assert.True(one.IsComplete);
        var nobody = cluster[0].Server.To("nobody").EmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => nobody.IsCompleted));
        Assert.True(cluster.Await(nobody).IsComplete);
    }

    [Fact]
    public void A_server_that_was_killed_is_missing_at_once_and_one_that_is_cut_off_after_the_timeout()
    {
        var (cluster, _) = StartWithClients(3);
        var (killed, cut) = (cluster[0].Server.Cluster!.Nodes.Single(node => node.NodeId == cluster[1].Server.NodeId).Name, cluster[0].Server.Cluster!.Nodes.Single(node => node.NodeId == cluster[2].Server.NodeId).Name);
        cluster.Kill(1);
        var count = cluster[0].Server.CountAsync();
        Assert.True(cluster.RunUntil(() => count.IsCompleted));
        var counted = cluster.Await(count);
        Assert.Equal((2, killed), (counted.Count, Assert.Single(counted.MissingNodes)));
        cluster.Bus.Partition(["0"], ["2"]);
        var found = cluster.Await(cluster[0].Server.FetchSocketsAsync());
        Assert.Single(found);
        Assert.Equal(new[] { killed, cut }.Order(), found.MissingNodes.Order());
        var answers = cluster.Await(cluster[0].Server.Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<string>("who"));
        Assert.Contains(cut, answers.MissingNodes);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(4, 7, 0)]
    [InlineData(4, -7, 1)]
    [InlineData(3, 7, 1)]
    public async Task A_number_of_sockets_that_makes_no_sense_counts_nothing_and_its_server_is_missing(int bytes, int number, int missing)
    {
        var cluster = Start(1);
        cluster[0].Connect();
        var link = cluster.Bus.Connect("another");
        var port = new ClusterPort(link, new ClusterOptions(), new ClusterIdentity(99, 1), cluster[0].Time);
        await using var asked = await link.SubscribeAsync(port.Subjects.Node(99), (in BusMessage message) =>
            link.Publish(message.ReplyTo!, port.Whole("", port.Head(ClusterKind.Reply), [BitConverter.GetBytes(number).AsMemory(0, bytes)]), []));
        port.Send(port.Subjects.Common, port.Head(ClusterKind.Hello).Field(WireField.State, [(byte)1]), []);
        cluster.RunUntilIdle();
        var counted = cluster.Await(cluster[0].Server.CountAsync());
        Assert.Equal((missing == 0 ? 1 + (bytes == 4 ? number : 0) : 1, missing), (counted.Count, counted.MissingNodes.Count));
        var joined = cluster.Await(cluster[0].Server.SocketsJoinAsync("lobby"));
        Assert.Equal((counted.Count, missing), (joined.Count, joined.MissingNodes.Count));
    }

    [Fact]
    public async Task A_server_that_has_gone_just_before_it_is_asked_is_not_asked()
    {
        var cluster = Start(1);
        var (app, options) = (cluster[0], new ClusterOptions());
        var port = new ClusterPort(app.Context.Bus, options, new ClusterIdentity(1, 1), app.Time);
        var log = new ClusterLog(NullLogger.Instance, app.Time);
        var membership = new ClusterMembership(port, options, new ClusterState(port, options, log, app.Context.PoolContext), log, app.Time, isSetByHand: true);
        var calls = new NodeCalls(port, membership);
        membership.Members.Heard(77, 5, ClusterNodeState.Alive);
        var node = Assert.Single(calls.All);
        membership.Members.Heard(77, 6, ClusterNodeState.Alive);
        Assert.Null(await calls.AskAsync(node, () => port.Head(ClusterKind.Ping), default, TimeSpan.FromSeconds(1), CancellationToken.None));
        Assert.Equal(6, Assert.Single(calls.All).Incarnation);
    }

    [Fact]
    public void A_request_that_is_given_up_ends()
    {
        var (cluster, _) = StartWithClients(2);
        cluster.Bus.Partition(["0"], ["1"]);
        using var giveUp = new CancellationTokenSource();
        var found = cluster[0].Server.FetchSocketsAsync(giveUp.Token);
        cluster.RunUntilIdle();
        Assert.False(found.IsCompleted);
        giveUp.Cancel();
        Assert.True(cluster.RunUntil(() => found.IsCompleted));
        Assert.True(found.IsCanceled);
    }

    [Fact]
    public void Events_go_from_server_to_server_and_not_to_clients()
    {
        List<string> heard = [];
        var cluster = Start(3, server =>
        {
            server.OnServerSide("reload", e => Add(heard, $"{e.Node} {e.Get<string>()} {e.Get<byte[]>(1)!.Length}"));
            server.Of("/other").OnServerSide("reload", e => Add(heard, "other"));
        });
        var client = cluster[1].Connect();
        Assert.Equal(EmitResult.Accepted, cluster[0].Server.ServerSideEmit("reload", "now", new byte[3]));
        Assert.True(cluster.RunUntil(() => Count(heard) == 2));
        cluster[0].Server.Of("/other").ServerSideEmit("reload");
        Assert.True(cluster.RunUntil(() => Count(heard) == 4));
        var name = Sockeye.Server.Cluster.ClusterIdentity.NameOf(cluster[0].Server.NodeId);
        Assert.Equal([$"{name} now 3", $"{name} now 3", "other", "other"], heard);
        Assert.Equal(0, client.Pending);
    }

    [Fact]
    public void Servers_answer_each_other_and_who_does_not_is_missing()
    {
        var cluster = Start(3);
        cluster[1].Server.OnServerSide("load", e => e.Ack(e.Get<int>() + 1));
        var all = cluster.Await(cluster[0].Server.ServerSideEmitWithAckAsync<int>("load", 6));
        Assert.Equal(7, Assert.Single(all.Answers).Value);
        Assert.True(all.IsComplete);
        cluster[2].Server.OnServerSide("load", static _ => throw new InvalidOperationException("no"));
        all = cluster.Await(cluster[0].Server.ServerSideEmitWithAckAsync<int>("load", 6));
        Assert.Single(all.Answers);
        Assert.Single(all.MissingNodes);
        Assert.Single(cluster[2].HandlerErrors);
    }

    [Fact]
    public void Events_of_servers_wait_as_memory_and_those_that_find_none_are_refused_and_told()
    {
        var cluster = Start(2, build: static builder => builder.Options.Engine.MemoryBudgetBytes = 64 << 20);
        List<ClusterGap> gaps = [];
        cluster[1].Server.Cluster!.Gap += gaps.Add;
        using var go = Block(cluster, out var heard);
        var before = BufferCounters.HeldBytes;
        cluster[0].Server.ServerSideEmit("slow", new string('x', 100_000));
        cluster.RunUntilIdle();
        Assert.InRange(BufferCounters.HeldBytes - before, 100_000, 110_000);
        BufferCounters.Hold(63 << 20);
        try
        {
            cluster[0].Server.ServerSideEmit("slow");
            cluster.RunUntilIdle();
        }
        finally
        {
            BufferCounters.Hold(-(63 << 20));
        }

        Assert.Equal(new ClusterGap("/", ClusterIdentity.NameOf(cluster[0].Server.NodeId), 1, ClusterGapReason.Refused), Assert.Single(gaps));
        go.Set();
        Assert.True(cluster.RunUntil(() => Count(heard) == 2));
        Assert.Equal(before, BufferCounters.HeldBytes);
    }

    [Fact]
    public void As_many_events_of_servers_wait_as_the_limit_says_and_a_further_one_is_refused_and_told()
    {
        var cluster = Start(2);
        List<ClusterGap> gaps = [];
        cluster[1].Server.Cluster!.Gap += gaps.Add;
        using var go = Block(cluster, out var heard);
        for (var i = 0; i < ServerEvents.Most; i++)
        {
            cluster[0].Server.ServerSideEmit("slow");
        }

        cluster.RunUntilIdle();
        Assert.Empty(gaps);
        cluster[0].Server.ServerSideEmit("slow");
        cluster.RunUntilIdle();
        Assert.Equal(ClusterGapReason.Refused, Assert.Single(gaps).Reason);
        go.Set();
        Assert.True(cluster.RunUntil(() => Count(heard) == ServerEvents.Most + 1));
    }

    [Fact]
    public async Task A_server_alone_sends_to_no_server_and_nobody_answers()
    {
        await using var server = new SockeyeTestServer(static _ => { });
        Assert.Equal(EmitResult.Accepted, server.Server.ServerSideEmit("x", 1));
        Assert.True((await server.Server.ServerSideEmitWithAckAsync<int>("x")).IsComplete);
    }

    private static void Add(List<string> list, string text)
    {
        lock (list)
        {
            list.Add(text);
        }
    }

    private static int Count(List<string> list)
    {
        lock (list)
        {
            return list.Count;
        }
    }

    private (SockeyeTestCluster Cluster, SockeyeTestClient[] Clients) StartWithClients(int servers)
    {
        var cluster = Start(servers);
        SockeyeTestClient[] clients = [.. cluster.Servers.Select(server => server.Connect())];
        foreach (var client in clients)
        {
            client.Socket!.Join("lobby");
        }

        cluster.RunUntilIdle();
        return (cluster, clients);
    }

    private sealed record Answer(string Name, byte[] Bytes);

    /// <summary>The second server's handler of an event holds its thread until a test lets it, and has begun.</summary>
    private static ManualResetEventSlim Block(SockeyeTestCluster cluster, out List<string> heard)
    {
        var go = new ManualResetEventSlim();
        var hasBegun = false;
        var names = heard = [];
        cluster[1].Server.OnServerSide("slow", e =>
        {
            Volatile.Write(ref hasBegun, true);
            go.Wait();
            Add(names, e.Node);
        });
        cluster[0].Server.ServerSideEmit("slow");
        Assert.True(cluster.RunUntil(() => Volatile.Read(ref hasBegun)));
        return go;
    }
}
