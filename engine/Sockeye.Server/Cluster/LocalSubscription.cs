using System.Buffers;
using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>One subscription of a bus in the process.</summary>
/// <remarks>It owns the bounds of what waits for its receiver, which are the bus's options. Any thread.</remarks>
/// <param name="bus">The bus.</param>
/// <param name="subject">The subject or pattern.</param>
/// <param name="group">Its group; null: none.</param>
/// <param name="delivery">Where its messages wait.</param>
/// <param name="receiver">Gets them.</param>
internal sealed class LocalSubscription(InProcessBus bus, string subject, string? group, LocalDelivery delivery, BusReceiver receiver) : IBusSubscription
{
    private long _bytes;

    public string Subject { get; } = subject;

    public string? Group { get; } = group;

    public bool IsPattern { get; } = !BusSubject.IsValid(subject);

    /// <summary>Nothing is to come any more. Under the lock of its queue.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Messages that wait for its receiver. Under the lock of its queue.</summary>
    public int Waiting { get; private set; }

    /// <summary>Takes a message, or says why not.</summary>
    public LocalDelivery.Taken TryTake(string messageSubject, byte[] payload, string? replyTo) => delivery.TryTake(new LocalMessage(this, messageSubject, payload, replyTo));

    public async ValueTask DisposeAsync()
    {
        bus.Remove(this);
        await delivery.End(this).ConfigureAwait(false);
    }

    /// <summary>Counts a message that is to wait, if there is room for it. Under the lock of its queue.</summary>
    public bool TryHold(int length)
    {
        if (Waiting >= bus.PendingMessages || (Waiting > 0 && _bytes + length > bus.PendingBytes))
        {
            return false;
        }

        Waiting++;
        _bytes += length;
        return true;
    }

    /// <summary>A message waits no longer. Under the lock of its queue.</summary>
    public void Release(int length)
    {
        Waiting--;
        _bytes -= length;
    }

    /// <summary>Calls the receiver.</summary>
    public void Call(in LocalMessage message)
    {
        try
        {
            receiver(new BusMessage(message.Subject, new ReadOnlySequence<byte>(message.Payload), message.ReplyTo));
        }
#pragma warning disable CA1031 // What a receiver throws is told, and the next message comes.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            bus.Failed($"A receiver of \"{message.Subject}\"", failure);
        }
    }
}

/// <summary>A message that waits for a receiver. Its bytes are shared with other subscriptions.</summary>
internal readonly record struct LocalMessage(LocalSubscription To, string Subject, byte[] Payload, string? ReplyTo);
