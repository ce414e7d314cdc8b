using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>A logger of what clients and handlers can cause as often as they like.</summary>
/// <remarks>It owns a <see cref="LogLimit"/> for each event id. Any thread. Lives as long as the server that logs with it. The engine's event ids bound it, and the limits its lines.</remarks>
internal sealed partial class LimitedLogger(ILogger inner, TimeProvider time) : ILogger
{
    private readonly ConcurrentDictionary<int, LogLimit> _limits = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!_limits.GetOrAdd(eventId.Id, static (_, time) => new LogLimit(time), time).Admits(out var omitted))
        {
            return;
        }

        if (omitted > 0)
        {
            Omitted(inner, omitted);
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    [LoggerMessage(1199, LogLevel.Warning, "Lines like the next one that were left out: {Omitted}")]
    private static partial void Omitted(ILogger logger, long omitted);
}
