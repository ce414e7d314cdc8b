using System.Collections.Concurrent;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Nodes;

/// <summary>What has become here of calls that other servers have published: they ask for it by another way, before or after the call itself has come.</summary>
/// <remarks>It owns the results until they are asked for, or their time is over; at most <see cref="Most"/>. Any thread. Lives as long as the cluster of its server.</remarks>
internal sealed class CallResults(TimeProvider time)
{
    /// <summary>Calls at one time (own): of further ones this server is missing, at once.</summary>
    public const int Most = 10_000;

    /// <summary>The result of a call that there is no answer to: shorter than any answer, so that whoever has asked takes this server for missing, and waits no longer.</summary>
    public static readonly ReadOnlyMemory<byte> Unanswered = new byte[1];

    private readonly ConcurrentDictionary<(long Incarnation, long Call), Result> _results = new();
    private readonly long _began = time.GetTimestamp();
    private TimeSpan _nextSweep;

    private TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>The result of a call, to be set or to be waited for.</summary>
    /// <param name="message">The call, or the question for it.</param>
    /// <returns>Null: there are too many.</returns>
    public TaskCompletionSource<ReadOnlyMemory<byte>>? Of(in ClusterMessage message)
    {
        Sweep();
        var key = (message.Incarnation, message.Number(WireField.Call));
        if (_results.Count >= Most && !_results.ContainsKey(key))
        {
            return null;
        }

        var patience = TimeSpan.FromMilliseconds(Math.Clamp(message.Number(WireField.Timeout), 0, (long)BusRequester.MaxTimeout.TotalMilliseconds));
        return _results.GetOrAdd(key, static (_, until) => new Result(until), Now + patience).Task;
    }

    /// <summary>Whether a call has come, or was asked for.</summary>
    public bool Has(in ClusterMessage message) => _results.ContainsKey((message.Incarnation, message.Number(WireField.Call)));

    public void Remove(long incarnation, long call) => _results.TryRemove((incarnation, call), out _);

    private void Sweep()
    {
        var now = Now;
        if (now < _nextSweep)
        {
            return;
        }

        _nextSweep = now + TimeSpan.FromSeconds(1);
        foreach (var (key, result) in _results)
        {
            if (now > result.Until && _results.TryRemove(key, out _))
            {
                result.Task.TrySetCanceled();
            }
        }
    }

    private sealed class Result(TimeSpan until)
    {
        public TimeSpan Until { get; } = until;

        public TaskCompletionSource<ReadOnlyMemory<byte>> Task { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
