using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Sockeye.Server.Tests;

public class LogTests : ServerTest
{
    private readonly Recorder _log = new();
    private readonly Clock _clock = new();

    [Fact]
    public void Of_a_second_full_of_failing_handlers_5_lines_are_logged_and_the_next_line_counts_the_others()
    {
        var app = Start(
            server => server.On("x", void (int n) => throw new InvalidOperationException(n.ToString(CultureInfo.InvariantCulture))),
            builder =>
            {
                builder.LoggerFactory = _log;
                builder.Time = _clock;
            });
        var client = app.Connect();
        for (var i = 0; i < 5; i++)
        {
            client.Emit("x", i);
        }

        app.RunUntilIdle();
        Assert.Equal(5, _log.Lines.Count(line => line.Contains("failed in ", StringComparison.Ordinal)));
        for (var i = 0; i < 100; i++)
        {
            client.Emit("x", i);
        }

        app.RunUntilIdle();
        Assert.Equal(5, _log.Lines.Count(line => line.Contains("failed in ", StringComparison.Ordinal)));
        Assert.Equal(105, app.HandlerErrors.Count);
        _clock.Seconds++;
        client.Emit("x", 1);
        app.RunUntilIdle();
        Assert.Equal("Warning: Lines like the next one that were left out: 100", _log.Lines[^2]);
        Assert.Contains("failed in ", _log.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_of_one_reason_does_not_hide_another()
    {
        var app = Start(server => { }, builder =>
        {
            builder.LoggerFactory = _log;
            builder.Time = _clock;
        });
        for (var i = 0; i < 20; i++)
        {
            app.Connect().SendRaw("nonsense");
        }

        app.Connect(joins: false).SendRaw("2[\"x\"]");
        app.RunUntilIdle();
        Assert.Equal(5, _log.Lines.Count(line => line.Contains("closed (parse error)", StringComparison.Ordinal)));
        Assert.Equal(1, _log.Lines.Count(line => line.Contains("closed (forced close)", StringComparison.Ordinal)));
    }

    [Fact]
    public void Ticks_that_were_left_out_are_told_at_once_and_then_summed_up_every_ten_seconds()
    {
        var app = Start(server => server.CreateLoop("arena", 20), builder => builder.LoggerFactory = _log);
        for (var i = 0; i < 20; i++)
        {
            app.Transport.HoldUp(TimeSpan.FromMilliseconds(150));
            app.RunUntilIdle();
        }

        Assert.Equal(["Warning: Loop arena was late: ticks left out between tick 0 and tick 3: 2"], LinesOf("arena"));
        app.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("Warning: Loop arena was late: ticks left out between tick 3 and tick 203: 38", Assert.Single(LinesOf("arena")[1..]));
        app.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(2, LinesOf("arena").Length);
    }

    [Fact]
    public void Ticks_that_a_handler_missed_are_told_at_once_and_then_summed_up_every_ten_seconds()
    {
        var awaited = new TaskCompletionSource();
        var app = Start(server => server.CreateLoop("arena", 20).OnTick(_ => awaited.Task), builder => builder.LoggerFactory = _log);
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["Warning: Loop arena: a handler of ticks still awaited when others were due: missed after tick 1, up to tick 2: 1"], LinesOf("arena"));
        app.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("Warning: Loop arena: a handler of ticks still awaited when others were due: missed after tick 2, up to tick 202: 200", Assert.Single(LinesOf("arena")[1..]));
        awaited.SetResult();
    }

    private string[] LinesOf(string loop) => [.. _log.Lines.Where(line => line.Contains($"Loop {loop}", StringComparison.Ordinal))];

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = 1000;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    /// <summary>The lines of the Socket.IO layer.</summary>
    private sealed class Recorder : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => categoryName == "Sockeye.Server" ? this : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
