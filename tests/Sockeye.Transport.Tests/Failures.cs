using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Sockeye.Transport.Tests;

/// <summary>Remembers the failures of the application that it was told.</summary>
internal sealed class Failures : IApplicationFailures
{
    private readonly Channel<bool> _told = Channel.CreateUnbounded<bool>();
    private int _awaited;

    public ConcurrentQueue<(string Message, string Where)> Told { get; } = new();

    public void Failed(Exception exception, string where)
    {
        Told.Enqueue((exception.Message, where));
        _told.Writer.TryWrite(true);
    }

    /// <summary>Waits until so many have been told.</summary>
    public async Task Count(int count)
    {
        for (; _awaited < count; _awaited++)
        {
            await _told.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);
        }
    }
}

/// <summary>A source of activities with a text of its own.</summary>
internal sealed class Described(string text) : IActivitySource
{
    public string Describe(string activity) => $"{activity} of {text}";
}
