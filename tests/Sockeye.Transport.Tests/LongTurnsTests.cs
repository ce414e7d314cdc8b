using System.Linq.Expressions;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Loops;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>Which long turns are told, and how loud.</summary>
public sealed class LongTurnsTests
{
    private static readonly TimeSpan s_threshold = TimeSpan.FromMilliseconds(100);

    private readonly Lines _lines = new();
    private TimeSpan _compiled;

    [Fact]
    public void A_turn_that_took_too_long_for_no_other_reason_is_a_warning()
    {
        var turns = Make(s_threshold);
        Assert.False(turns.IsStall(s_threshold));
        Assert.True(turns.IsStall(TimeSpan.FromMilliseconds(150)));
        turns.Tell("loop-0", TimeSpan.FromMilliseconds(150), "\"chat\"");
        Assert.Equal([(LogLevel.Warning, "A turn of loop loop-0 took 150 ms; last activity: \"chat\". A handler blocked the loop, or the machine is busy.")], _lines.Told);
    }

    [Fact]
    public void A_turn_that_compiled_what_ran_for_the_first_time_is_told_at_Debug()
    {
        var turns = Make(s_threshold);
        _compiled = TimeSpan.FromMilliseconds(80);
        Assert.True(turns.IsStall(TimeSpan.FromMilliseconds(150)));
        turns.Tell("loop-0", TimeSpan.FromMilliseconds(150), "\"chat\"");
        Assert.Equal(
            [(LogLevel.Debug, "A turn of loop loop-0 took 150 ms, 80 of them to compile code that ran for the first time; last activity: \"chat\".")], _lines.Told);
    }

    [Fact]
    public void A_handler_that_blocks_and_compiles_too_is_a_warning()
    {
        var turns = Make(s_threshold);
        _compiled = TimeSpan.FromMilliseconds(80);
        Assert.True(turns.IsStall(TimeSpan.FromMilliseconds(181)));
        turns.Tell("loop-0", TimeSpan.FromMilliseconds(181), "\"chat\"");
        Assert.Equal(LogLevel.Warning, Assert.Single(_lines.Told).Level);
    }

    [Fact]
    public void What_was_compiled_in_a_turn_before_excuses_no_later_one()
    {
        var turns = Make(s_threshold);
        _compiled = TimeSpan.FromSeconds(2);
        Assert.False(turns.IsStall(TimeSpan.FromMilliseconds(90)));
        Assert.True(turns.IsStall(TimeSpan.FromMilliseconds(150)));
        turns.Tell("loop-0", TimeSpan.FromMilliseconds(150), "\"chat\"");
        Assert.Equal(LogLevel.Warning, Assert.Single(_lines.Told).Level);
    }

    [Fact]
    public void With_an_endless_threshold_no_turn_is_a_stall() => Assert.False(Make(Timeout.InfiniteTimeSpan).IsStall(TimeSpan.FromDays(1)));

    [Fact]
    public void The_runtime_says_what_this_thread_has_compiled()
    {
        var turns = new LongTurns(new LoopSettings { Logger = _lines });
        var before = turns.Compiled();
        Assert.Equal(3, Expression.Lambda<Func<int>>(Expression.Add(Expression.Constant(1), Expression.Constant(2))).Compile()());
        Assert.True(turns.Compiled() > before);
    }

    private LongTurns Make(TimeSpan threshold) => new(new LoopSettings { Logger = _lines, StallThreshold = threshold }) { Compiled = () => _compiled };

    private sealed class Lines : ILogger
    {
        public List<(LogLevel Level, string Text)> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Told.Add((logLevel, formatter(state, exception)));
    }
}
