using Sockeye.Transport.Loops;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>When the watch names a loop that does not come back; its clock is driven by hand.</summary>
public sealed class LoopWatchTests
{
    [Fact]
    public void A_turn_is_named_when_it_has_lasted_as_long_as_the_threshold_and_not_before()
    {
        var loop = new FakeLoop(TimeSpan.FromMilliseconds(500)) { RunningTurn = 1 };
        var entry = new LoopWatch.Entry(loop);
        entry.Look(1000, wasHeldUp: false);
        entry.Look(1499, wasHeldUp: false);
        Assert.Empty(loop.Told);
        entry.Look(1500, wasHeldUp: false);
        Assert.Equal([(500, true)], loop.Told);
        entry.Look(4999, wasHeldUp: false);
        Assert.Single(loop.Told);
        entry.Look(5000, wasHeldUp: false);
        Assert.Equal([(500, true), (4000, false)], loop.Told);
    }

    [Fact]
    public void A_loop_that_sleeps_or_begins_another_turn_and_a_watch_that_was_late_itself_name_nobody()
    {
        var loop = new FakeLoop(TimeSpan.FromMilliseconds(500));
        var entry = new LoopWatch.Entry(loop);
        entry.Look(1000, wasHeldUp: false);
        entry.Look(9000, wasHeldUp: false);
        loop.RunningTurn = 1;
        entry.Look(9200, wasHeldUp: false);
        loop.RunningTurn = 2;
        entry.Look(9800, wasHeldUp: false);
        entry.Look(10_200, wasHeldUp: false);
        entry.Look(20_000, wasHeldUp: true);
        entry.Look(20_400, wasHeldUp: false);
        Assert.Empty(loop.Told);
    }

    [Fact]
    public void A_process_that_was_stopped_or_that_compiles_has_held_its_loops_and_no_handler_has()
    {
        var look = LoopWatch.Interval;
        Assert.False(LoopWatch.WasHeldUp(look, TimeSpan.Zero));
        Assert.False(LoopWatch.WasHeldUp(4 * look, look / 2));
        Assert.True(LoopWatch.WasHeldUp((4 * look) + TimeSpan.FromMilliseconds(1), TimeSpan.Zero));
        Assert.True(LoopWatch.WasHeldUp(look, (look / 2) + TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void With_an_endless_threshold_a_loop_is_not_watched()
    {
        var off = new FakeLoop(Timeout.InfiniteTimeSpan);
        LoopWatch.Add(off);
        Assert.False(LoopWatch.Watches(off));
        var on = new FakeLoop(TimeSpan.FromMilliseconds(500));
        LoopWatch.Add(on);
        Assert.True(LoopWatch.Watches(on));
        LoopWatch.Remove(on);
        Assert.False(LoopWatch.Watches(on));
    }

    private sealed class FakeLoop(TimeSpan threshold) : IWatchedLoop
    {
        public List<(int Milliseconds, bool IsFirst)> Told { get; } = [];

        public long RunningTurn { get; set; }

        public LoopSettings Settings { get; } = new() { BlockThreshold = threshold };

        public void Held(TimeSpan atLeast, bool isFirst) => Told.Add(((int)atLeast.TotalMilliseconds, isFirst));
    }
}
