using Microsoft.Extensions.Logging;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public sealed class DrainTests : ServerTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Clients_are_told_one_after_the_other_over_the_time(int loops)
    {
        var reasons = new List<string>();
        var app = Start(server => server.OnDisconnect((_, why) => reasons.Add(why.Text)), loops: loops);
        var clients = Connect(app, 4 * loops, loops);
        var drained = app.Server.DrainAsync(TimeSpan.FromMilliseconds(20));
        for (var told = 1; told <= 4; told++)
        {
            AssertTold(app, clients, told * loops);
            Assert.Equal(told * loops, reasons.Count);
            app.Advance(TimeSpan.FromMilliseconds(4));
            Assert.Equal(told * loops, clients.Count(client => client.IsClosed));
            app.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.All(reasons, static reason => Assert.Equal("server shutting down", reason));
        Assert.True(app.RunUntil(() => drained.IsCompletedSuccessfully));
    }

    [Fact]
    public void A_few_clients_are_told_at_100_each_second_however_long_the_time_is()
    {
        var app = Start(static _ => { });
        var clients = Connect(app, 3, loops: 1);
        var drained = app.Server.DrainAsync();
        AssertTold(app, clients, 1);
        app.Advance(TimeSpan.FromMilliseconds(19));
        Assert.Equal(2, clients.Count(client => client.IsClosed));
        app.Advance(TimeSpan.FromMilliseconds(1));
        Assert.All(clients, static client => Assert.True(client.IsClosed));
        Assert.True(app.RunUntil(() => drained.IsCompletedSuccessfully));
    }

    [Fact]
    public void A_hurry_without_clients_loses_nothing_and_says_nothing()
    {
        var log = new RecordedLog();
        var app = Start(static _ => { }, builder => builder.LoggerFactory = log);
        var drained = app.Server.DrainAsync(TimeSpan.FromSeconds(30), new CancellationToken(canceled: true));
        Assert.True(app.RunUntil(() => drained.IsCompletedSuccessfully));
        Assert.DoesNotContain(log.Lines, static line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public void A_stop_in_a_hurry_does_not_wait_for_clients_that_do_not_answer()
    {
        var app = Start(static _ => { }, static builder => builder.Options.StopTimeout = TimeSpan.FromHours(1));
        app.Connect().Cut();
        using var hurry = new CancellationTokenSource();
        var stop = app.Server.StopAsync(hurry.Token);
        app.RunUntilIdle();
        Assert.False(stop.IsCompleted);
        hurry.Cancel();
        Assert.True(app.RunUntil(() => stop.IsCompletedSuccessfully));
    }

    [Fact]
    public void What_is_there_goes_on_until_it_is_told_and_nobody_new_is_taken()
    {
        var app = Start(static server => server.OnWithAck("echo", static (string text) => text));
        var clients = Connect(app, 2, loops: 1);
        var kept = app.Transport.Connect();         // a connection that was there before, without a session
        app.RunUntilIdle();
        var drained = app.Server.DrainAsync(TimeSpan.FromSeconds(30));
        AssertTold(app, clients, 1);
        Assert.True(clients[0].IsClosed);
        Assert.Equal("still here", clients[1].Call<string>("echo", "still here"));
        kept.Send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        app.RunUntilIdle();
        Assert.StartsWith("HTTP/1.1 503 ", System.Text.Encoding.ASCII.GetString(kept.Receive()), StringComparison.Ordinal);
        app.Advance(TimeSpan.FromMilliseconds(10));
        Assert.True(clients[1].IsClosed);
        Assert.True(app.RunUntil(() => drained.IsCompletedSuccessfully));
    }

    [Fact]
    public void A_drain_that_is_cancelled_tells_the_rest_at_once()
    {
        var app = Start(static _ => { });
        var clients = Connect(app, 50, loops: 1);
        using var hurry = new CancellationTokenSource();
        var drained = app.Server.DrainAsync(TimeSpan.FromSeconds(30), hurry.Token);
        AssertTold(app, clients, 1);
        hurry.Cancel();
        Assert.True(app.RunUntil(() => drained.IsCompletedSuccessfully));
        Assert.All(clients, static client => Assert.True(client.IsClosed));
    }

    [Fact]
    public void Without_clients_it_just_stops_and_a_second_call_is_the_same_task()
    {
        var app = Start(static _ => { });
        var drained = app.Server.DrainAsync();
        Assert.Same(drained, app.Server.DrainAsync(TimeSpan.Zero));
        Assert.True(app.RunUntil(() => drained.IsCompletedSuccessfully));
    }

    [Fact]
    public void The_time_has_a_range()
    {
        var app = Start(static _ => { });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = app.Server.DrainAsync(TimeSpan.FromSeconds(-1)); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = app.Server.DrainAsync(TimeSpan.FromHours(1.1)); });
        Assert.Contains(new SockeyeServerOptions { DrainTime = TimeSpan.FromHours(2) }.Validate(), static fault => fault == "DrainTime is 02:00:00; it must be 00:00:00 to 01:00:00.");
    }

    // The listeners are closed first, which goes through the thread pool.
    private static void AssertTold(SockeyeTestServer app, SockeyeTestClient[] clients, int count)
    {
        Assert.True(app.RunUntil(() => clients.Count(client => client.IsClosed) >= count));
        Assert.Equal(count, clients.Count(client => client.IsClosed));
    }

    private static SockeyeTestClient[] Connect(SockeyeTestServer app, int count, int loops) => [.. Enumerable.Range(0, count).Select(i => app.Connect(loop: i % loops))];
}
