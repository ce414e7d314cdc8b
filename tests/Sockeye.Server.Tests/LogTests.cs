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
        Assert.Equal("Warning: 100 lines like the next one were left out", _log.Lines[^2]);
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
    public void Lines_about_skipped_ticks_are_limited()
    {
        var app = Start(server => server.CreateLoop("arena", 20), builder =>
        {
            builder.LoggerFactory = _log;
            builder.Time = _clock;
        });
        for (var i = 0; i < 20; i++)
        {
            app.Transport.HoldUp(TimeSpan.FromMilliseconds(150));
            app.RunUntilIdle();
        }

        var lines = _log.Lines.Where(line => line.Contains("arena", StringComparison.Ordinal)).ToArray();
        Assert.Equal(5, lines.Length);
        Assert.Equal("Warning: Loop arena was late: ticks left out before tick 3: 2", lines[0]);
    }

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
