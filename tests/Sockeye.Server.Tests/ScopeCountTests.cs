using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Counting and treating the sockets of a scope, which is done in pieces.</summary>
public class ScopeCountTests : ServerTest
{
    [Theory, InlineData(1), InlineData(3)]
    public void Every_scope_counts_its_sockets_once(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var clients = Enumerable.Range(0, 7).Select(i => app.Connect(loop: i % loops)).ToArray();
        foreach (var (client, i) in clients.Select((client, i) => (client, i)))
        {
            client.Socket!.Join(i < 4 ? "a" : "b");
            if (i % 2 == 0)
            {
                client.Socket.Join("even");
            }
        }

        app.RunUntilIdle();
        var (first, server) = (clients[0].Socket!, app.Server);
        Assert.Equal(7, Count(server.CountAsync()));
        Assert.Equal(6, Count(first.Broadcast.CountAsync()));
        Assert.Equal(4, Count(server.In("a").CountAsync()));
        Assert.Equal(3, Count(first.To("a").CountAsync()));
        Assert.Equal(3, Count(first.To("b").CountAsync()));
        Assert.Equal(1, Count(server.In(first.Id).CountAsync()));
        Assert.Equal(0, Count(first.To(first.Id).CountAsync()));
        Assert.Equal(0, Count(server.In("nobody").CountAsync()));
        Assert.Equal(6, Count(server.In("a").In("even").CountAsync()));
        Assert.Equal(5, Count(first.To("a").To("even").CountAsync()));
        Assert.Equal(3, Count(server.Except("a").CountAsync()));
        Assert.Equal(2, Count(server.In("a").Except("even").CountAsync()));

        int Count(Task<SocketCount> count) => app.Await(count).Count;
    }

    [Fact]
    public void A_socket_that_has_gone_is_not_taken_off_the_count_of_its_rooms_a_second_time()
    {
        Task<SocketCount>? others = null;
        Task<SocketCount>? everybody = null;
        var app = Start(server => server.OnDisconnect((socket, _) => (others, everybody) = (socket.To("room").CountAsync(), socket.Broadcast.CountAsync())));
        SockeyeTestClient[] clients = [.. Enumerable.Range(0, 3).Select(_ => app.Connect())];
        app.Server.SocketsJoin("room");
        app.RunUntilIdle();
        clients[0].Close();
        app.RunUntilIdle();
        Assert.Equal(2, app.Await(others!).Count);
        Assert.Equal(2, app.Await(everybody!).Count);
    }

    [Fact]
    public void Of_more_sockets_than_a_piece_has_all_join_leave_and_are_disconnected()
    {
        const int Clients = 600;
        var app = Start(server => { });
        SockeyeTestClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => app.Connect())];
        app.Server.SocketsJoin("all");
        app.Server.To("all").Emit("x");
        app.RunUntilIdle();
        Assert.All(clients, client => Assert.Equal(1, client.Pending));
        app.Server.In("all").SocketsLeave("all");
        Assert.Equal(0, app.Await(app.Server.In("all").CountAsync()).Count);
        app.Server.DisconnectSockets();
        app.RunUntilIdle();
        Assert.All(clients, client => Assert.False(client.IsConnected));
    }
}
