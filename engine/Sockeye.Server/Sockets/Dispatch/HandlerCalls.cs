using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Sockets;

/// <summary>Calls what the application has registered for a socket, one after the other, each guarded: what one throws is logged, counted and reported, and the others run.</summary>
/// <remarks>Where the handlers of the socket run; listeners where they are told.</remarks>
internal static class HandlerCalls
{
    /// <summary>Catch-all listeners, filters, handlers, in this order.</summary>
    public static void Event(ServerSocket socket, in ReceivedEvent e)
    {
        var sets = socket.SocketNamespace.HandlerSets;
        var own = socket.Handlers;
        EventTable.EventHandlers? found = null;
        foreach (var handlers in sets)
        {
            found ??= handlers.Events.Find(e.Name, e.IsNumeric);
        }

        var ownFound = own?.Events.Find(e.Name, e.IsNumeric);
        found ??= ownFound;
        if (found is null && !socket.SocketNamespace.HasIncomingListeners && own is not { Any.Items.Length: > 0 } and not { Filters.Items.Length: > 0 })
        {
            socket.CountUnhandled();
            socket.TellUnheard(e);
            if (e.AckId >= 0 && socket.SocketNamespace.AnswersFailures)
            {
                new EventContext(socket, default, e.AckId).Refuse(Refusals.UnknownEvent);
            }

            return;
        }

        var context = new EventContext(socket, found is null ? e.ToName() : found.Name, e.AckId);
        var reader = new EventReader(context, e.Name, e.Arguments, e.Attachments, socket.Codec);
        socket.NameActivity(context.Name.Text ?? "numbered event");
        var isSeen = socket.SocketNamespace.HasIncomingListeners || own is not null;
        var isTold = e.AckId >= 0 && socket.SocketNamespace.AnswersFailures;
        var outcome = new EventOutcome(isTold, isTold && IsShared(sets, own, found, ownFound));
        if (isSeen)
        {
            Show(sets, own, socket, reader, ref outcome);
        }

        if (!isSeen || Passes(sets, own, socket, reader, ref outcome))
        {
            foreach (var handlers in sets)
            {
                // The table was looked up above; with one set, which is the rule, it is not looked up again.
                var matching = sets.Length == 1 && ownFound != found ? found : handlers.Events.Find(e.Name, e.IsNumeric);
                if (matching is not null)
                {
                    Invoke(socket, matching.Invokers, reader, ref outcome);
                }
            }

            if (ownFound is not null)
            {
                Invoke(socket, ownFound.Invokers, reader, ref outcome);
            }

            if (found is null)
            {
                outcome.Refuse(Refusals.UnknownEvent);
                if (!IsHeard(sets, own))
                {
                    socket.TellUnheard(e);
                }
            }
        }

        outcome.End(context);
    }

    public static void Connection(ServerSocket socket)
    {
        socket.NameActivity("OnConnection");
        foreach (var handlers in socket.SocketNamespace.HandlerSets)
        {
            foreach (var handler in handlers.Connection.Items)
            {
                Start(socket, HandlerKind.Connection, handler, static (handler, socket) => handler(socket));
            }
        }
    }

    public static void Disconnection(ServerSocket socket, Disconnection disconnection)
    {
        socket.NameActivity("OnDisconnect");
        if (socket.Handlers is { } own)
        {
            foreach (var handler in own.Disconnect.Items)
            {
                Start(socket, HandlerKind.Disconnect, (handler, disconnection), static (call, _) => call.handler(call.disconnection));
            }
        }

        foreach (var handlers in socket.SocketNamespace.HandlerSets)
        {
            foreach (var handler in handlers.Disconnect.Items)
            {
                Start(socket, HandlerKind.Disconnect, (handler, disconnection), static (call, socket) => call.handler(socket, call.disconnection));
            }
        }
    }

    public static void Posted(ServerSocket socket, Func<Task?> work)
    {
        socket.NameActivity("posted work");
        Start(socket, HandlerKind.Other, work, static (work, _) => work());
    }

    /// <summary>Calls a listener that no handler waits for.</summary>
    public static void Tell<TCall>(ServerSocket socket, TCall call, Func<TCall, ServerSocket, Task?> listener)
    {
        var context = new EventContext(socket, default);
        try
        {
            socket.Track(listener(call, socket), context, HandlerKind.Other, isConcurrent: true);
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            socket.RaiseError(HandlerKind.Other, context, failure);
        }
    }

    /// <summary>Shows an outgoing event to catch-all listeners.</summary>
    public static void ShowOutgoing(ServerSocket socket, HandlerList<RawTaskHandler> listeners, in EventReader e)
    {
        EventOutcome nobody = default;
        Show(socket, listeners, e, isConcurrent: true, ref nobody);
    }

    /// <summary>Shows an event to catch-all listeners. One that fails keeps it from nobody, but while one awaits it may still answer.</summary>
    private static void Show(ServerSocket socket, HandlerList<RawTaskHandler> listeners, in EventReader e, bool isConcurrent, ref EventOutcome outcome)
    {
        foreach (var listener in listeners.Items)
        {
            try
            {
                socket.Track(listener(e), e.Context, HandlerKind.CatchAll, isConcurrent, ref outcome);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                socket.RaiseError(HandlerKind.CatchAll, e.Context, failure);
            }
        }
    }

    /// <summary>Whether catch-all listeners see the event.</summary>
    private static bool IsHeard(NamespaceHandlers[] sets, SocketHandlers? own)
    {
        foreach (var handlers in sets)
        {
            if (handlers.Any.Items.Length > 0)
            {
                return true;
            }
        }

        return own is { Any.Items.Length: > 0 };
    }

    /// <summary>Whether more than one may see the event that can await, and so can answer late.</summary>
    private static bool IsShared(NamespaceHandlers[] sets, SocketHandlers? own, EventTable.EventHandlers? found, EventTable.EventHandlers? ownFound)
    {
        return IsHeard(sets, own) || sets.Length > 1 || found is not { Invokers.Length: 1 } || (ownFound is not null && ownFound != found);
    }

    private static void Show(NamespaceHandlers[] sets, SocketHandlers? own, ServerSocket socket, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var handlers in sets)
        {
            Show(socket, handlers.Any, e, socket.IsConcurrent, ref outcome);
        }

        if (own is not null)
        {
            Show(socket, own.Any, e, socket.IsConcurrent, ref outcome);
        }
    }

    private static bool Passes(NamespaceHandlers[] sets, SocketHandlers? own, ServerSocket socket, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var handlers in sets)
        {
            if (!Passes(socket, handlers.Filters, e, ref outcome))
            {
                return false;
            }
        }

        return own is null || Passes(socket, own.Filters, e, ref outcome);
    }

    /// <summary>A filter that fails stops the event: it may be there to protect the handler.</summary>
    private static bool Passes(ServerSocket socket, HandlerList<EventFilter> filters, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var filter in filters.Items)
        {
            try
            {
                var verdict = filter(e);
                if (verdict.Refusal is { } refusal)
                {
                    outcome.Refuse(refusal);
                    socket.RaiseError(HandlerKind.Filter, e.Context, new EventRefusedException(refusal));
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
                socket.RaiseEventError(HandlerKind.Filter, e.Context, failure);
                outcome.Fail(socket, failure);
                return false;
            }
        }

        return true;
    }

    private static void Invoke(ServerSocket socket, EventInvoker[] invokers, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var invoker in invokers)
        {
            try
            {
                if (invoker.Begin() && invoker.Invoke(e) is { } task)
                {
                    socket.Track(task, e.Context, HandlerKind.Event, socket.IsConcurrent || invoker.IsConcurrent, ref outcome);
                }
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                socket.RaiseEventError(HandlerKind.Event, e.Context, failure);
                outcome.Fail(socket, failure);
            }
        }
    }

    /// <summary>Calls a handler that is no event's, and waits for it as for the handler of an event.</summary>
    private static void Start<TCall>(ServerSocket socket, HandlerKind kind, TCall call, Func<TCall, ServerSocket, Task?> handler)
    {
        var context = new EventContext(socket, default);
        try
        {
            socket.Track(handler(call, socket), context, kind, socket.IsConcurrent);
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            socket.RaiseError(kind, context, failure);
        }
    }
}
