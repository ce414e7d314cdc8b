using System.Buffers;
using Sockeye.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>One subscription of a bus in the process, with the messages that wait for its receiver.</summary>
/// <remarks>It owns its queue, bounded by the options of the bus. Any thread; the receiver is called on the thread pool, for one message after the other, and gives its thread back after some.</remarks>
internal sealed class LocalSubscription(InProcessBus bus, string subject, string? group, BusReceiver receiver) : IBusSubscription, IThreadPoolWorkItem
{
    /// <summary>Messages for which it keeps a thread of the pool at a time (own).</summary>
    private const int MessagesPerTurn = 64;

    /// <summary>Places of an empty queue that are kept (own).</summary>
    private const int KeptPlaces = 256;

    [ThreadStatic]
    private static LocalSubscription? s_running;

    private readonly Lock _lock = new();
    private readonly Queue<Item> _waiting = new();
    private TaskCompletionSource? _idle;
    private long _bytes;
    private bool _isActive;
    private bool _isEnded;

    public string Subject { get; } = subject;

    public string? Group { get; } = group;

    public bool IsPattern { get; } = !BusSubject.IsValid(subject);

    /// <summary>Takes a message, or says why not. What its queue holds is counted in the process's memory.</summary>
    public Taken TryTake(string messageSubject, byte[] payload, string? replyTo)
    {
        var isFirst = false;
        lock (_lock)
        {
            if (_isEnded)
            {
                return Taken.Ended;
            }

            if (_waiting.Count >= bus.PendingMessages || (_waiting.Count > 0 && _bytes + payload.Length > bus.PendingBytes))
            {
                return Taken.Full;
            }

            _waiting.Enqueue(new Item(messageSubject, payload, replyTo));
            _bytes += payload.Length;
            BufferCounters.Hold(payload.Length);
            if (!_isActive)
            {
                _isActive = isFirst = true;
            }
        }

        if (isFirst)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return Taken.Yes;
    }

    public async ValueTask DisposeAsync()
    {
        bus.Remove(this);
        TaskCompletionSource idle;
        lock (_lock)
        {
            _isEnded = true;
            _waiting.Clear();
            BufferCounters.Hold(-(int)_bytes);
            _bytes = 0;
            if (!_isActive || s_running == this)
            {
                return;
            }

            idle = _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await idle.Task.ConfigureAwait(false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(bus.Context);
        s_running = this;
        try
        {
            for (var i = 0; i < MessagesPerTurn; i++)
            {
                if (!TryNext(out var item))
                {
                    return;
                }

                Call(item);
            }
        }
        finally
        {
            s_running = null;
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryNext(out Item item)
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out item))
            {
                _bytes -= item.Payload.Length;
                BufferCounters.Hold(-item.Payload.Length);
                return true;
            }

            _isActive = false;
            _idle?.TrySetResult();
            if (_waiting.Capacity > KeptPlaces)
            {
                _waiting.TrimExcess();
            }

            return false;
        }
    }

    private void Call(in Item item)
    {
        try
        {
            receiver(new BusMessage(item.Subject, new ReadOnlySequence<byte>(item.Payload), item.ReplyTo));
        }
#pragma warning disable CA1031 // What a receiver throws is told, and the next message comes.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            bus.Failed($"A receiver of \"{item.Subject}\"", failure);
        }
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

    private readonly record struct Item(string Subject, byte[] Payload, string? ReplyTo);
}
