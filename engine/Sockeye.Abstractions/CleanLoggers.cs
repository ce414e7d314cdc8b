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

/// <summary>In the place of an exception that would break a log line: by what is in its messages, because they cannot be read, or because there are too many of them.</summary>
internal sealed class CleanException : Exception
{
    /// <summary>Exceptions behind one another, and all in all, that are looked at: more would cost a loop its time and its stack (own).</summary>
    private const int MaxDepth = 32;

    private readonly Exception _original;

    private CleanException(Exception original, int depth)
        : base(LogText.Clean(MessageOf(original)), Of(original.InnerException, depth - 1)) => _original = original;

    /// <inheritdoc />
    public override string? StackTrace => Read(_original, static original => original.StackTrace);

    /// <inheritdoc />
    public override string? Source => Read(_original, static original => original.Source);

    /// <summary>What was thrown, whose frames are the true ones.</summary>
    public static Exception OriginalOf(Exception exception) => exception is CleanException clean ? clean._original : exception;

    /// <summary>The exception itself if its messages, and those of the exceptions behind it, are clean; else one that looks like it.</summary>
    public static Exception? Of(Exception? exception) => Of(exception, MaxDepth);

    /// <summary>The message of any exception: it may be code of the application, which fails.</summary>
    public static string MessageOf(Exception exception) => Read(exception, static e => e.Message) ?? "(it has no message that can be read)";

    private static Exception? Of(Exception? exception, int depth)
    {
        var left = MaxDepth;
        return exception is null || depth == 0 ? null : exception is CleanException || IsClean(exception, ref left) ? exception : new CleanException(exception, depth);
    }

    private static bool IsClean(Exception exception, ref int left)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (left-- == 0 || Read(e, static one => one.Message) is not { } message || !ReferenceEquals(LogText.Clean(message), message))
            {
                return false;
            }

            // The first of several is the one behind it, to which the way leads.
            foreach (var inner in e is AggregateException several ? several.InnerExceptions.Skip(1) : [])
            {
                if (!IsClean(inner, ref left))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static string? Read(Exception exception, Func<Exception, string?> property)
    {
        try
        {
            return property(exception);
        }
#pragma warning disable CA1031 // The exception is told without what it cannot say.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
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
