using System.Text;
using Sockeye.Cluster;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Who has heard that it is connected, or that sockets have joined, misses nothing that other servers say from then on.</summary>
public sealed class FirstWordsTests : IAsyncLifetime
{
    private const string Wide = ".b.", Room = ".r.";

    private readonly HeldBus _bus = new();
    private SockeyeTestServer? _server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _bus.Release();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _bus.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_hears_that_it_is_connected_when_its_server_listens_to_the_namespace(bool hasMiddleware)
    {
        var server = Start(server =>
        {
            var game = server.Of("/game");
            game.On("a", static (SockeyeSocket socket) => { socket.Emit("b"); });
            if (hasMiddleware)
            {
                game.Use(static _ => ConnectResult.Accept);
            }
        });
        _bus.Holds = Wide;
        var client = server.Connect("/game");
        client.Emit("a");
        server.RunUntilIdle();
        Assert.Equal((false, 1), (client.IsConnected, _bus.Held));
        _bus.Release();
        Assert.True(server.RunUntil(() => client.IsConnected));
        client.Next("b");
        Assert.True(server.Connect("/game").IsConnected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Clients_of_every_loop_wait_for_the_same_subscription_over_WebSocket(int loops)
    {
        var server = Start(Answering, loops);
        _bus.Holds = Wide;
        SockeyeTestClient[] clients = [.. Enumerable.Range(0, 4).Select(i => server.Connect("/game", loop: i % loops))];
        Assert.All(clients, static client => Assert.False(client.IsConnected));
        Assert.Equal(1, _bus.Held);
        _bus.Release();
        Assert.True(server.RunUntil(() => clients.All(static client => client.IsConnected)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_client_that_polls_hears_it_no_sooner(int loops)
    {
        var server = Start(Answering, loops);
        _bus.Holds = Wide;
        var target = OpenPolling(server, loops - 1);
        Assert.StartsWith("HTTP/1.1 200 ", Text(Request(server, target, "40/game,", 0)), StringComparison.Ordinal);
        var poll = Request(server, target, null, loops / 2);
        Assert.Equal(("", 1), (Text(poll), _bus.Held));
        _bus.Release();
        Await(poll, "40/game,{\"sid\":");
        Assert.StartsWith("HTTP/1.1 200 ", Text(Request(server, target, "42/game,[\"a\"]", 0)), StringComparison.Ordinal);
        Await(Request(server, target, null, loops / 2), "42/game,[\"b\"]");

        void Await(MemoryPeer peer, string part)
        {
            var heard = "";
            Assert.True(server.RunUntil(() => (heard += Text(peer)).Contains(part, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(4, true)]
    [InlineData(4, false)]
    public void A_client_that_upgrades_meanwhile_hears_it_over_its_WebSocket(int loops, bool isHeldUntilAfter)
    {
        var server = Start(Answering, loops);
        _bus.Holds = Wide;
        var target = OpenPolling(server, loops - 1);
        Request(server, target, "40/game,", 0);
        var wire = new TestLink(server.Transport.Connect(loop: loops / 2), target.Replace("transport=polling", "transport=websocket", StringComparison.Ordinal));
        List<string> heard = [];
        Send("2probe");
        Assert.Equal(["3probe"], heard);
        Assert.Equal(1, _bus.Held);
        if (isHeldUntilAfter)
        {
            Send("5");
            Assert.Equal(["3probe"], heard);
            _bus.Release();
        }
        else
        {
            _bus.Release();
            Assert.True(server.RunUntil(() => server.Server.Of("/game").LocalCount == 1));
            Send("5");
        }

        Assert.True(server.RunUntil(() => Pump() == 2));
        Assert.StartsWith("40/game,{\"sid\":", heard[1], StringComparison.Ordinal);
        Send("42/game,[\"a\"]");
        Assert.Equal("42/game,[\"b\"]", heard[^1]);

        void Send(string text)
        {
            wire.Send(Encoding.ASCII.GetBytes(text), isBinary: false);
            server.RunUntilIdle();
            Pump();
        }

        int Pump()
        {
            wire.Pump((message, _) => heard.Add(Encoding.ASCII.GetString(message)));
            return heard.Count;
        }
    }

    [Fact]
    public void It_listens_to_the_rooms_of_the_middleware_and_to_the_user_as_well()
    {
        var server = Start(static server => server.Use(static socket =>
        {
            socket.Identity = new SocketIdentity("ann");
            socket.Join("lobby");
            return ConnectResult.Accept;
        }));
        _bus.Holds = Room;
        var client = server.Connect();
        Assert.Equal((false, 2), (client.IsConnected, _bus.Held));
        _bus.Release();
        Assert.True(server.RunUntil(() => client.IsConnected));
        Assert.Contains("lobby", client.Socket!.Rooms);
    }

    [Fact]
    public void A_bus_that_does_not_answer_keeps_nobody_out_for_longer_than_a_second()
    {
        var server = Start(static server => server.Of("/game"));
        _bus.Holds = Wide;
        var client = server.Connect("/game");
        server.Advance(TimeSpan.FromMilliseconds(990));
        Assert.False(client.IsConnected);
        server.Advance(TimeSpan.FromMilliseconds(10));
        Assert.True(server.RunUntil(() => client.IsConnected));
    }

    [Fact]
    public void A_bus_that_is_away_keeps_nobody_waiting()
    {
        var server = Start(static server => server.Of("/game"));
        _bus.Holds = Wide;
        _bus.IsAway = true;
        Assert.True(server.Connect("/game").IsConnected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_goes_meanwhile_was_never_there(bool byRejoining)
    {
        var connected = 0;
        var server = Start(server => server.Of("/game").OnConnection(_ => connected++));
        _bus.Holds = Wide;
        var client = server.Connect("/game");
        if (byRejoining)
        {
            client.Disconnect();
        }
        else
        {
            client.Close();
        }

        server.RunUntilIdle();
        _bus.Release();
        var next = server.Connect("/game");
        Assert.True(server.RunUntil(() => next.IsConnected));
        Assert.Equal(1, connected);
    }

    [Fact]
    public void Who_waits_until_sockets_have_joined_waits_until_their_server_listens_to_the_room()
    {
        var server = Start(static _ => { });
        var client = server.Connect();
        _bus.Holds = Room;
        var joining = server.Server.In(client.Id!).SocketsJoinAsync("lobby");
        Assert.True(server.RunUntil(() => _bus.Held == 1));
        Assert.Contains("lobby", client.Socket!.Rooms);
        Assert.False(joining.IsCompleted);
        _bus.Release();
        Assert.Equal(1, server.Await(joining).Count);
    }

    [Fact]
    public void Sockets_of_four_loops_join_together_and_their_server_listens_to_the_room_once()
    {
        var server = Start(static _ => { }, loops: 4);
        SockeyeTestClient[] clients = [.. Enumerable.Range(0, 4).Select(i => server.Connect(loop: i))];
        _bus.Holds = Room;
        var joining = server.Server.SocketsJoinAsync("lobby");
        Assert.True(server.RunUntil(() => _bus.Held == 1 && clients.All(static client => client.Socket!.Rooms.Contains("lobby"))));
        Assert.False(joining.IsCompleted);
        _bus.Release();
        Assert.Equal(4, server.Await(joining).Count);
        Assert.Equal(0, _bus.Held);
    }

    [Fact]
    public void A_server_without_such_sockets_does_not_listen_to_the_room()
    {
        var server = Start(static _ => { });
        server.Connect();
        _bus.Holds = Room;
        Assert.Equal(0, server.Await(server.Server.In("nobody").SocketsJoinAsync("lobby")).Count);
        Assert.Equal(0, _bus.Held);
    }

    private static void Answering(SockeyeServer server) => server.Of("/game").On("a", static (SockeyeSocket socket) => { socket.Emit("b"); });

    private static string OpenPolling(SockeyeTestServer server, int loop)
    {
        const string Target = "/socket.io/?EIO=4&transport=polling";
        return $"{Target}&sid={Text(Request(server, Target, null, loop)).Split("\"sid\":\"")[1].Split('"')[0]}";
    }

    /// <summary>A poll, or a POST of what is said; each on a connection of its own, which may be another loop's.</summary>
    private static MemoryPeer Request(SockeyeTestServer server, string target, string? body, int loop)
    {
        var peer = server.Transport.Connect(loop: loop);
        peer.Send(Encoding.ASCII.GetBytes($"{(body is null ? "GET" : "POST")} {target} HTTP/1.1\r\nHost: test\r\n{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}"));
        server.RunUntilIdle();
        return peer;
    }

    private static string Text(MemoryPeer peer) => Encoding.ASCII.GetString(peer.Receive());

    private SockeyeTestServer Start(Action<SockeyeServer> configure, int loops = 1) => _server = new SockeyeTestServer(
        configure,
        builder =>
        {
            builder.Bus = _bus;
            builder.UseCluster();
        },
        loops);
}
