using System.Text;
using Microsoft.Extensions.Logging;

namespace Sockeye.Abstractions;

/// <summary>The loggers of the application as every layer of the server gets them: no line and no exception holds a character by which a client could start a line, hide one or drive a terminal.</summary>
/// <remarks>Text of clients is cut and escaped where it enters a line (<see cref="LogText"/>); this is the seam behind which nothing that was forgotten gets out, and the only place where exceptions of
/// handlers are seen, whose messages often quote what a client sent. The structured values of a line stay as they are: sinks that write those escape them.</remarks>
internal sealed class CleanLoggers(ILoggerFactory inner) : ILoggerFactory
{
    /// <inheritdoc />
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Logger(inner.CreateLogger(categoryName));

    /// <summary>The loggers belong to the application.</summary>
    public void Dispose()
    {
    }

    private sealed class Logger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, CleanException.Of(exception), (written, failure) => LogText.Clean(formatter(written, failure)));
            }
        }
    }
}

/// <summary>In the place of an exception whose messages would break a log line.</summary>
internal sealed class CleanException : Exception
{
    private readonly Exception _original;

    private CleanException(Exception original)
        : base(LogText.Clean(original.Message), Of(original.InnerException)) => _original = original;

    /// <inheritdoc />
    public override string? StackTrace => _original.StackTrace;

    /// <inheritdoc />
    public override string? Source => _original.Source;

    /// <summary>What was thrown, whose frames are the true ones.</summary>
    public static Exception OriginalOf(Exception exception) => exception is CleanException clean ? clean._original : exception;

    /// <summary>The exception itself if its messages, and those of the exceptions behind it, are clean; else one that looks like it.</summary>
    public static Exception? Of(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            var message = e.Message;
            if (!ReferenceEquals(LogText.Clean(message), message) || (e is AggregateException several && several.InnerExceptions.Any(static inner => !ReferenceEquals(Of(inner), inner))))
            {
                return exception is CleanException ? exception : new CleanException(exception!);
            }
        }

        return exception;
    }

    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder().Append(_original.GetType()).Append(": ").Append(Message);
        if (InnerException is { } inner)
        {
            text.AppendLine().Append(" ---> ").Append(inner).AppendLine().Append("   --- End of inner exception stack trace ---");
        }

        if (StackTrace is { } trace)
        {
            text.AppendLine().Append(trace);
        }

        return text.ToString();
    }
}
