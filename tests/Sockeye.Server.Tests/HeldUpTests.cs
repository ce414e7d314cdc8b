using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>The process stood still longer than every deadline: what has arrived meanwhile is read before anybody is judged.</summary>
public sealed class HeldUpTests : ServerTest
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_acknowledgement_that_had_arrived_is_an_answer(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var client = app.Connect(loop: 1 % loops);
        var answer = client.Socket!.EmitWithAckAsync<string>("q");
        app.RunUntilIdle();
        client.Next("q").Answer("in time");
        app.Transport.HoldUp(Long);
        Assert.Equal("in time", app.Await(answer));
        app.Advance(TimeSpan.FromMinutes(2));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void An_acknowledgement_that_had_not_times_out_a_second_later()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var answer = client.Socket!.Timeout(TimeSpan.FromSeconds(5)).TryEmitWithAckAsync<string>("q", null);
        app.RunUntilIdle();
        app.Transport.HoldUp(Long);
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(0.999));
        Assert.False(answer.IsCompleted);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(AckStatus.TimedOut, app.Await(answer).Status);
    }

    [Fact]
    public void A_client_whose_CONNECT_had_arrived_is_admitted()
    {
        var app = Start(server => { });
        var client = app.Connect(joins: false);
        client.SendRaw("0");
        app.Transport.HoldUp(Long);
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(60));
        Assert.False(client.IsClosed);
        Assert.Equal(1, app.Server.Of("/").LocalCount);
    }

    [Fact]
    public void Attachments_that_had_arrived_are_taken_and_those_under_way_have_their_time_again_once()
    {
        var app = Start(server => server.On("x", (SockeyeSocket socket, byte[] a, byte[] b) => socket.Emit("sum", a.Length + b.Length)));
        const string Packet = "52-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
        var quick = app.Connect();
        var slow = app.Connect();
        var never = app.Connect();
        foreach (var client in new[] { quick, slow, never })
        {
            client.SendRaw(Packet);
            client.SendRaw([1]);
        }

        app.RunUntilIdle();
        quick.SendRaw([1, 2]);
        app.Transport.HoldUp(TimeSpan.FromSeconds(15));
        Assert.Equal(3, quick.Next<int>("sum"));
        app.Advance(TimeSpan.FromSeconds(10.9));
        slow.SendRaw([1, 2]);
        Assert.Equal(3, slow.Next<int>("sum"));
        Assert.True(never.IsConnected);
        app.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(never.IsConnected);
    }
}
