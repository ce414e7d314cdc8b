using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>What a loop does that finds itself late: it reads first, and lets no deadline pass for a second if it was held up.</summary>
public sealed class HeldUpTests : IAsyncDisposable
{
    private readonly MemoryTransport _transport = new();

    public async ValueTask DisposeAsync() => await _transport.DisposeAsync();

    private ITransportLoop Loop => _transport.Loops[0];

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Theory]
    [InlineData(5, "due posted")]
    [InlineData(6, "posted due")]
    public void A_late_loop_handles_what_has_arrived_before_it_runs_what_is_due(double late, string order)
    {
        List<string> ran = [];
        Loop.DueList(Ms(10)).Add(new Due(_ => ran.Add("due")));
        Loop.Post(_ => ran.Add("posted"), null);
        _transport.HoldUp(Ms(10 + late));
        _transport.RunUntilIdle();
        Assert.Equal(order, string.Join(' ', ran));
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(101, true)]
    public void A_loop_that_was_held_up_lets_no_deadline_pass_for_a_second(double late, bool isHeldUp)
    {
        List<string> ran = [];
        Loop.DueList(Ms(10)).Add(new Deadline(due => ran.Add($"passed {due.TotalMilliseconds}")));
        Loop.DueList(Ms(10)).Add(new Deadline(_ => ran.Add("answered")));
        Loop.DueList(Ms(20)).Add(new Due(_ => ran.Add("due")));
        DueEntry answered = new Deadline(_ => ran.Add("answered"));
        Loop.DueList(Ms(10)).Add(answered);
        _transport.HoldUp(Ms(10 + late));
        _transport.RunUntilIdle();
        Assert.Equal(isHeldUp, Loop.IsCatchingUp);
        Assert.Equal(isHeldUp ? Ms(10 + late) : TimeSpan.MinValue, Loop.HeldUpAt);
        if (!isHeldUp)
        {
            Assert.Equal(["passed 10", "answered", "answered", "due"], ran);
            return;
        }

        Assert.Equal(["due"], ran);
        DueList.Cancel(answered);
        _transport.Advance(Ms(999));
        Assert.Equal(["due"], ran);
        _transport.Advance(Ms(1));
        Assert.Equal(["due", "passed 10", "answered"], ran);
        Assert.False(Loop.IsCatchingUp);
    }

    /// <summary>A loop that is always late must not keep its dead peers for ever.</summary>
    [Fact]
    public void A_deadline_is_put_off_once_however_late_the_loop_stays()
    {
        TimeSpan passed = default;
        Loop.DueList(Ms(10)).Add(new Deadline(_ => passed = Loop.Now));
        Ticker(Loop);
        for (var i = 0; i < 20 && passed == default; i++)
        {
            _transport.HoldUp(Ms(300));
            _transport.RunUntilIdle();
        }

        Assert.Equal(Ms(1500), passed);
    }

    [Fact]
    public void A_deadline_that_comes_due_while_the_loop_catches_up_waits_until_the_end_of_it()
    {
        TimeSpan passed = default;
        TimeSpan nominal = default;
        Loop.DueList(Ms(10)).Add(new Due(_ => { }));
        Loop.DueList(Ms(800)).Add(new Deadline(_ => passed = Loop.Now));
        Loop.DueList(Ms(2000)).Add(new Deadline(_ => nominal = Loop.Now));
        _transport.HoldUp(Ms(500));
        _transport.RunUntilIdle();
        _transport.Advance(Ms(3000));
        Assert.Equal(Ms(1500), passed);
        Assert.Equal(Ms(2000), nominal);
    }

    // Something is due at each moment.
    private static void Ticker(ITransportLoop loop)
    {
        Due ticker = null!;
        ticker = new Due(_ => loop.DueList(Ms(1)).Add(ticker));
        loop.DueList(Ms(1)).Add(ticker);
    }

    private sealed class Deadline(Action<TimeSpan> passed) : DueEntry
    {
        protected internal override bool IsDeadline => true;

        protected internal override void OnDue(TimeSpan due) => passed(due);
    }
}
