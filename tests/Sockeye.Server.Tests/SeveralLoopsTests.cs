using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Members of one room on several loops, driven by one thread; other threads emit and move them.</summary>
public class SeveralLoopsTests : ServerTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Every_member_gets_each_broadcast_of_its_membership_once_and_in_order_while_others_join_and_leave(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var clients = Enumerable.Range(0, 8).Select(i => app.Connect(loop: i % loops)).ToArray();
        var storm = new RoomStorm(app.Server.Of("/"), [.. clients[..4].Select(client => client.Id!)], [.. clients[4..].Select(client => client.Id!)]);
        var run = storm.RunAsync();
        Assert.True(app.RunUntil(() => run.IsCompleted, TimeSpan.FromSeconds(60)));
        await run;
        app.RunUntilIdle();
        storm.Check([.. clients[..4].Select(Received)], [.. clients[4..].Select(Received)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Members_on_every_loop_answer_a_broadcast_and_those_that_go_are_missing(int loops)
    {
        var app = Start(server => server.OnConnection(socket => socket.Join("room")), loops: loops);
        var clients = Enumerable.Range(0, 8).Select(i => app.Connect(loop: i % loops)).ToArray();
        var silent = clients[5];
        app.Received = (client, e) =>
        {
            if (client == silent)
            {
                client.Reset();
            }
            else
            {
                e.Answer(Array.IndexOf(clients, client));
            }
        };
        var answers = app.Await(app.Server.To("room").EmitWithAckAsync<int>("ask"));
        Assert.Equal([0, 1, 2, 3, 4, 6, 7], answers.Answers.Select(answer => answer.Value).Order());
        Assert.Equal([silent.Id!], answers.Missing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Members_that_are_disconnected_in_a_storm_take_nothing_with_them(int loops)
    {
        var app = Start(server => server.OnConnection(socket => socket.Join("room")), loops: loops);
        var clients = Enumerable.Range(0, 16).Select(i => app.Connect(loop: i % loops)).ToArray();
        var storm = Task.WhenAll(Enumerable.Range(0, 3).Select(publisher => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    app.Server.To("room").Emit("m", publisher, i);
                    if (i % 50 == 0)
                    {
                        app.Server.Of("/").Find(clients[publisher * 4 + i / 250].Id!)?.Disconnect(close: i % 100 == 0);
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        clients[12].Reset();
        clients[13].Close();
        clients[14].Disconnect();
        Assert.True(app.RunUntil(() => storm.IsCompleted, TimeSpan.FromSeconds(60)));
        app.RunUntilIdle();
        var left = clients.Where(client => client.IsConnected).ToArray();
        Assert.Equal(16 - 3 - 6, left.Length);
        Assert.Equal(left.Length, app.Server.Of("/").LocalCount);
        foreach (var client in left)
        {
            for (var publisher = 0; publisher < 3; publisher++)
            {
                Assert.Equal(Enumerable.Range(0, 500), Received(client).Where(e => e.A == publisher).Select(e => e.B));
            }
        }
    }

    private static IReadOnlyList<(string Name, int A, int B)> Received(SockeyeTestClient client) =>
        [.. client.Events.Select(e => (e.Name, e.Get<int>(), e.Get<int>(1)))];
}
