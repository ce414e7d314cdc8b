using Microsoft.Extensions.Logging;

namespace Sockeye.Transport;

/// <summary>The engine's way to every logger: what a sink of the application throws, a full disk for example, must neither end a loop with all its connections nor leave
/// something half done.</summary>
/// <remarks>It owns the count of failures; the logger is somebody else's. Any thread. Lives as long as whoever logs.</remarks>
public sealed class GuardedLogger(ILogger inner) : ILogger
{
    private long _failures;

    /// <summary>Calls that the sink has failed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return inner.BeginScope(state);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failures);
            return null;
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failures);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // A sink that fails can be told nowhere but here.
            Interlocked.Increment(ref _failures);
        }
    }
}
