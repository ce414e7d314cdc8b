using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class DueListTests
{
    private readonly ManualLoop _loop = new();

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void An_entry_runs_at_its_moment_and_not_a_tick_before_it()
    {
        List<TimeSpan> ran = [];
        _loop.DueList(Ms(25)).Add(new Due(_ => ran.Add(_loop.Now)));
        _loop.Advance(Ms(25) - TimeSpan.FromTicks(1));
        Assert.Empty(ran);
        _loop.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([Ms(25)], ran);
        _loop.Advance(Ms(1000));
        Assert.Single(ran);
    }

    [Fact]
    public void An_entry_learns_its_nominal_moment_even_when_the_loop_comes_late()
    {
        List<(TimeSpan Due, TimeSpan Now)> ran = [];
        Due entry = null!;
        entry = new Due(due =>
        {
            ran.Add((due, _loop.Now));
            if (due < Ms(30))
            {
                _loop.DueList(Ms(10)).Add(entry, due + Ms(10));
            }
        });
        _loop.DueList(Ms(10)).Add(entry);
        _loop.Advance(Ms(100));
        Assert.Equal([(Ms(10), Ms(10)), (Ms(20), Ms(20)), (Ms(30), Ms(30))], ran);
    }

    [Fact]
    public void Due_entries_run_before_posted_work_of_the_same_turn()
    {
        List<string> order = [];
        _loop.DueList(Ms(5)).Add(new Due(_ =>
        {
            order.Add("due");
            _loop.Post(_ => order.Add("posted"), null);
            _loop.AtTurnEnd(new AtEnd(() => order.Add("turn end")));
        }));
        _loop.Advance(Ms(5));
        Assert.Equal(["due", "posted", "turn end"], order);
    }

    [Fact]
    public void An_entry_that_is_added_again_waits_anew()
    {
        var runs = 0;
        Due entry = new(_ => runs++);
        var list = _loop.DueList(Ms(20));
        list.Add(entry);
        for (var i = 0; i < 10; i++)
        {
            _loop.Advance(Ms(19));
            Assert.True(entry.IsScheduled);
            list.Add(entry);
        }

        Assert.Equal(0, runs);
        _loop.Advance(Ms(20));
        Assert.Equal(1, runs);
        Assert.False(entry.IsScheduled);
    }

    [Fact]
    public void An_entry_moves_from_list_to_list_and_waits_in_one_only()
    {
        var runs = 0;
        Due entry = new(_ => runs++);
        _loop.DueList(Ms(20)).Add(entry);
        _loop.DueList(Ms(50)).Add(entry);
        Assert.True(entry.IsScheduled);
        _loop.Advance(Ms(49));
        Assert.Equal(0, runs);
        _loop.Advance(Ms(1));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void An_entry_is_cancelled_in_whichever_list_it_waits_and_one_that_does_not_wait_is_left_alone()
    {
        var runs = 0;
        Due entry = new(_ => runs++);
        DueList.Cancel(null);
        DueList.Cancel(entry);
        _loop.DueList(Ms(50)).Add(entry);
        DueList.Cancel(entry);
        DueList.Cancel(entry);
        Assert.False(entry.IsScheduled);
        _loop.Advance(Ms(50));
        Assert.Equal(0, runs);
    }

    [Fact]
    public void Nothing_that_an_entry_hands_down_is_public() =>
        Assert.DoesNotContain(typeof(DueEntry).GetMembers(), member => member.DeclaringType == typeof(DueEntry));

    [Fact]
    public void An_entry_that_is_always_due_does_not_hold_up_the_rest()
    {
        int runs = 0, posted = 0;
        Due entry = null!;
        entry = new Due(_ =>
        {
            if (++runs < 1000)
            {
                _loop.DueList(Ms(1)).Add(entry, TimeSpan.Zero);
            }

            _loop.Post(_ => posted = Math.Max(posted, runs), null);
            Assert.True(runs - posted <= 1, "posted work waits behind due entries");
        });
        _loop.DueList(Ms(1)).Add(entry);
        _loop.Advance(Ms(1));
        Assert.Equal(1000, runs);
        Assert.Equal(0, _loop.Counters.Faults);
    }

    [Fact]
    public void An_exception_costs_its_entry_only()
    {
        var ran = false;
        _loop.DueList(Ms(1)).Add(new Due(_ => throw new InvalidOperationException("no")));
        _loop.DueList(Ms(1)).Add(new Due(_ => ran = true));
        _loop.Advance(Ms(1));
        Assert.True(ran);
        Assert.Equal(1, _loop.Counters.Faults);
    }

    [Fact]
    public void The_same_interval_gives_the_same_list_and_ever_new_intervals_do_not_pile_up()
    {
        var list = _loop.DueList(Ms(7));
        Assert.Same(list, _loop.DueList(Ms(7)));
        for (var i = 1; i < 10_000; i++)
        {
            _loop.DueList(TimeSpan.FromTicks(i));
        }

        var runs = 0;
        list.Add(new Due(_ => runs++));
        _loop.Advance(Ms(7));
        Assert.Equal(1, runs);
        Assert.Throws<ArgumentOutOfRangeException>(() => _loop.DueList(TimeSpan.Zero));
    }

    /// <summary>Random adds, re-adds, removes and steps against a plain list of (moment, order of adding).</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_added_and_removed_the_order_is_that_of_the_moments(int seed)
    {
        Random random = new(seed);
        Dictionary<int, (TimeSpan Due, int Interval, long Order)> model = [];
        List<(int Id, TimeSpan Now)> ran = [];
        var entries = new Due[60];
        for (var i = 0; i < entries.Length; i++)
        {
            var id = i;
            entries[i] = new Due(_ => ran.Add((id, _loop.Now)));
        }

        long order = 0;
        for (var step = 0; step < 20_000; step++)
        {
            var id = random.Next(entries.Length);
            var interval = 1 + random.Next(8);
            switch (random.Next(8))
            {
                case < 4:
                    _loop.DueList(Ms(interval)).Add(entries[id]);
                    model[id] = (_loop.Now + Ms(interval), interval, order++);
                    break;
                case 4:
                    var at = _loop.Now + Ms(1 + random.Next(20));
                    _loop.DueList(Ms(interval)).Add(entries[id], at);
                    model[id] = (at, interval, order++);
                    break;
                case 5:
                    DueList.Cancel(entries[id]);
                    model.Remove(id);
                    break;
                default:
                    var end = _loop.Now + TimeSpan.FromTicks(random.Next(30_000));
                    ran.Clear();
                    _loop.Advance(end - _loop.Now);
                    Check(model, ran, end);
                    break;
            }
        }
    }

    /// <summary>Each goes before all that wait: a list that walks makes 200 million steps of it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Entries_in_any_order_of_their_moments_are_added_without_walking(bool falling)
    {
        const int Count = 20_000;
        Random random = new(4);
        var list = _loop.DueList(Ms(1));
        List<int> ran = [];
        int[] moments = [.. Enumerable.Range(1, Count)];
        if (falling)
        {
            Array.Reverse(moments);
        }
        else
        {
            random.Shuffle(moments);
        }

        Due[] entries = [.. moments.Select(moment => new Due(_ => ran.Add(moment)))];
        for (var i = 0; i < Count; i++)
        {
            list.Add(entries[i], TimeSpan.FromTicks(moments[i]));
        }

        for (var i = 0; i < Count; i += 3)
        {
            DueList.Cancel(entries[i]);
        }

        _loop.Advance(Ms(10));
        Assert.Equal(moments.Where((_, i) => i % 3 != 0).Order(), ran);
    }

    private static void Check(Dictionary<int, (TimeSpan Due, int Interval, long Order)> model, List<(int Id, TimeSpan Now)> ran, TimeSpan end)
    {
        Assert.Equal(model.Where(entry => entry.Value.Due <= end).Select(entry => entry.Key).Order(), ran.Select(entry => entry.Id).Order());
        (TimeSpan Due, int Interval, long Order) last = default;
        foreach (var (id, now) in ran)
        {
            var entry = model[id];
            Assert.Equal(entry.Due, now);
            Assert.True(entry.Due >= last.Due);
            if (entry.Due == last.Due && entry.Interval == last.Interval)
            {
                Assert.True(entry.Order > last.Order);
            }

            last = entry;
        }

        foreach ((var id, _) in ran)
        {
            model.Remove(id);
        }
    }
}
