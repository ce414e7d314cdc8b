using System.Buffers;
using NATS.Client.Core;
using Sockeye.Transport;

namespace Sockeye.Cluster.Nats;

/// <summary>One subscription, with the messages that wait for its receiver.</summary>
/// <remarks>
/// <para>It owns its queue, bounded by the options of the bus. The connection's read loop copies into it and never waits: a receiver that blocks holds up nothing but itself. Receivers run on the thread pool, one message
/// after the other, and their thread is given back after some.</para>
/// <para>Any thread. The client of NATS knows it by a weak reference alone, so the bus holds it until it is disposed.</para>
/// </remarks>
internal sealed class NatsSubscription : NatsSubBase, IBusSubscription, IThreadPoolWorkItem
{
    /// <summary>Messages for which it keeps a thread of the pool at a time (own).</summary>
    private const int MessagesPerTurn = 64;

    /// <summary>Places of an empty queue that are kept (own).</summary>
    private const int KeptPlaces = 64;

    [ThreadStatic]
    private static NatsSubscription? s_running;

    private readonly NatsClusterBus _bus;
    private readonly NatsLink _link;
    private readonly BusReceiver _receiver;
    private readonly string _subject;
    private readonly bool _isPattern;
    private readonly Lock _lock = new();
    private Queue<Item>? _waiting;
    private TaskCompletionSource? _idle;
    private long _bytes;
    private bool _isActive;
    private bool _isBehind;
    private bool _isEnded;

    public NatsSubscription(NatsClusterBus bus, NatsLink link, string subject, string? group, BusReceiver receiver)
        : base(link.Connection, link.Connection.SubscriptionManager, bus.Wire.Of(subject), group, opts: null)
    {
        _bus = bus;
        _link = link;
        _receiver = receiver;
        _subject = subject;
        _isPattern = !BusSubject.IsValid(subject);
    }

    string IBusSubscription.Subject => _subject;

    /// <summary>Why the server lets nothing come; null: it does.</summary>
    public BusException? Denied { get; private set; }

    public NatsLink Link => _link;

    /// <summary>The server does not allow it; null: it is asked again.</summary>
    public void Deny(string? error)
    {
        Denied = error is null ? null : new BusException($"NATS does not let this node listen to \"{_bus.Wire.Of(_subject)}\" ({error}).");
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_bus.Forget(this))
        {
            // A second call waits for the receiver as the first does.
            await End().ConfigureAwait(false);
            return;
        }

        var idle = End();
        try
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The connection is lost or stuck; the subscription is not renewed with it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        await idle.ConfigureAwait(false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        s_running = this;
        try
        {
            for (var i = 0; i < MessagesPerTurn; i++)
            {
                if (!TryNext(out var item))
                {
                    return;
                }

                _bus.Calls.Run(static known => known.Me.Call(known.Item), (Me: this, Item: item), "A receiver");
            }
        }
        finally
        {
            s_running = null;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>On the read loop of the connection.</summary>
    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        if (!_isPattern || !_bus.Wire.IsOwn(subject))
        {
            Take(subject, replyTo, payloadBuffer);
        }
        else if (payloadBuffer.IsEmpty && NatsLink.IsNoResponders(headersBuffer))
        {
            _bus.TellNoResponders(subject);
        }

        return ValueTask.CompletedTask;
    }

    protected override void TryComplete()
    {
    }

    private void Take(string subject, string? replyTo, in ReadOnlySequence<byte> payload)
    {
        var length = (int)payload.Length;
        var item = new Item(_isPattern ? _bus.Wire.Inner(subject) : _subject, length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length), length, _bus.Wire.InnerReply(replyTo));
        payload.CopyTo(item.Buffer);
        bool isFirst, isNewlyBehind;
        lock (_lock)
        {
            if (_isEnded)
            {
                return;
            }

            var waiting = _waiting ??= new Queue<Item>();
            if (waiting.Count >= _bus.PendingMessages || (waiting.Count > 0 && _bytes + length > _bus.PendingBytes))
            {
                (isFirst, isNewlyBehind, _isBehind) = (false, !_isBehind, true);
            }
            else
            {
                waiting.Enqueue(item);
                _bytes += length;
                (isFirst, isNewlyBehind, _isActive) = (!_isActive, false, true);

                // Before the receiver can have it: what it has got has been counted.
                BufferCounters.Hold(length);
                _link.CountDelivered();
                item = default;
            }
        }

        if (item.Buffer is not null)
        {
            item.Return();
            _bus.DroppedBehind(item.Subject, isNewlyBehind);
            return;
        }

        if (isFirst)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private bool TryNext(out Item item)
    {
        lock (_lock)
        {
            item = default;
            if (_waiting is not null && _waiting.TryDequeue(out item))
            {
                _bytes -= item.Length;
                BufferCounters.Hold(-item.Length);
                return true;
            }

            _isActive = _isBehind = false;
            _idle?.TrySetResult();
            if (_waiting?.Capacity > KeptPlaces)
            {
                _waiting = null;
            }

            return false;
        }
    }

    private void Call(in Item item)
    {
        try
        {
            _receiver(new BusMessage(item.Subject, new ReadOnlySequence<byte>(item.Buffer, 0, item.Length), item.ReplyTo));
        }
        finally
        {
            item.Return();
        }
    }

    /// <summary>No call begins any more. Completes when the one that runs has returned, at once if that one is the caller.</summary>
    private Task End()
    {
        lock (_lock)
        {
            _isEnded = true;
            while (_waiting is not null && _waiting.TryDequeue(out var item))
            {
                BufferCounters.Hold(-item.Length);
                item.Return();
            }

            _bytes = 0;
            return !_isActive || s_running == this ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private readonly record struct Item(string Subject, byte[] Buffer, int Length, string? ReplyTo)
    {
        public void Return()
        {
            if (Buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(Buffer);
            }
        }
    }
}
