using Sockeye.Transport.Transports;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class ManualLoopTests
{
    private readonly ManualLoop _loop = new();

    [Fact]
    public void Posted_work_waits_for_the_next_turn()
    {
        List<string> order = [];
        _loop.Post(_ =>
        {
            order.Add("first");
            _loop.Post(_ => order.Add("third"), null);
            _loop.AtTurnEnd(new AtEnd(() => order.Add("second")));
        }, null);
        Assert.Empty(order);
        _loop.RunUntilIdle();
        Assert.Equal(["first", "second", "third"], order);
    }

    [Fact]
    public void Turn_end_items_that_turn_end_items_add_run_in_the_same_phase()
    {
        List<string> order = [];
        _loop.Post(_ => _loop.AtTurnEnd(new AtEnd(() =>
        {
            order.Add("one");
            _loop.Post(_ => order.Add("next turn"), null);
            _loop.AtTurnEnd(new AtEnd(() => order.Add("two")));
        })), null);
        _loop.RunUntilIdle();
        Assert.Equal(["one", "two", "next turn"], order);
    }

    [Fact]
    public void Each_turn_end_item_but_the_first_is_told_one_item_ahead_and_runs_even_if_that_fails()
    {
        List<string> order = [];
        _loop.Post(_ =>
        {
            foreach (var name in (string[])["a", "b", "c"])
            {
                _loop.AtTurnEnd(new AtEnd(() => order.Add(name), () => order.Add("ahead of " + name)));
            }

            _loop.AtTurnEnd(new AtEnd(() => order.Add("d"), () => throw new InvalidOperationException("of the test")));
        }, null);
        _loop.RunUntilIdle();
        Assert.Equal(["ahead of b", "a", "ahead of c", "b", "c", "d"], order);
        Assert.Equal(1, _loop.Counters.Faults);
    }

    [Fact]
    public void The_loop_tells_how_many_turn_end_items_wait()
    {
        List<int> counts = [];
        _loop.Post(_ =>
        {
            counts.Add(_loop.TurnEndCount);
            _loop.AtTurnEnd(new AtEnd(() => { }));
            counts.Add(_loop.TurnEndCount);
        }, null);
        _loop.RunUntilIdle();
        Assert.Equal([0, 1], counts);
        Assert.Equal(0, _loop.TurnEndCount);
    }

    [Fact]
    public void The_caller_is_on_the_loop_during_a_turn_and_only_then()
    {
        var during = false;
        SynchronizationContext? context = null;
        _loop.Post(_ => (during, context) = (_loop.InEventLoop, SynchronizationContext.Current), null);
        Assert.False(_loop.InEventLoop);
        _loop.RunUntilIdle();
        Assert.True(during);
        Assert.Same(_loop.Context, context);
        Assert.False(_loop.InEventLoop);
        Assert.NotSame(_loop.Context, SynchronizationContext.Current);
    }

    [Fact]
    public void A_turn_within_the_turn_of_another_loop_gives_the_thread_back_to_it()
    {
        ManualLoop inner = new();
        List<ITransportLoop?> current = [];
        inner.Post(_ => current.Add(ITransportLoop.Current), null);
        _loop.Post(_ =>
        {
            current.Add(ITransportLoop.Current);
            inner.RunUntilIdle();
            current.Add(ITransportLoop.Current);
        }, null);
        _loop.RunUntilIdle();
        Assert.Equal([_loop, inner, _loop], current);
        Assert.Null(ITransportLoop.Current);
    }

    [Fact]
    public void An_exception_in_posted_work_is_counted_and_the_loop_goes_on()
    {
        var ran = false;
        _loop.Post(_ => throw new InvalidOperationException("no"), null);
        _loop.Post(_ => ran = true, null);
        _loop.RunUntilIdle();
        Assert.True(ran);
        Assert.Equal(1, _loop.Counters.Faults);
    }

    [Fact]
    public void A_handler_cannot_drive_its_own_loop()
    {
        Exception? refused = null;
        _loop.Post(_ =>
        {
            _loop.Post(_ => { }, null);
            refused = Record.Exception(_loop.RunUntilIdle);
        }, null);
        _loop.RunUntilIdle();
        Assert.IsType<InvalidOperationException>(refused);
    }

    [Fact]
    public void DotNettys_scheduled_calls_stand_on_the_same_clock()
    {
        List<TimeSpan> ran = [];
        _loop.Schedule(() => ran.Add(_loop.Now), TimeSpan.FromSeconds(5));
        var cancelled = _loop.Schedule(() => ran.Add(TimeSpan.MinValue), TimeSpan.FromSeconds(3));
        _loop.Advance(TimeSpan.FromSeconds(2));
        Assert.True(cancelled.Cancel());
        Assert.False(cancelled.Cancel());
        _loop.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([TimeSpan.FromSeconds(5)], ran);
        Assert.True(cancelled.Completion.IsCanceled);
    }

    [Fact]
    public async Task What_awaits_a_stopped_loop_goes_on_elsewhere()
    {
        TaskCompletionSource gate = new();
        TaskCompletionSource done = new();
        async Task Run()
        {
            await gate.Task;
            done.SetResult();
        }

        _loop.Post(_ => _ = Run(), null);
        _loop.RunUntilIdle();
        await _loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero);
        gate.SetResult();
        await done.Task.WaitAsync(Wait.Limit);
    }

    [Fact]
    public async Task Work_that_another_thread_posts_while_the_waiting_for_it_ends_throws_nothing_there()
    {
        ManualLoopSet loops = new();
        using ManualResetEventSlim isUnderWay = new(), isOver = new();
        loops.WorkArrived += () =>
        {
            isUnderWay.Set();
            Assert.True(isOver.Wait(Wait.Limit));
        };
        Task? late = null;
        Assert.True(ManualDriver.RunUntil(
            loops,
            () =>
            {
                late ??= Task.Run(loops.OnWorkArrived);
                return isUnderWay.IsSet;
            },
            Wait.Limit));
        isOver.Set();
        await late!.WaitAsync(Wait.Limit);
    }
}
