using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sockeye.Server.Common;

/// <summary>Where a server logs that has been given no loggers: one line on standard error for each entry, from a level on (<see cref="SockeyeServerOptions.ConsoleLog"/>).</summary>
/// <remarks>It owns nothing: the lines are those of the process. Any thread; writing never waits. Lives as long as the server.</remarks>
internal sealed class ConsoleLoggers(LogLevel level, TimeProvider time, ConsoleLines lines) : ILoggerFactory
{
    /// <summary>Longest line, in characters: messages of exceptions may hold whole documents (own).</summary>
    public const int MaxLength = 4096;

    /// <summary>Whether somebody reads the lines as they come.</summary>
    public bool IsTerminal => lines.IsTerminal;

    /// <summary>A line that is written at any level: what somebody who has just started the program waits for. Not if the log says the same.</summary>
    public void Say(string text)
    {
        if (level > LogLevel.Information)
        {
            Write(LogLevel.Information, "Sockeye.Server", text, null);
        }
    }

    /// <summary>Why the server does not start, written before the failure goes on to the caller: an exception that nobody catches is a whole stack, and the line stands above it.</summary>
    public void Fail(string text)
    {
        if (level <= LogLevel.Error)
        {
            Write(LogLevel.Error, "Sockeye.Server", text, null);
            lines.Flush(ConsoleLines.Patience);
        }
    }

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc />
    public void AddProvider(ILoggerProvider provider)
    {
    }

    /// <inheritdoc />
    public void Dispose()
    {
    }

    private void Write(LogLevel kind, string category, string text, Exception? exception)
    {
        var now = time.GetLocalNow();
        lines.Add(() =>
        {
            var line = LogText.Clean(string.Create(CultureInfo.InvariantCulture, $"{now:HH:mm:ss.fff} {Name(kind)} {category}: {text}{FailureText.Of(exception)}"));
            return line.Length <= MaxLength ? line : line[..(MaxLength - 1)] + "…";
        });
    }

    private static string Name(LogLevel kind) => kind switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private sealed class Logger(ConsoleLoggers loggers, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= loggers.Level && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                loggers.Write(logLevel, category, formatter(state, exception), exception);
            }
        }
    }

    private LogLevel Level => level;
}
