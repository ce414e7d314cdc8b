using System.Buffers;
using NATS.Client.Core;

namespace Sockeye.Cluster.Nats;

/// <summary>One subscription.</summary>
/// <remarks>
/// <para>It owns the bounds of what waits for its receiver. The connection's read loop copies into the queue of <see cref="NatsDelivery"/> and never waits: a receiver that blocks holds up nothing but itself, and those that share its queue.</para>
/// <para>Any thread. The client of NATS knows it by a weak reference alone, so the bus holds it until it is disposed.</para>
/// </remarks>
internal sealed class NatsSubscription : NatsSubBase, IBusSubscription
{
    private readonly NatsClusterBus _bus;
    private readonly NatsDelivery _delivery;
    private readonly BusReceiver _receiver;
    private readonly string _subject;
    private readonly bool _isPattern;
    private long _bytes;
    private bool _isBehind;

    public NatsSubscription(NatsClusterBus bus, NatsLink link, string subject, string? group, NatsDelivery delivery, BusReceiver receiver)
        : base(link.Connection, link.Connection.SubscriptionManager, bus.Wire.Of(subject), group, opts: null)
    {
        _bus = bus;
        Link = link;
        _delivery = delivery;
        _receiver = receiver;
        _subject = subject;
        _isPattern = !BusSubject.IsValid(subject);
    }

    string IBusSubscription.Subject => _subject;

    /// <summary>Why the server lets nothing come; null: it does.</summary>
    public BusException? Denied { get; private set; }

    public NatsLink Link { get; }

    /// <summary>Nothing is to come any more. Under the lock of its queue.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Messages that wait for its receiver. Under the lock of its queue.</summary>
    public int Waiting { get; private set; }

    /// <summary>The server does not allow it; null: it is asked again.</summary>
    public void Deny(string? error)
    {
        Denied = error is null ? null : new BusException($"NATS does not let this node listen to \"{_bus.Wire.Of(_subject)}\" ({error}).") { IsFinal = true };
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_bus.Forget(this))
        {
            // A second call waits for the receiver as the first does.
            await _delivery.End(this).ConfigureAwait(false);
            return;
        }

        var returned = _delivery.End(this);
        try
        {
            await base.DisposeAsync().ConfigureAwait(false);
            if (QueueGroup is not null)
            {
                // The server gives each message to one of a group, and until it has heard of the end to this one too; what is published next may overtake that.
                await Link.HeardAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // The connection is lost or stuck; the subscription is not renewed with it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        await returned.ConfigureAwait(false);
    }

    /// <summary>Counts a message that is to wait, if there is room for it. Under the lock of its queue.</summary>
    public bool TryHold(int length, out bool isNewlyBehind)
    {
        if (Waiting >= _bus.PendingMessages || (Waiting > 0 && _bytes + length > _bus.PendingBytes))
        {
            (isNewlyBehind, _isBehind) = (!_isBehind, true);
            return false;
        }

        isNewlyBehind = false;
        Waiting++;
        _bytes += length;
        return true;
    }

    /// <summary>A message waits no longer. Under the lock of its queue.</summary>
    public void Release(int length)
    {
        Waiting--;
        _bytes -= length;
        _isBehind &= Waiting > 0;
    }

    public void Receive(in BusMessage message) => _receiver(message);

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
        var message = new NatsMessage(this, _isPattern ? _bus.Wire.Inner(subject) : _subject, length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length), length, _bus.Wire.InnerReply(replyTo));
        payload.CopyTo(message.Buffer);
        switch (_delivery.TryTake(message, out var isNewlyBehind))
        {
            case NatsDelivery.Taken.Full:
                message.Return();
                _bus.DroppedBehind(message.Subject, isNewlyBehind);
                break;
            case NatsDelivery.Taken.Ended:
                message.Return();
                break;
        }
    }
}

/// <summary>A message on its way from the connection to a receiver. It owns its buffer, which is of the shared pool.</summary>
internal readonly record struct NatsMessage(NatsSubscription To, string Subject, byte[] Buffer, int Length, string? ReplyTo)
{
    /// <summary>Calls the receiver, and gives the buffer back.</summary>
    public void Deliver()
    {
        try
        {
            To.Receive(new BusMessage(Subject, new ReadOnlySequence<byte>(Buffer, 0, Length), ReplyTo));
        }
        finally
        {
            Return();
        }
    }

    public void Return()
    {
        if (Buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Buffer);
        }
    }
}
