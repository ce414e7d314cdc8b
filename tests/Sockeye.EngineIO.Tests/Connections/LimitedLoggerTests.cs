using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Tests.Sessions;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class LimitedLoggerTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Of_a_second_full_of_refused_requests_5_lines_are_logged_and_the_next_line_counts_the_others()
    {
        using var log = new Recorder();
        var transport = new MemoryTransport(1);
        var http = new HttpServer(new HttpServerOptions { LoggerFactory = log, Time = _clock, StopTimeout = TimeSpan.Zero }, transport);
        var engine = new EngineServer(new EngineOptions { LoggerFactory = log, Time = _clock }, new Sessions.RecordingHandler());
        engine.Attach(http);
        Assert.True(http.StartAsync("http://127.0.0.1:0").IsCompletedSuccessfully);
        var peer = new HttpPeer(transport);
        for (var i = 0; i < 25; i++)
        {
            Assert.Equal(400, peer.Get("/engine.io/?transport=nonsense").Status);
        }

        Assert.Equal(5, log.Count(1100));
        Assert.Equal(0, log.Count(1199));

        // Another event is limited on its own.
        for (var i = 0; i < 7; i++)
        {
            Assert.Equal(400, new HttpPeer(transport).Get("/bad", "No-Colon").Status);
        }

        Assert.Equal(5, log.Count(1201));

        _clock.Seconds++;
        Assert.Equal(400, peer.Get("/engine.io/?transport=nonsense").Status);
        Assert.Equal("Lines like the next one that were left out: 20", log.Lines[^2].Text);
        Assert.Equal(1100, log.Lines[^1].Id);
        var stop = http.StopAsync();
        transport.RunUntilIdle();
        Assert.True(stop.IsCompletedSuccessfully);
    }

    [Fact]
    public void Every_end_point_is_named_at_the_start()
    {
        using var log = new Recorder();
        var transport = new MemoryTransport(1);
        var http = new HttpServer(new HttpServerOptions { LoggerFactory = log, Time = _clock, StopTimeout = TimeSpan.Zero }, transport);
        Assert.True(http.StartAsync(Enumerable.Repeat("http://127.0.0.1:0", 7)).IsCompletedSuccessfully);
        Assert.Equal(7, log.Count(1200));
        var stop = http.StopAsync();
        transport.RunUntilIdle();
        Assert.True(stop.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_an_application_logs_through_clean_loggers_breaks_no_line_and_clean_loggers_are_not_cleaned_again()
    {
        using var log = new Recorder();
        var clean = LogText.Clean(log);
        clean.CreateLogger("application").Log(LogLevel.Information, 7, "a\nb", null, static (text, _) => text);
        Assert.Equal((7, "a\\u000ab"), Assert.Single(log.Lines));
        Assert.Same(clean, LogText.Clean(clean));
        Assert.Null(LogText.Clean(null));
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = 1000;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    private sealed class Recorder : ILoggerFactory, ILogger
    {
        public List<(int Id, string Text)> Lines { get; } = [];

        public int Count(int id) => Lines.Count(line => line.Id == id);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((eventId.Id, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
