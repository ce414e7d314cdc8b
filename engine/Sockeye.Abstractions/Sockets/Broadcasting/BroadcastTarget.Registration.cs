using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public abstract partial class BroadcastTarget
{
    /// <summary>Called for each client that has entered, before its first event.</summary>
    /// <param name="handler">Runs on the socket's event loop, or where <see cref="BroadcastTarget.RunHandlers"/> says.</param>
    public EventRegistration OnConnection(Action<SockeyeSocket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Connection.Add(socket =>
        {
            handler(socket);
            return null;
        });
    }

    /// <inheritdoc cref="OnConnection(Action{SockeyeSocket})" />
    public EventRegistration OnConnection(Func<SockeyeSocket, Task> handler) => Handlers.Connection.Add(handler);

    /// <inheritdoc cref="OnConnection(Action{SockeyeSocket})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnConnection(Func<SockeyeSocket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Connection.Add(socket => HandlerTask.Of(handler(socket)));
    }

    /// <summary>Called once for each client that had entered and has gone, after all other handlers of its socket: those that still ran, and those of every event that had arrived.
    /// The socket has left the namespace; <see cref="SockeyeSocket.Rooms"/> are those that it was in. A handler that goes on for StopTimeout after the socket has gone is named in the log and not waited for any longer.</summary>
    /// <param name="handler">Runs where the socket's other handlers run.</param>
    public EventRegistration OnDisconnect(Action<SockeyeSocket, Disconnection> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Disconnect.Add((socket, why) =>
        {
            handler(socket, why);
            return null;
        });
    }

    /// <inheritdoc cref="OnDisconnect(Action{SockeyeSocket, Disconnection})" />
    public EventRegistration OnDisconnect(Func<SockeyeSocket, Disconnection, Task> handler) => Handlers.Disconnect.Add(handler);

    /// <inheritdoc cref="OnDisconnect(Action{SockeyeSocket, Disconnection})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnDisconnect(Func<SockeyeSocket, Disconnection, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Disconnect.Add((socket, why) => HandlerTask.Of(handler(socket, why)));
    }

    /// <summary>Adds a decision about who may enter, asked in the order of registration before OnConnection.</summary>
    /// <param name="admission">Gets the socket, which is not in the namespace yet.</param>
    public EventRegistration Use(Func<SockeyeSocket, ConnectResult> admission)
    {
        ArgumentNullException.ThrowIfNull(admission);
        return Handlers.Admission.Add(new AdmissionHandler(admission.Method, (socket, _) => new ValueTask<ConnectResult>(admission(socket))));
    }

    /// <summary>Adds a decision about who may enter, asked in the order of registration before OnConnection.</summary>
    /// <param name="admission">Gets the socket, which is not in the namespace yet, and a token that fires when the client is gone or has been refused because the time for admission is over.</param>
    public EventRegistration Use(Func<SockeyeSocket, CancellationToken, Task<ConnectResult>> admission)
    {
        ArgumentNullException.ThrowIfNull(admission);
        return Handlers.Admission.Add(new AdmissionHandler(admission.Method, (socket, token) => new ValueTask<ConnectResult>(admission(socket, token))));
    }

    /// <inheritdoc cref="Use(Func{SockeyeSocket, CancellationToken, Task{ConnectResult}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration Use(Func<SockeyeSocket, Task<ConnectResult>> admission)
    {
        ArgumentNullException.ThrowIfNull(admission);
        return Handlers.Admission.Add(new AdmissionHandler(admission.Method, (socket, _) => new ValueTask<ConnectResult>(admission(socket))));
    }

    /// <summary>Adds a filter that sees each event of each socket before its handlers, after the catch-all listeners.</summary>
    /// <param name="filter">Asked in the order of registration, those of the namespace before those of the socket.</param>
    public EventRegistration UseEvent(EventFilter filter) => Handlers.Filters.Add(filter);

    /// <summary>Called for each event that comes from a client, before filters and handlers; acknowledgements are not seen.</summary>
    /// <param name="handler">The listener.</param>
    public EventRegistration OnAny(RawHandler handler) => Handlers.Any.Add(HandlerTask.Of(handler));

    /// <inheritdoc cref="OnAny(RawHandler)" />
    /// <remarks>The handlers of this event do not wait for what it returns; the next event of the socket does.</remarks>
    [OverloadResolutionPriority(1)]
    public EventRegistration OnAny(RawTaskHandler handler) => Handlers.Any.Add(handler);

    /// <summary>Called for each event that goes to sockets, once for a broadcast in each namespace that it goes to; acknowledgements are not seen.</summary>
    /// <param name="handler">The listener, called on the thread that emits. Of a broadcast that has no sender the reader has no socket.</param>
    public EventRegistration OnAnyOutgoing(RawHandler handler) => Handlers.AnyOutgoing.Add(HandlerTask.Of(handler));

    /// <inheritdoc cref="OnAnyOutgoing(RawHandler)" />
    /// <remarks>Nothing waits for what it returns.</remarks>
    [OverloadResolutionPriority(1)]
    public EventRegistration OnAnyOutgoing(RawTaskHandler handler) => Handlers.AnyOutgoing.Add(handler);

    /// <summary>Called when a handler has failed, arguments could not be read, or a filter rejected an event. May answer the event or disconnect the socket.</summary>
    /// <param name="handler">The listener. What fails while it runs, itself included, is only logged.</param>
    public EventRegistration OnHandlerError(Action<HandlerError> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Errors.Add(error =>
        {
            handler(error);
            return null;
        });
    }

    /// <inheritdoc cref="OnHandlerError(Action{HandlerError})" />
    public EventRegistration OnHandlerError(Func<HandlerError, Task> handler) => Handlers.Errors.Add(handler);

    /// <inheritdoc cref="OnHandlerError(Action{HandlerError})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnHandlerError(Func<HandlerError, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Errors.Add(error => HandlerTask.Of(handler(error)));
    }

    /// <summary>Called when an event was not simply accepted by the outbox of a socket: on its event loop, also for members of broadcasts.</summary>
    /// <param name="handler">The listener. Nothing waits for one that awaits.</param>
    public EventRegistration OnSlow(Action<SockeyeSocket, EmitResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Slow.Add((socket, result) =>
        {
            handler(socket, result);
            return null;
        });
    }

    /// <inheritdoc cref="OnSlow(Action{SockeyeSocket, EmitResult})" />
    public EventRegistration OnSlow(Func<SockeyeSocket, EmitResult, Task> handler) => Handlers.Slow.Add(handler);

    /// <inheritdoc cref="OnSlow(Action{SockeyeSocket, EmitResult})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnSlow(Func<SockeyeSocket, EmitResult, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Slow.Add((socket, result) => HandlerTask.Of(handler(socket, result)));
    }

    /// <summary>Called when a socket that was above its high watermark has fallen below the low one: on its event loop.</summary>
    /// <param name="handler">The listener. Nothing waits for one that awaits.</param>
    public EventRegistration OnWritable(Action<SockeyeSocket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Writable.Add(socket =>
        {
            handler(socket);
            return null;
        });
    }

    /// <inheritdoc cref="OnWritable(Action{SockeyeSocket})" />
    public EventRegistration OnWritable(Func<SockeyeSocket, Task> handler) => Handlers.Writable.Add(handler);

    /// <inheritdoc cref="OnWritable(Action{SockeyeSocket})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWritable(Func<SockeyeSocket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.Writable.Add(socket => HandlerTask.Of(handler(socket)));
    }
}
