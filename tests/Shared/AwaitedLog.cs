using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sockeye.Shared;

/// <summary>Gives log lines to whoever waits for them.</summary>
internal sealed class AwaitedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _waiting = new();

    /// <summary>The first line with a text in it.</summary>
    public Task<string> Line(string text)
    {
        var found = _waiting.GetOrAdd(text, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
        {
            found.TrySetResult(line);
        }

        return found.Task;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        _lines.Enqueue(line);
        foreach (var (text, found) in _waiting)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                found.TrySetResult(line);
            }
        }
    }

    public void Dispose()
    {
    }
}
