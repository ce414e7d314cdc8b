using Sockeye.Host.Playground;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Playground;

public sealed class ReadersTests : PlaygroundTest
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void With_the_newest_kept_what_waits_for_the_slow_one_stays_small_and_the_fast_one_gets_everything()
    {
        var (fast, slow) = Start("latest");
        App.Advance(5 * Second);
        Assert.InRange(Now(fast).Slow.Bytes, 16 * 4096, 40 * 4096);
        Assert.True(Now(fast).Slow.Dropped > 1000);
        Assert.Equal(0, Now(fast).Fast.Dropped);
        Assert.InRange(CountOf(fast, "sample"), 1190, 1210);
        slow.ResumeReading();
        App.RunUntilIdle();
        Assert.InRange(CountOf(slow, "sample"), 16, 100);
    }

    [Fact]
    public void With_volatile_samples_what_waits_stops_at_the_high_watermark_and_the_server_is_told()
    {
        var (fast, slow) = Start("volatile");
        App.Advance(3 * Second);
        Assert.InRange(Now(fast).Slow.Peak, 1 << 18, (1 << 18) + 8192);
        Assert.Equal(["AboveHighWatermark", "Dropped"], Said(fast));
        slow.ResumeReading();
        App.Advance(Second);
        Assert.Equal("Writable", Said(fast).Last());
    }

    [Fact]
    public void With_the_oldest_dropped_what_waits_stops_at_the_hard_limit()
    {
        var (fast, slow) = Start("oldest");
        App.Advance(9.5 * Second); // after WriteStallTimeout, 10 s, a WebSocket that takes nothing is reset
        Assert.True(slow.IsConnected);
        Assert.InRange(Now(fast).Slow.Peak, 7 << 20, 8 << 20);
        Assert.True(Now(fast).Slow.Dropped > 0);
        Assert.Equal(0, Now(fast).Fast.Dropped);
    }

    [Fact]
    public void With_disconnecting_the_slow_one_ends_at_the_hard_limit_and_the_fast_one_hears_why()
    {
        var (fast, slow) = Start("disconnect");
        App.Advance(12 * Second);
        Assert.Equal("slow consumer", fast.Next<string>("over"));
        Assert.True(fast.IsConnected);
        slow.ResumeReading();
        App.RunUntilIdle();
        Assert.False(slow.IsConnected);
        var got = CountOf(fast, "sample");
        App.Advance(Second);
        Assert.Equal(got, CountOf(fast, "sample"));
    }

    [Fact]
    public void A_stream_ends_by_itself_after_40_seconds()
    {
        var (fast, slow) = Start("latest");
        slow.ResumeReading();
        App.Advance(39 * Second);
        Assert.Equal(0, CountOf(fast, "over"));
        App.Advance(2 * Second);
        Assert.Equal("time", fast.Next<string>("over"));
    }

    [Fact]
    public void A_choice_may_change_while_the_stream_runs_and_a_stop_ends_it()
    {
        var (fast, slow) = Start("latest");
        Assert.Null(CodeOf(fast, "start", slow.Id, "volatile"));
        App.Advance(3 * Second);
        Assert.True(Now(fast).Slow.Peak >= 1 << 18);
        fast.Emit("stop");
        App.RunUntilIdle();
        fast.Clear();
        App.Advance(Second);
        Assert.Empty(fast.Events);
    }

    [Fact]
    public void What_is_no_second_connection_and_no_choice_is_refused()
    {
        var (fast, slow) = (Connect(), Connect());
        Assert.Equal("start", CodeOf(fast, "start", slow.Id, "nothing"));
        Assert.Equal("start", CodeOf(fast, "start", fast.Id, "latest"));
        Assert.Equal("start", CodeOf(fast, "start", "nobody", "latest"));
    }

    [Fact]
    public void The_connections_of_another_visitor_cannot_be_taken()
    {
        var (fast, slow) = Start("latest");
        foreach (var other in new[] { Connect("another"), App.Connect(Readers.Namespace) })
        {
            Assert.Equal("start", CodeOf(other, "start", slow.Id, "oldest"));
            Assert.Equal("start", CodeOf(other, "start", fast.Id, "oldest"));
        }
    }

    [Fact]
    public void There_are_at_most_so_many_pairs()
    {
        var readers = Enumerable.Range(0, 2 * PlaygroundLimits.ReaderPairs).Select(_ => Connect()).ToArray();
        Assert.All(readers, reader => Assert.True(reader.IsConnected));
        Assert.NotNull(Connect().Refusal);
        readers[0].Disconnect();
        App.RunUntilIdle();
        Assert.True(Connect().IsConnected);
    }

    private SockeyeTestClient Connect(string visitor = "one") => App.Connect(Readers.Namespace, new { visitor });

    private (SockeyeTestClient Fast, SockeyeTestClient Slow) Start(string choice)
    {
        var (fast, slow) = (Connect(), Connect());
        Assert.Null(CodeOf(fast, "start", slow.Id, choice));
        slow.PauseReading();
        return (fast, slow);
    }

    private static TwoReaders Now(SockeyeTestClient fast) => fast.Events.Last(e => e.Name == "outboxes").Get<TwoReaders>()!;

    private static IEnumerable<string?> Said(SockeyeTestClient fast) => fast.Events.Where(e => e.Name == "outbox").Select(e => e.Get<string>());
}
