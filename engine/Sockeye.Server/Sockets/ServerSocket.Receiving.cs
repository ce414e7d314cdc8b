using Sockeye.Abstractions.Sockets;
using Sockeye.Protocol.SocketIO;

namespace Sockeye;

/// <content>What the client sends: events on their way to the handlers, one at a time, and acknowledgements, which pass them.</content>
internal sealed partial class ServerSocket
{
    /// <summary>Handles an event at once, or queues a copy behind what is still being handled.</summary>
    public void Receive(in SocketPacket packet, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        var e = new ReceivedEvent(packet, attachments, packet.NameHasEscape ? stackalloc byte[ReceivedEvent.MaxNameBytes] : default);
        Server.Metrics.Received(LoopIndex);
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
            Dispatch(e);
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

    /// <summary>Catch-all listeners, filters, handlers, in this order. Where the handlers run.</summary>
    public void Dispatch(in ReceivedEvent e)
    {
        var sets = _namespace.HandlerSets;
        var own = Handlers;
        EventTable.EventHandlers? found = null;
        foreach (var handlers in sets)
        {
            found ??= handlers.Events.Find(e.Name, e.IsNumeric);
        }

        var ownFound = own?.Events.Find(e.Name, e.IsNumeric);
        found ??= ownFound;
        if (found is null && !_namespace.HasIncomingListeners && own is not { Any.Items.Length: > 0 } and not { Filters.Items.Length: > 0 })
        {
            Server.Metrics.Unhandled(IsHere ? LoopIndex : -1);
            return;
        }

        var context = new EventContext(this, found?.Name ?? e.ToName(), e.AckId);
        var reader = new EventReader(context, e.Name, e.Arguments, e.Attachments, Codec);
        NameActivity(context.Name.Text ?? "numbered event");
        if (_namespace.HasIncomingListeners || own is not null)
        {
            foreach (var handlers in sets)
            {
                RunListeners(handlers.Any, reader, IsConcurrent);
            }

            if (own is not null)
            {
                RunListeners(own.Any, reader, IsConcurrent);
            }

            foreach (var handlers in sets)
            {
                if (!Passes(handlers.Filters, reader))
                {
                    return;
                }
            }

            if (own is not null && !Passes(own.Filters, reader))
            {
                return;
            }
        }

        foreach (var handlers in sets)
        {
            // The table was looked up above; with one set, which is the rule, it is not looked up again.
            var matching = sets.Length == 1 && ownFound != found ? found : handlers.Events.Find(e.Name, e.IsNumeric);
            if (matching is not null)
            {
                Invoke(matching.Invokers, reader);
            }
        }

        if (ownFound is not null)
        {
            Invoke(ownFound.Invokers, reader);
        }
    }

    private void RunListeners(HandlerList<RawTaskHandler> listeners, in EventReader e, bool isConcurrent)
    {
        foreach (var listener in listeners.Items)
        {
            try
            {
                Track(listener(e), e.Context, HandlerKind.CatchAll, isConcurrent);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                RaiseError(HandlerKind.CatchAll, e.Context, failure);
            }
        }
    }

    /// <summary>A filter that fails stops the event: it may be there to protect the handler.</summary>
    private bool Passes(HandlerList<EventFilter> filters, in EventReader e)
    {
        foreach (var filter in filters.Items)
        {
            try
            {
                var verdict = filter(e);
                if (verdict.Reason is { } reason)
                {
                    RaiseError(HandlerKind.Filter, e.Context, new EventRejectedException(reason));
                }

                if (verdict.Stops)
                {
                    return false;
                }
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                RaiseError(HandlerKind.Filter, e.Context, failure);
                return false;
            }
        }

        return true;
    }

    private void Invoke(EventInvoker[] invokers, in EventReader e)
    {
        foreach (var invoker in invokers)
        {
            try
            {
                if (invoker.Begin() && invoker.Invoke(e) is { } task)
                {
                    Track(task, e.Context, HandlerKind.Event, IsConcurrent || invoker.IsConcurrent);
                }
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                RaiseError(HandlerKind.Event, e.Context, failure);
            }
        }
    }
}
