using System.Diagnostics.Metrics;
using Sockeye.Server.Common;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

public class GameLoopTickTests : ServerTest
{
    private readonly List<Tick> _ticks = [];

    [Fact]
    public void Ticks_come_at_their_rate_on_the_hand_driven_clock()
    {
        GameLoop? loop = null;
        var app = Start(server =>
        {
            loop = server.CreateLoop("arena", 20);
            loop.OnTick(_ticks.Add);
        });
        app.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Empty(_ticks);
        app.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Single(_ticks);
        app.Advance(TimeSpan.FromMilliseconds(950));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), _ticks.Select(tick => tick.Number));
        Assert.All(_ticks, tick => Assert.Equal((TimeSpan.FromMilliseconds(50), TimeSpan.Zero, 0L), (tick.Elapsed, tick.Late, tick.Skipped)));
        Assert.Equal((20, 0), (loop!.Ticks, loop.SkippedTicks));
        Assert.Equal(("arena", 20.0, false), (loop.Name, loop.TicksPerSecond, loop.IsCurrent));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(128)]
    [InlineData(1000)]
    public void The_schedule_does_not_drift(double rate)
    {
        var app = Start(server => server.CreateLoop("arena", rate).OnTick(_ticks.Add));
        app.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal((long)(100 * rate), _ticks.Count);
        Assert.Equal(TimeSpan.FromSeconds(100), TimeSpan.FromTicks(_ticks.Sum(tick => tick.Elapsed.Ticks)));
        Assert.All(_ticks, tick => Assert.Equal(TimeSpan.Zero, tick.Late));
    }

    [Fact]
    public void A_late_tick_says_how_late_and_the_next_one_is_on_time()
    {
        var app = Start(server => server.CreateLoop("arena", 20).OnTick(_ticks.Add));
        app.Transport.HoldUp(TimeSpan.FromMilliseconds(80));
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal([(1, 30), (2, 0)], _ticks.Select(tick => ((int)tick.Number, (int)tick.Late.TotalMilliseconds)));
        Assert.Equal([0, 0], _ticks.Select(tick => tick.Skipped));
    }

    [Theory]
    [InlineData(99, 1, 49, 0)]
    [InlineData(100, 2, 0, 1)]
    [InlineData(275, 5, 25, 4)]
    [InlineData(3_600_000, 72_000, 0, 71_999)]
    public void Missed_ticks_are_skipped_and_counted_and_never_run_in_a_burst(int heldUp, int number, int late, int skipped)
    {
        GameLoop? loop = null;
        var app = Start(server =>
        {
            loop = server.CreateLoop("arena", 20);
            loop.OnTick(_ticks.Add);
        });
        app.Transport.HoldUp(TimeSpan.FromMilliseconds(heldUp));
        app.RunUntilIdle();
        var tick = Assert.Single(_ticks);
        Assert.Equal((number, late, skipped), (tick.Number, tick.Late.TotalMilliseconds, tick.Skipped));
        Assert.Equal(50.0 * number, tick.Elapsed.TotalMilliseconds);
        Assert.Equal((1, skipped), (loop!.Ticks, loop.SkippedTicks));
        app.Advance(TimeSpan.FromMilliseconds(50 - late));
        Assert.Equal(2, _ticks.Count);
        Assert.Equal((number + 1, 50.0, 0), (_ticks[1].Number, _ticks[1].Elapsed.TotalMilliseconds, _ticks[1].Skipped));
    }

    [Fact]
    public void Ticks_and_skipped_ticks_are_counted_by_loop()
    {
        Dictionary<string, long> counts = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == SockeyeMetrics.MeterName && instrument.Name.StartsWith("sockeye.ticks", StringComparison.Ordinal))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = $"{instrument.Name} {tags[0].Value}";
            counts[key] = counts.GetValueOrDefault(key) + value;
        });
        listener.Start();
        var app = Start(server => server.CreateLoop("arena", 20));
        app.Transport.HoldUp(TimeSpan.FromMilliseconds(275));
        app.Advance(TimeSpan.FromMilliseconds(25));
        Assert.Equal((2, 4), (counts["sockeye.ticks arena"], counts["sockeye.ticks.skipped arena"]));
    }

    [Fact]
    public void A_tick_handler_that_throws_is_reported_and_neither_the_others_nor_the_next_tick_are_lost()
    {
        var app = Start(server =>
        {
            var loop = server.CreateLoop("arena", 20);
            loop.OnTick(_ => throw new InvalidOperationException("broken"));
            loop.OnTick(_ticks.Add);
        });
        app.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, _ticks.Count);
        Assert.Equal(2, app.HandlerErrors.Count);
        Assert.All(app.HandlerErrors, error => Assert.Equal((HandlerKind.Tick, "broken"), (error.Kind, error.Exception.Message)));
        Assert.Null(app.HandlerErrors[0].Socket);
    }

    [Fact]
    public void A_tick_handler_that_is_disposed_is_not_called_any_more()
    {
        EventRegistration? registration = null;
        var app = Start(server => registration = server.CreateLoop("arena", 20).OnTick(_ticks.Add));
        app.Advance(TimeSpan.FromMilliseconds(50));
        registration!.Dispose();
        app.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Single(_ticks);
    }

    [Fact]
    public void Posted_work_runs_on_the_loop_in_order_and_what_it_throws_is_reported()
    {
        List<string> calls = [];
        GameLoop? loop = null;
        var app = Start(server => loop = server.CreateLoop("arena", 20));
        Assert.True(loop!.Post(1, i => calls.Add($"{i} {loop.IsCurrent}")));
        Assert.True(loop.Post(2, i => throw new InvalidOperationException("broken")));
        Assert.True(loop.Post(3, i => calls.Add($"{i} {loop.IsCurrent}")));
        Assert.Empty(calls);
        app.RunUntilIdle();
        Assert.Equal(["1 True", "3 True"], calls);
        var error = Assert.Single(app.HandlerErrors);
        Assert.Equal((HandlerKind.Other, "broken"), (error.Kind, error.Exception.Message));
        Assert.False(loop.IsCurrent);
    }

    [Fact]
    public void A_server_has_at_most_64_loops_and_an_ended_one_makes_room()
    {
        var app = Start(server => { });
        var loops = Enumerable.Range(0, GameLoop.MaxLoops).Select(i => app.Server.CreateLoop($"loop {i}", 1)).ToArray();
        Assert.Throws<InvalidOperationException>(() => app.Server.CreateLoop("one more", 1));
        var end = loops[7].DisposeAsync().AsTask();
        Assert.True(app.RunUntil(() => end.IsCompleted));
        app.Server.CreateLoop("one more", 1).OnTick(_ticks.Add);
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(_ticks);
        Assert.Equal((0, 1), (loops[7].Ticks, loops[8].Ticks));
    }

    [Fact]
    public void Names_are_short_and_of_one_loop_each()
    {
        var app = Start(server => { });
        app.Server.CreateLoop(new string('a', GameLoop.MaxNameLength), 1);
        Assert.Throws<ArgumentException>(() => app.Server.CreateLoop(new string('a', GameLoop.MaxNameLength), 1));
        Assert.Throws<ArgumentException>(() => app.Server.CreateLoop(new string('b', GameLoop.MaxNameLength + 1), 1));
        Assert.Throws<ArgumentException>(() => app.Server.CreateLoop(" ", 1));
        Assert.Throws<ArgumentNullException>(() => app.Server.CreateLoop(null!, 1));
    }

    [Theory]
    [InlineData(GameLoop.MinTicksPerSecond, true)]
    [InlineData(GameLoop.MaxTicksPerSecond, true)]
    [InlineData(0.0099, false)]
    [InlineData(1000.1, false)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void Rates_have_a_range(double rate, bool isValid)
    {
        var app = Start(server => { });
        if (isValid)
        {
            Assert.Equal(rate, app.Server.CreateLoop("arena", rate).TicksPerSecond);
        }
        else
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => app.Server.CreateLoop("arena", rate));
        }
    }

    [Fact]
    public async Task A_stopped_server_makes_no_loops_and_its_loops_take_no_work()
    {
        GameLoop? loop = null;
        var app = Start(server => loop = server.CreateLoop("arena", 20));
        await app.DisposeAsync();
        Assert.Throws<InvalidOperationException>(() => app.Server.CreateLoop("late", 1));
        Assert.False(loop!.Post(1, _ => { }));
    }

    [Fact]
    public async Task A_loop_on_a_thread_of_its_own_ticks_and_runs_posted_work_there()
    {
        await using var server = SockeyeServerFactory.Build(builder => builder.Options.Transport = TransportKind.Portable);
        var loop = server.CreateLoop("arena", 200);
        var ticks = new TaskCompletionSource<string?>();
        var posts = new TaskCompletionSource<string?>();
        loop.OnTick(tick =>
        {
            Assert.True(tick.Late < tick.Elapsed, $"tick {tick.Number} was {tick.Late} late");
            if (loop.Ticks == 10)
            {
                ticks.TrySetResult(Thread.CurrentThread.Name);
            }
        });
        var failed = new TaskCompletionSource<Exception>();
        server.OnHandlerError(error => failed.TrySetResult(error.Exception));
        Assert.True(loop.Post(posts, done => done.SetResult(Thread.CurrentThread.Name)));
        Assert.Equal("sockeye-arena", await posts.Task.WaitAsync(RealClient.Patience));
        Assert.Equal("sockeye-arena", await ticks.Task.WaitAsync(RealClient.Patience));
        Assert.False(failed.Task.IsCompleted);
        await loop.DisposeAsync();
        Assert.False(loop.Post(1, _ => { }));
    }
}
