using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>What has come for one subscription of a bus in the process, or for several whose messages keep their order among each other.</summary>
/// <remarks>It owns the messages that wait; each subscription bounds its own. Receivers run on the thread pool, one message after the other, and their thread is given back after some. Any thread; lives as long as its subscriptions.</remarks>
/// <param name="bus">The bus.</param>
internal sealed class LocalDelivery(InProcessBus bus) : IThreadPoolWorkItem
{
    /// <summary>Messages for which it keeps a thread of the pool at a time (own).</summary>
    private const int MessagesPerTurn = 64;

    /// <summary>Places of an empty queue that are kept (own).</summary>
    private const int KeptPlaces = 256;

    [ThreadStatic]
    private static LocalSubscription? s_running;

    private readonly Lock _lock = new();
    private readonly Queue<LocalMessage> _waiting = new();
    private LocalSubscription? _running;
    private TaskCompletionSource? _returned;
    private bool _isActive;

    /// <summary>Takes a message, or says why not. What it takes is counted in the process's memory.</summary>
    public Taken TryTake(in LocalMessage message)
    {
        bool isFirst;
        lock (_lock)
        {
            if (message.To.IsEnded)
            {
                return Taken.Ended;
            }

            if (!message.To.TryHold(message.Payload.Length))
            {
                return Taken.Full;
            }

            BufferCounters.Hold(message.Payload.Length);
            _waiting.Enqueue(message);
            (isFirst, _isActive) = (!_isActive, true);
        }

        if (isFirst)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return Taken.Yes;
    }

    /// <summary>No call of a subscription's receiver begins any more. Completes when the one that runs has returned, at once if that one is the caller.</summary>
    public Task End(LocalSubscription subscription)
    {
        lock (_lock)
        {
            subscription.IsEnded = true;
            Drop(subscription);
            return _running != subscription || s_running == subscription ? Task.CompletedTask : (_returned ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(bus.Context);
        try
        {
            for (var i = 0; i < MessagesPerTurn; i++)
            {
                if (!TryNext(out var message))
                {
                    return;
                }

                s_running = message.To;
                message.To.Call(message);
            }
        }
        finally
        {
            s_running = null;
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryNext(out LocalMessage message)
    {
        lock (_lock)
        {
            _running = null;
            _returned?.TrySetResult();
            _returned = null;
            if (_waiting.TryDequeue(out message))
            {
                Release(message);
                _running = message.To;
                return true;
            }

            _isActive = false;
            if (_waiting.Capacity > KeptPlaces)
            {
                _waiting.TrimExcess();
            }

            return false;
        }
    }

    /// <summary>Throws away what waits for a subscription; the rest keeps its order.</summary>
    private void Drop(LocalSubscription subscription)
    {
        for (var left = subscription.Waiting > 0 ? _waiting.Count : 0; left > 0; left--)
        {
            var message = _waiting.Dequeue();
            if (message.To != subscription)
            {
                _waiting.Enqueue(message);
                continue;
            }

            Release(message);
        }
    }

    private static void Release(in LocalMessage message)
    {
        message.To.Release(message.Payload.Length);
        BufferCounters.Hold(-message.Payload.Length);
    }

    /// <summary>What has become of a message for one subscription.</summary>
    internal enum Taken
    {
        /// <summary>It waits for the receiver.</summary>
        Yes,

        /// <summary>There was no room.</summary>
        Full,

        /// <summary>The subscription has ended meanwhile.</summary>
        Ended,
    }
}
