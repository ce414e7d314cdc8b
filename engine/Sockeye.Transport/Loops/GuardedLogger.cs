using Microsoft.Extensions.Logging;

namespace Sockeye.Transport;

/// <summary>A logger for event loops: what a sink of the application throws, a full disk for example, must not end a loop with all its connections. Any thread.</summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    private long _failures;

    /// <summary>Lines that were lost because the sink failed.</summary>
    internal long Failures => Interlocked.Read(ref _failures);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try { inner.Log(logLevel, eventId, state, exception, formatter); }
        catch (Exception)
        {
            // There is nowhere to say so but here.
            Interlocked.Increment(ref _failures);
        }
    }
}
