using Sockeye.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Subscriptions that the bus has not let hold yet, as while it is away, or that fail: nobody waits for them who need not, and nothing comes twice.</summary>
public sealed class PendingSubscriptionTests : IAsyncLifetime
{
    private const string Room = ".r.";

    private readonly HeldBus _bus = new();
    private readonly List<SockeyeTestServer> _servers = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _bus.Release();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
            Assert.Equal(0, server.Context.Faults);
        }

        await _bus.DisposeAsync();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public void A_server_stops_without_waiting_for_them(int exactRooms)
    {
        var server = Start(exactRooms);
        var client = server.Connect();
        _bus.Holds = Room;
        var joining = client.Socket!.JoinAsync("lobby");
        Assert.True(server.RunUntil(() => _bus.Held == 1));
        var stop = server.Server.StopAsync();
        Assert.True(server.RunUntil(() => stop.IsCompleted, server.Context.StopTimeout / 2));
        Assert.True(server.RunUntil(() => joining.IsCompletedSuccessfully));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public void A_room_that_is_joined_again_while_the_subscription_before_is_pending_is_heard_once(int exactRooms)
    {
        var here = Start(exactRooms);
        var there = Start(exactRooms);
        var client = there.Connect();
        (_bus.Holds, _bus.HoldsBehind) = (Room, true);
        client.Socket!.Join("lobby");
        Assert.True(there.RunUntil(() => _bus.Held == 1));
        client.Socket.Leave("lobby");

        // What comes behind it has been noted, and so has that.
        client.Socket.Join("other");
        Assert.True(there.RunUntil(() => _bus.Held == 2));
        for (var seconds = 0; seconds < 32; seconds++)
        {
            here.Advance(TimeSpan.FromSeconds(1));
            there.Advance(TimeSpan.FromSeconds(1));
        }

        client.Socket.Join("lobby");
        Assert.True(there.RunUntil(() => _bus.Held == 3));
        here.Server.To("lobby").Emit("a", 1);
        here.Server.To("lobby").Emit("a", 2);
        Assert.True(there.RunUntil(() => client.Pending >= 2));
        _bus.Release();
        here.Server.To("lobby").Emit("a", 3);
        Assert.True(there.RunUntil(() => client.Pending >= 3));
        Assert.Equal([1, 2, 3], client.Events.Where(static e => e.Name == "a").Select(static e => e.Get<int>()));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task Who_joins_a_room_is_told_of_one_that_fails_for_whatever_reason_and_it_is_tried_again(int exactRooms)
    {
        var server = Start(exactRooms);
        var client = server.Connect();
        _bus.Fails = Room;
        var joining = client.Socket!.JoinAsync("lobby");
        Assert.True(server.RunUntil(() => joining.IsCompleted));
        var told = await Assert.ThrowsAsync<BusException>(() => joining);
        Assert.False(told.IsFinal);
        Assert.Contains("The connection has been reset.", told.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Server.Cluster!.Unheard);
        _bus.Fails = null;
        server.Advance(TimeSpan.FromSeconds(1));
        Assert.True(server.RunUntil(() => server.Server.Cluster.Unheard == 0));
        await client.Socket.JoinAsync("lobby");
    }

    [Fact]
    public void One_that_fails_when_nobody_waits_any_more_leaves_no_exception_that_nobody_has_seen()
    {
        var unseen = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs e) => unseen += e.Exception.InnerExceptions.Count(static inner => inner is BusException or IOException);
        var server = Start(100);
        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            GiveUp(server);
            Assert.True(server.RunUntil(() => server.Server.Cluster!.Unheard == 2));
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Assert.Equal(0, Volatile.Read(ref unseen));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
        }
    }

    /// <summary>A client waits for its namespace, and a caller for a room, as long as they do; then both fail.</summary>
    private void GiveUp(SockeyeTestServer server)
    {
        _bus.Holds = "sockeye.data";
        var client = server.Connect();
        server.Advance(TimeSpan.FromSeconds(1));
        Assert.True(server.RunUntil(() => client.IsConnected));
        using var enough = new CancellationTokenSource();
        var joining = client.Socket!.JoinAsync("lobby", enough.Token);
        Assert.True(server.RunUntil(() => _bus.Held == 2));
        enough.Cancel();
        Assert.True(server.RunUntil(() => joining.IsCanceled));
        _bus.Fails = "sockeye.data";
        _bus.Release();
    }

    private SockeyeTestServer Start(int exactRooms)
    {
        var server = new SockeyeTestServer(static _ => { }, builder =>
        {
            builder.Bus = _bus;
            builder.UseCluster(new ClusterOptions { ExactRooms = exactRooms });
        });
        _servers.Add(server);
        return server;
    }
}
