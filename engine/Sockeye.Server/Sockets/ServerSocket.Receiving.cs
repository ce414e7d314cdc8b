using Sockeye.Protocol.SocketIO;

namespace Sockeye.Server.Sockets;

/// <content>What the client sends: events on their way to the handlers, one at a time, and acknowledgements, which pass them.</content>
internal sealed partial class ServerSocket
{
    /// <summary>Handles an event at once, or queues a copy behind what is still being handled.</summary>
    public void Receive(in SocketPacket packet, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        var e = new ReceivedEvent(packet, attachments, packet.NameHasEscape ? stackalloc byte[ReceivedEvent.MaxNameBytes] : default);
        Server.Metrics.Received(LoopIndex);
        if (Server.Rates is { } rates && !IsWithinRates(rates, e))
        {
            return;
        }

        if (!CanHandleNow)
        {
            var copy = QueuedEvent.Copy(e);
            if (!Queue.TryAdd(copy))
            {
                copy.Discard();
            }

            return;
        }

        if (Server.IsStopped)
        {
            return;
        }

        Begin();
        try
        {
            HandlerCalls.Event(this, e);
        }
        finally
        {
            EndHere();
        }
    }

    /// <summary>Hands an acknowledgement to whoever waits for it; one that nobody waits for is counted and forgotten.</summary>
    public void ReceiveAck(in SocketPacket packet, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        if (Acks?.Remove(packet.AckId) is { } ack)
        {
            ack.Callback.Answer(new EventReader(new EventContext(this, default), default, packet.Arguments, attachments, Codec));
        }
        else
        {
            Server.Metrics.UnknownAck();
        }
    }
}
