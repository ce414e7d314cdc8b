using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Sockets;

/// <summary>Calls what the application has registered for a socket, one after the other, each guarded: what one throws is logged, counted and reported, and the others run.</summary>
/// <remarks>Where the handlers of the socket run; listeners where they are told.</remarks>
internal static class HandlerCalls
{
    /// <summary>Permissions and the gates of plugins, if there are any, then what is registered for the event.</summary>
    public static void Event(ServerSocket socket, in ReceivedEvent e)
    {
        if (SocketTraces.IsOn)
        {
            CallTrace.Event(socket, e);
        }
        else
        {
            Dispatch(socket, e);
        }
    }

    /// <summary>As <see cref="Event"/>, within the span that there is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Each frame on the way of an event is a measurable part of one that nobody hears.
    public static void Dispatch(ServerSocket socket, in ReceivedEvent e)
    {
        if (socket.IsGated)
        {
            EventGates.Run(socket, e);
            return;
        }

        var table = socket.SocketNamespace.Table;
        if (table.Plugins.Length == 0)
        {
            Handle(table.Sets, socket, e);
        }
        else
        {
            Handle(socket, e);
        }
    }

    /// <summary>Catch-all listeners, filters, handlers, in this order, of an event that no gate was asked about.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Handle(ServerSocket socket, in ReceivedEvent e)
    {
        using var use = HandlerUse.Of(socket.SocketNamespace);
        Handle(use.Sets, socket, e);
    }

    /// <summary>The same of an event that gates have let through.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="e">What it has sent, or what a gate has put in its place.</param>
    /// <param name="reader">The same, as gates have seen it.</param>
    /// <param name="lookup">What was found before for its name, if that is still so.</param>
    public static void Handle(ServerSocket socket, in ReceivedEvent e, in EventReader reader, in EventLookup lookup)
    {
        var table = socket.SocketNamespace.Table;
        if (table.Plugins.Length == 0)
        {
            Handle(table.Sets, socket, e, reader, table.Sets.Length == 1 ? lookup.FoundIn(table.Sets[0].Events) : null);
        }
        else
        {
            HandleInUse(socket, e, reader);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HandleInUse(ServerSocket socket, in ReceivedEvent e, in EventReader reader)
    {
        using var use = HandlerUse.Of(socket.SocketNamespace);
        Handle(use.Sets, socket, e, reader, null);
    }

    private static void Handle(NamespaceHandlers[] sets, ServerSocket socket, in ReceivedEvent e, in EventReader reader, EventTable.EventHandlers? found)
    {
        var hearers = Find(sets, socket, e, found);
        if (hearers.Any)
        {
            Call(sets, socket, e, reader, hearers);
        }
        else
        {
            NobodyHears(socket, e, reader.ContextInPlace);
        }
    }

    // Who hears it is looked up here, and called elsewhere: what a call needs is large, and would be cleared for events that nobody hears.
    private static void Handle(NamespaceHandlers[] sets, ServerSocket socket, in ReceivedEvent e)
    {
        var hearers = Find(sets, socket, e, null);
        if (hearers.Any)
        {
            HandleHeard(sets, socket, e, hearers);
        }
        else
        {
            NobodyHears(socket, e, default);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Hearers Find(NamespaceHandlers[] sets, ServerSocket socket, in ReceivedEvent e, EventTable.EventHandlers? found)
    {
        EventTable.EventHandlers? ownFound = null;
        var isSeen = false;
        foreach (var handlers in sets)
        {
            found ??= handlers.Events.Find(e.Name, e.IsNumeric);
            isSeen |= handlers.Any.Items.Length + handlers.Filters.Items.Length > 0;
        }

        if (socket.Handlers is { } own)
        {
            ownFound = own.Events.Find(e.Name, e.IsNumeric);
            found ??= ownFound;
            isSeen |= own.Any.Items.Length + own.Filters.Items.Length > 0;
        }

        return new Hearers(found, ownFound, isSeen);
    }

    /// <summary>Nobody has registered anything for the event.</summary>
    private static void NobodyHears(ServerSocket socket, in ReceivedEvent e, in EventContext gated)
    {
        socket.CountUnhandled();
        socket.TellUnheard(e);
        if (e.AckId >= 0 && socket.SocketNamespace.AnswersFailures)
        {
            RefuseUnknown(socket, e, gated);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RefuseUnknown(ServerSocket socket, in ReceivedEvent e, in EventContext gated) =>
        (gated.Socket is null ? new EventContext(socket, default, e.AckId) : gated).Refuse(Refusals.UnknownEvent);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HandleHeard(NamespaceHandlers[] sets, ServerSocket socket, in ReceivedEvent e, in Hearers hearers)
    {
        var context = new EventContext(socket, hearers.Found is { } found ? found.Name : e.ToName(), e.AckId);
        var reader = new EventReader(context, e.Name, e.Arguments, e.Attachments, socket.Codec);
        Call(sets, socket, e, reader, hearers);
    }

    /// <summary>Somebody has registered something for the event.</summary>
    // What is rare is in methods of their own: the locals of this one are cleared for each event.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Behind gates the reader is there already.
    private static void Call(NamespaceHandlers[] sets, ServerSocket socket, in ReceivedEvent e, in EventReader reader, in Hearers hearers)
    {
        var own = socket.Handlers;
        ref readonly var context = ref reader.ContextInPlace;
        socket.NameActivity(context.Name.Text ?? "numbered event");
        var isTold = e.AckId >= 0 && socket.SocketNamespace.AnswersFailures;
        var outcome = new EventOutcome(isTold, isTold && IsShared(sets, own, hearers.Found, hearers.OwnFound, e.Name, e.IsNumeric));
        if (hearers.Found is not null && !hearers.IsSeen && hearers.OwnFound is null && sets.Length == 1 && sets[0].Calls is null)
        {
            Invoke(socket, hearers.Found.Invokers, null, reader, ref outcome);
        }
        else
        {
            InvokeAll(sets, own, socket, e, hearers.Found, hearers.OwnFound, hearers.IsSeen, reader, ref outcome);
        }

        outcome.End(context);
    }

    /// <summary>More than one set, or others than the handlers of one, are called: listeners, filters, the handlers of all sets, those of the socket.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void InvokeAll(
        NamespaceHandlers[] sets,
        SocketHandlers? own,
        ServerSocket socket,
        in ReceivedEvent e,
        EventTable.EventHandlers? found,
        EventTable.EventHandlers? ownFound,
        bool isSeen,
        in EventReader reader,
        ref EventOutcome outcome)
    {
        if (isSeen)
        {
            Show(sets, own, socket, reader, ref outcome);
            if (!Passes(sets, own, socket, reader, ref outcome))
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
                Name(socket, reader.Context, sets, handlers);
                Invoke(socket, matching.Invokers, handlers.Calls, reader, ref outcome);
            }
        }

        if (ownFound is not null)
        {
            Name(socket, reader.Context, sets, null);
            Invoke(socket, ownFound.Invokers, null, reader, ref outcome);
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

    /// <summary>The name of an event, that of a handler of it if there is one, which need not be made.</summary>
    public static EventName NameOf(ServerSocket socket, in ReceivedEvent e) => FindName(socket, e) ?? e.ToName();

    /// <summary>As <see cref="NameOf(ServerSocket, in ReceivedEvent)"/>, with what was looked up for it.</summary>
    public static EventName NameOf(ServerSocket socket, in ReceivedEvent e, out EventLookup lookup)
    {
        var sets = socket.SocketNamespace.HandlerSets;
        lookup = sets.Length == 1 ? new EventLookup(sets[0].Events, e) : default;
        return lookup.Name ?? NameOf(socket, e);
    }

    /// <summary>The name by which the application has registered handlers of an event; null: it has none.</summary>
    public static string? RegisteredName(ServerSocket socket, in ReceivedEvent e) => FindName(socket, e)?.Text;

    private static EventName? FindName(ServerSocket socket, in ReceivedEvent e)
    {
        foreach (var handlers in socket.SocketNamespace.HandlerSets)
        {
            if (handlers.Events.Find(e.Name, e.IsNumeric) is { } found)
            {
                return found.Name;
            }
        }

        return socket.Handlers?.Events.Find(e.Name, e.IsNumeric)?.Name;
    }

    public static void Connection(ServerSocket socket)
    {
        ExistingHooks.Tell(socket);
        using var use = HandlerUse.Of(socket.SocketNamespace);
        foreach (var handlers in use.Sets)
        {
            foreach (var handler in handlers.Connection.Items)
            {
                socket.NameActivity("OnConnection", handlers.Calls?.Owner ?? socket);
                Start(socket, HandlerKind.Connection, handlers.Calls, handler, static (handler, socket) => handler(socket));
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
                Start(socket, HandlerKind.Disconnect, null, (handler, disconnection), static (call, _) => call.handler(call.disconnection));
            }
        }

        using var use = HandlerUse.Of(socket.SocketNamespace);
        foreach (var handlers in use.Sets)
        {
            foreach (var handler in handlers.Disconnect.Items)
            {
                socket.NameActivity("OnDisconnect", handlers.Calls?.Owner ?? socket);
                Start(socket, HandlerKind.Disconnect, handlers.Calls, (handler, disconnection), static (call, socket) => call.handler(socket, call.disconnection));
            }
        }

        DisconnectHooks.Tell(socket, disconnection);
    }

    public static void Posted(ServerSocket socket, Func<Task?> work)
    {
        socket.NameActivity("posted work");
        Start(socket, HandlerKind.Other, null, work, static (work, _) => work());
    }

    /// <summary>Tells the loop whose handlers of an event run: a plugin's are named with it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="context">The event.</param>
    /// <param name="sets">All sets: without plugins the event has its name already.</param>
    /// <param name="handlers">The set; null: that of the socket.</param>
    private static void Name(ServerSocket socket, in EventContext context, NamespaceHandlers[] sets, NamespaceHandlers? handlers)
    {
        if (sets.Length > 0 && sets[0].Calls is not null)
        {
            socket.NameActivity(context.Name.Text ?? "numbered event", handlers?.Calls?.Owner ?? socket);
        }
    }

    /// <summary>Calls a listener that no handler waits for.</summary>
    public static void Tell<TCall>(ServerSocket socket, CallCount? calls, TCall call, Func<TCall, ServerSocket, Task?> listener)
    {
        var context = new EventContext(socket, default);
        try
        {
            var task = listener(call, socket);
            if (task is not null)
            {
                calls?.Add(task);
            }

            socket.Track(task, context, HandlerKind.Other, isConcurrent: true);
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
        Show(socket, listeners, null, e, isConcurrent: true, ref nobody);
    }

    /// <summary>Shows an event to catch-all listeners. One that fails keeps it from nobody, but while one awaits it may still answer.</summary>
    private static void Show(ServerSocket socket, HandlerList<RawTaskHandler> listeners, CallCount? calls, in EventReader e, bool isConcurrent, ref EventOutcome outcome)
    {
        foreach (var listener in listeners.Items)
        {
            try
            {
                var task = listener(e);
                if (task is not null)
                {
                    calls?.Add(task);
                }

                socket.Track(task, e.Context, HandlerKind.CatchAll, isConcurrent, ref outcome);
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
    private static bool IsShared(NamespaceHandlers[] sets, SocketHandlers? own, EventTable.EventHandlers? found, EventTable.EventHandlers? ownFound, ReadOnlySpan<byte> name, bool isNumeric)
    {
        if (IsHeard(sets, own) || found is not { Invokers.Length: 1 } || (ownFound is not null && ownFound != found))
        {
            return true;
        }

        // Of several sets in the rule one has a handler of the event.
        var others = ownFound == found ? 1 : 0;
        foreach (var handlers in sets)
        {
            if (sets.Length > 1 && handlers.Events.Find(name, isNumeric) is not null && others++ > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void Show(NamespaceHandlers[] sets, SocketHandlers? own, ServerSocket socket, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var handlers in sets)
        {
            if (handlers.Any.Items.Length > 0)
            {
                Name(socket, e.Context, sets, handlers);
            }

            Show(socket, handlers.Any, handlers.Calls, e, socket.IsConcurrent, ref outcome);
        }

        if (own is not null)
        {
            Show(socket, own.Any, null, e, socket.IsConcurrent, ref outcome);
        }
    }

    private static bool Passes(NamespaceHandlers[] sets, SocketHandlers? own, ServerSocket socket, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var handlers in sets)
        {
            if (handlers.Filters.Items.Length > 0)
            {
                Name(socket, e.Context, sets, handlers);
            }

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
                CallTrace.Current?.Fail(failure);
                socket.RaiseEventError(HandlerKind.Filter, e.Context, failure);
                outcome.Fail(socket, failure);
                return false;
            }
        }

        return true;
    }

    private static void Invoke(ServerSocket socket, EventInvoker[] invokers, CallCount? calls, in EventReader e, ref EventOutcome outcome)
    {
        foreach (var invoker in invokers)
        {
            try
            {
                if (invoker.Begin() && invoker.Invoke(e) is { } task)
                {
                    calls?.Add(task);
                    socket.Track(task, e.Context, HandlerKind.Event, socket.IsConcurrent || invoker.IsConcurrent, ref outcome);
                }
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                CallTrace.Current?.Fail(failure);
                socket.RaiseEventError(HandlerKind.Event, e.Context, failure);
                outcome.Fail(socket, failure);
            }
        }
    }

    /// <summary>Calls a handler that is no event's, and waits for it as for the handler of an event.</summary>
    private static void Start<TCall>(ServerSocket socket, HandlerKind kind, CallCount? calls, TCall call, Func<TCall, ServerSocket, Task?> handler)
    {
        var context = new EventContext(socket, default);
        try
        {
            var task = handler(call, socket);
            if (task is not null)
            {
                calls?.Add(task);
            }

            socket.Track(task, context, kind, socket.IsConcurrent);
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            socket.RaiseError(kind, context, failure);
        }
    }

    /// <summary>Who hears an event: its handlers, those of them that the socket has itself, and whether somebody sees all events.</summary>
    private readonly struct Hearers(EventTable.EventHandlers? found, EventTable.EventHandlers? ownFound, bool isSeen)
    {
        public EventTable.EventHandlers? Found => found;

        public EventTable.EventHandlers? OwnFound => ownFound;

        public bool IsSeen => isSeen;

        public bool Any => found is not null || isSeen;
    }
}
