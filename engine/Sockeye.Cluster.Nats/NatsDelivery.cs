using Sockeye.Transport;

namespace Sockeye.Cluster.Nats;

/// <summary>What has come for one subscription, or for several whose messages keep their order among each other.</summary>
/// <remarks>
/// <para>It owns the messages that wait; each subscription bounds its own. Receivers run one message after the other: on the thread pool, whose thread is given back after some, or where a connection has a thread of its own
/// (<see cref="NatsSocket"/>) there behind each read, if they are of those that do not block. Loops that they post to are woken once for some of them.</para>
/// <para>Any thread; lives as long as its subscriptions.</para>
/// </remarks>
/// <param name="calls">How receivers run.</param>
/// <param name="blocks">Whether receivers may block: those that are anybody's.</param>
internal sealed class NatsDelivery(NatsCalls calls, bool blocks) : IThreadPoolWorkItem
{
    /// <summary>Messages for which it keeps a thread of the pool, or the wake of a loop, at a time (own).</summary>
    private const int MessagesPerTurn = 64;

    /// <summary>Places of an empty queue that are kept (own).</summary>
    private const int KeptPlaces = 64;

    [ThreadStatic]
    private static NatsSubscription? s_running;

    private readonly Lock _lock = new();
    private Queue<NatsMessage>? _waiting;
    private NatsSubscription? _running;
    private TaskCompletionSource? _returned;
    private bool _isActive;

    /// <summary>Takes a message if its subscription has room for it and has not ended. What it takes is counted in the process's memory.</summary>
    /// <param name="message">The message, whose buffer is the queue's afterwards.</param>
    /// <param name="isNewlyBehind">There was no room, as there was for the one before.</param>
    public Taken TryTake(in NatsMessage message, out bool isNewlyBehind)
    {
        bool isFirst;
        lock (_lock)
        {
            isNewlyBehind = false;
            if (message.To.IsEnded)
            {
                return Taken.Ended;
            }

            if (!message.To.TryHold(message.Length, out isNewlyBehind))
            {
                return Taken.Full;
            }

            // Before the receiver can have it: what it has got has been counted.
            BufferCounters.Hold(message.Length);
            message.To.Link.CountDelivered();
            (_waiting ??= new Queue<NatsMessage>()).Enqueue(message);
            (isFirst, _isActive) = (!_isActive, true);
        }

        if (isFirst && (blocks || !NatsSocket.TryRunBehind(this)))
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return Taken.Yes;
    }

    /// <summary>No call of a subscription's receiver begins any more. Completes when the one that runs has returned, at once if that one is the caller.</summary>
    public Task End(NatsSubscription subscription)
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
        if (RunSome())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Calls receivers until nothing waits, on the thread that reads.</summary>
    public void RunBehindRead()
    {
        while (RunSome())
        {
        }
    }

    /// <returns>False: nothing waits any more.</returns>
    private bool RunSome()
    {
        if (!blocks)
        {
            HeldWakes.Begin();
        }

        try
        {
            for (var i = 0; i < MessagesPerTurn; i++)
            {
                if (!TryNext(out var message))
                {
                    return false;
                }

                s_running = message.To;
                calls.Run(static known => known.Deliver(), message, "A receiver");
                s_running = null;
            }

            return true;
        }
        finally
        {
            HeldWakes.End();
        }
    }

    private bool TryNext(out NatsMessage message)
    {
        lock (_lock)
        {
            _running = null;
            _returned?.TrySetResult();
            _returned = null;
            if (_waiting is not null && _waiting.TryDequeue(out message))
            {
                Release(message);
                _running = message.To;
                return true;
            }

            message = default;
            _isActive = false;
            if (_waiting?.Capacity > KeptPlaces)
            {
                _waiting = null;
            }

            return false;
        }
    }

    /// <summary>Throws away what waits for a subscription; the rest keeps its order.</summary>
    private void Drop(NatsSubscription subscription)
    {
        for (var left = subscription.Waiting > 0 ? _waiting!.Count : 0; left > 0; left--)
        {
            var message = _waiting!.Dequeue();
            if (message.To != subscription)
            {
                _waiting.Enqueue(message);
                continue;
            }

            Release(message);
            message.Return();
        }
    }

    private static void Release(in NatsMessage message)
    {
        message.To.Release(message.Length);
        BufferCounters.Hold(-message.Length);
    }

    /// <summary>What has become of a message.</summary>
    internal enum Taken
    {
        /// <summary>It waits for the receiver.</summary>
        Yes,

        /// <summary>There was no room.</summary>
        Full,

        /// <summary>The subscription has ended.</summary>
        Ended,
    }
}
