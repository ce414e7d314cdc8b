using Sockeye.Cluster;
using Sockeye.Testing;
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
    public void A_server_without_such_sockets_does_not_listen_to_the_room()
    {
        var server = Start(static _ => { });
        server.Connect();
        _bus.Holds = Room;
        Assert.Equal(0, server.Await(server.Server.In("nobody").SocketsJoinAsync("lobby")).Count);
        Assert.Equal(0, _bus.Held);
    }

    private SockeyeTestServer Start(Action<SockeyeServer> configure) => _server = new SockeyeTestServer(configure, builder =>
    {
        builder.Bus = _bus;
        builder.UseCluster();
    });
}
