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
            return;
        }

        var context = new EventContext(socket, found is null ? e.ToName() : found.Name, e.AckId);
        var reader = new EventReader(context, e.Name, e.Arguments, e.Attachments, socket.Codec);
        socket.NameActivity(context.Name.Text ?? "numbered event");
        if (socket.SocketNamespace.HasIncomingListeners || own is not null)
        {
            foreach (var handlers in sets)
            {
                Show(socket, handlers.Any, reader, socket.IsConcurrent);
            }

            if (own is not null)
            {
                Show(socket, own.Any, reader, socket.IsConcurrent);
            }

            foreach (var handlers in sets)
            {
                if (!Passes(socket, handlers.Filters, reader))
                {
                    return;
                }
            }

            if (own is not null && !Passes(socket, own.Filters, reader))
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
                Invoke(socket, matching.Invokers, reader);
            }
        }

        if (ownFound is not null)
        {
            Invoke(socket, ownFound.Invokers, reader);
        }
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

    /// <summary>Shows an event to catch-all listeners.</summary>
    public static void Show(ServerSocket socket, HandlerList<RawTaskHandler> listeners, in EventReader e, bool isConcurrent)
    {
        foreach (var listener in listeners.Items)
        {
            try
            {
                socket.Track(listener(e), e.Context, HandlerKind.CatchAll, isConcurrent);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                socket.RaiseError(HandlerKind.CatchAll, e.Context, failure);
            }
        }
    }

    /// <summary>A filter that fails stops the event: it may be there to protect the handler.</summary>
    private static bool Passes(ServerSocket socket, HandlerList<EventFilter> filters, in EventReader e)
    {
        foreach (var filter in filters.Items)
        {
            try
            {
                var verdict = filter(e);
                if (verdict.Reason is { } reason)
                {
                    socket.RaiseError(HandlerKind.Filter, e.Context, new EventRejectedException(reason));
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
                socket.RaiseError(HandlerKind.Filter, e.Context, failure);
                return false;
            }
        }

        return true;
    }

    private static void Invoke(ServerSocket socket, EventInvoker[] invokers, in EventReader e)
    {
        foreach (var invoker in invokers)
        {
            try
            {
                if (invoker.Begin() && invoker.Invoke(e) is { } task)
                {
                    socket.Track(task, e.Context, HandlerKind.Event, socket.IsConcurrent || invoker.IsConcurrent);
                }
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                socket.RaiseError(HandlerKind.Event, e.Context, failure);
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
