using Sockeye.Plugins;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>The server of applications' own tests: it may run for long.</summary>
public sealed class TestServerTests : ServerTest
{
    [Theory]
    [InlineData(SockeyeTestServer.HandlerErrorsKept, 0)]
    [InlineData(SockeyeTestServer.HandlerErrorsKept + 1, 1)]
    public void The_newest_failures_of_handlers_are_kept_and_all_are_counted(int failures, int first)
    {
        var app = Start(server => server.On("fail", void (int number) => throw new InvalidOperationException($"{number}")));
        var client = app.Connect();
        for (var i = 0; i < failures; i++)
        {
            client.Emit("fail", i);
            app.RunUntilIdle();
        }

        Assert.Equal(failures, app.HandlerErrorCount);
        Assert.Equal(SockeyeTestServer.HandlerErrorsKept, app.HandlerErrors.Count);
        Assert.Equal($"{first}", app.HandlerErrors[0].Exception.Message);
        Assert.Equal($"{failures - 1}", app.HandlerErrors[^1].Exception.Message);
    }

    [Theory]
    [InlineData("/", 1)]
    [InlineData("/game", 2)]
    [InlineData("/match-7", 3)]
    public void Failures_are_kept_of_every_namespace(string nsp, int number)
    {
        var app = Start(server =>
        {
            server.On("fail", void () => throw new InvalidOperationException("1"));
            server.Of("/game").On("fail", void () => throw new InvalidOperationException("2"));
            server.Of("/match-{id}").On("fail", void () => throw new InvalidOperationException("3"));
        });
        app.Connect(nsp).Emit("fail");
        app.RunUntilIdle();
        Assert.Equal($"{number}", Assert.Single(app.HandlerErrors).Exception.Message);
    }

    [Fact]
    public void A_listener_of_failures_that_fails_is_not_told_for_ever()
    {
        var app = Start(server =>
        {
            server.OnHandlerError(void (HandlerError _) => throw new InvalidOperationException("again"));
            server.On("fail", void () => throw new InvalidOperationException("once"));
        });
        app.Connect().Emit("fail");
        app.RunUntilIdle();
        Assert.Equal("once", Assert.Single(app.HandlerErrors).Exception.Message);
    }

    [Fact]
    public void A_call_of_a_refused_client_ends_at_once_and_says_why()
    {
        var app = Start(server => { });
        Assert.Equal(
            "The server has not answered \"add\": the client was refused with \"Invalid namespace\".",
            Assert.Throws<TimeoutException>(() => app.Connect("/gmae").Call<int>("add")).Message);
    }

    [Fact]
    public void What_has_not_arrived_is_told_also_where_nothing_has()
    {
        var app = Start(server => server.On("three", (SockeyeSocket socket) => socket.Emit("one")));
        var client = app.Connect();
        Assert.Equal("No event \"two\" has arrived; nothing waits to be taken.", Assert.Throws<InvalidOperationException>(() => client.Next("two")).Message);
        client.Emit("three");
        Assert.Equal("No event \"two\" has arrived; waiting: one.", Assert.Throws<InvalidOperationException>(() => client.Next("two")).Message);
    }

    [Theory]
    [InlineData("ad", "nobody listens to it in /; is \"add\" meant?")]
    [InlineData("xyz", "nobody listens to it in /.")]
    [InlineData("join", "nobody listens to it in /: its handler is registered in /game")]
    [InlineData("fail", "InvalidOperationException: no")]
    [InlineData("wait", "its handler gives none, or waits for the clock (Advance) or for another client.")]
    public void Why_a_call_got_no_answer_is_told(string name, string reason)
    {
        var app = Start(server =>
        {
            server.OnWithAck("add", () => 1);
            server.OnWithAck("fail", int () => throw new InvalidOperationException("no"));
            server.On("wait", () => { });
            server.Of("/game").OnWithAck("join", () => 1);
        });
        var client = app.Connect();
        client.Emit(name);
        app.RunUntilIdle();
        Assert.Contains(reason, NoAnswer.Reason(app.HandlerErrors, client, name), StringComparison.Ordinal);
    }

    [Fact]
    public void The_clock_of_the_test_is_that_of_timers_and_of_plugins()
    {
        TimeProvider? ofPlugin = null;
        var app = Start(server => { }, builder => builder.AddPlugin(new ClockPlugin(time => ofPlugin = time)));
        Assert.Same(app.Time, ofPlugin);
        Assert.NotEqual(0, app.Time.GetTimestamp());
        var start = (Utc: app.Time.GetUtcNow(), Stamp: app.Time.GetTimestamp());
        var ticks = new List<double>();
        using var timer = app.Time.CreateTimer(_ => ticks.Add(app.Time.GetElapsedTime(start.Stamp).TotalSeconds), null, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2));
        var delay = Task.Delay(TimeSpan.FromSeconds(6), app.Time);
        app.Advance(TimeSpan.FromSeconds(5.5));
        Assert.Equal([3, 5], ticks);
        Assert.False(delay.IsCompleted);
        timer.Change(TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);
        app.Advance(TimeSpan.FromHours(1));
        Assert.Equal([3, 5, 9.5], ticks);
        Assert.True(delay.IsCompletedSuccessfully);
        Assert.Equal(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(5.5), app.Time.GetUtcNow() - start.Utc);
        timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        timer.Dispose();
        app.Advance(TimeSpan.FromSeconds(5));
        Assert.False(timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        Assert.Equal(3, ticks.Count);
    }

    [Fact]
    public void What_a_callback_of_a_timer_throws_is_among_the_failures_and_the_next_one_comes()
    {
        var app = Start(server => { });
        var calls = 0;
        using var timer = app.Time.CreateTimer(_ => throw new InvalidOperationException($"{++calls}"), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["1", "2"], app.HandlerErrors.Select(error => error.Exception.Message));
    }

    [Fact]
    public void A_periodic_timer_of_the_application_goes_with_the_clock_of_the_test()
    {
        var app = Start(server => { });
        var client = app.Connect();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), app.Time);
        var ticking = TickAsync();
        for (var i = 1; i <= 3; i++)
        {
            app.Advance(TimeSpan.FromSeconds(1));
            Assert.True(app.RunUntil(() => client.Pending == i));
        }

        timer.Dispose();
        app.Await(ticking);

        async Task<bool> TickAsync()
        {
            while (await timer.WaitForNextTickAsync())
            {
                app.Server.Emit("tick");
            }

            return true;
        }
    }

    private sealed class ClockPlugin(Action<TimeProvider> started) : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            started(context.Time);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
