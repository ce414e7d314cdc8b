using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sockeye.Shared;

/// <summary>Gives log lines to whoever waits for them.</summary>
internal sealed class AwaitedLog : ILoggerFactory, ILogger
{
    /// <summary>Longer than what a test waits for by itself, since a line may be asked for long before it is due.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _waiting = new();

    /// <summary>What has been logged.</summary>
    public IEnumerable<string> Lines => _lines;

    /// <summary>The first line with a text in it; fails when there is none for two minutes.</summary>
    public Task<string> Line(string text)
    {
        var found = _waiting.GetOrAdd(text, Await);
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

    private TaskCompletionSource<string> Await(string text)
    {
        TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = GiveUpAsync(found, text);
        return found;
    }

    private async Task GiveUpAsync(TaskCompletionSource<string> found, string text)
    {
        try
        {
            await found.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            // Whoever asks later waits anew.
            _waiting.TryRemove(KeyValuePair.Create(text, found));
            found.TrySetException(new TimeoutException($"No line has \"{text}\" in it:\n{string.Join('\n', _lines.TakeLast(50))}"));
        }
    }
}
