using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>Says which method of a handler class handles what.</summary>
/// <typeparam name="T">The class.</typeparam>
/// <remarks>
/// <para><b>Writing it.</b> <c>map.On&lt;SockeyeSocket, string&gt;("chat", h =&gt; h.Chat)</c>: the types are those of the method's parameters, as it has them; declared events need none.
/// What the parameters mean is what it means for <see cref="EventTargetExtensions">On and OnWithAck</see> of a server.</para>
/// <para><b>Cost.</b> For <see cref="HandlerScope.Event"/> an object and what it is made from for each event; with the other scopes an event costs what it costs without a class.</para>
/// <para><b>Threads.</b> Any; it may be used after <c>Map</c> too, as long as the server.</para>
/// </remarks>
public sealed partial class HandlerMap<T>
    where T : class
{
    private readonly HandlerClass<T> _handlers;

    internal HandlerMap(HandlerClass<T> handlers) => _handlers = handlers;

    /// <summary>Maps each client that has entered, before its first event.</summary>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnConnection(Func<T, Action<SockeyeSocket>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Connected((h, socket) =>
        {
            handler(h)(socket);
            return null;
        });
    }

    /// <inheritdoc cref="OnConnection(Func{T, Action{SockeyeSocket}})" />
    public EventRegistration OnConnection(Func<T, Func<SockeyeSocket, Task>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Connected((h, socket) => handler(h)(socket));
    }

    /// <inheritdoc cref="OnConnection(Func{T, Action{SockeyeSocket}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnConnection(Func<T, Func<SockeyeSocket, ValueTask>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Connected((h, socket) => HandlerTask.Of(handler(h)(socket)));
    }

    /// <summary>Maps each client that had entered and has gone, after all other handlers of its socket.</summary>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnDisconnect(Func<T, Action<SockeyeSocket, Disconnection>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Disconnected((h, socket, why) =>
        {
            handler(h)(socket, why);
            return null;
        });
    }

    /// <inheritdoc cref="OnDisconnect(Func{T, Action{SockeyeSocket, Disconnection}})" />
    public EventRegistration OnDisconnect(Func<T, Func<SockeyeSocket, Disconnection, Task>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Disconnected((h, socket, why) => handler(h)(socket, why));
    }

    /// <inheritdoc cref="OnDisconnect(Func{T, Action{SockeyeSocket, Disconnection}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnDisconnect(Func<T, Func<SockeyeSocket, Disconnection, ValueTask>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Disconnected((h, socket, why) => HandlerTask.Of(handler(h)(socket, why)));
    }

    /// <summary>Maps the decision about who may enter. The object is made for this decision alone, unless it is a singleton: whoever is refused has no socket that could keep it.</summary>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration Use(Func<T, Func<SockeyeSocket, ConnectResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Admitted((h, socket, _) => new ValueTask<ConnectResult>(handler(h)(socket)));
    }

    /// <inheritdoc cref="Use(Func{T, Func{SockeyeSocket, ConnectResult}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration Use(Func<T, Func<SockeyeSocket, Task<ConnectResult>>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Admitted((h, socket, _) => new ValueTask<ConnectResult>(handler(h)(socket)));
    }

    /// <inheritdoc cref="Use(Func{T, Func{SockeyeSocket, ConnectResult}})" />
    /// <remarks>The token fires when the client is gone or the time for its admission is over.</remarks>
    public EventRegistration Use(Func<T, Func<SockeyeSocket, CancellationToken, Task<ConnectResult>>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Admitted((h, socket, token) => new ValueTask<ConnectResult>(handler(h)(socket, token)));
    }

    /// <summary>Maps an event to a method that gets it as bytes.</summary>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnRaw(EventName name, Func<T, RawHandler> handler) => Check(handler).Add(name, (target, h) => target.OnRaw(name, handler(h)));

    /// <inheritdoc cref="OnRaw(EventName, Func{T, RawHandler})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnRaw(EventName name, Func<T, RawTaskHandler> handler) => Check(handler).Add(name, (target, h) => target.OnRaw(name, handler(h)));

    private EventRegistration Connected(Func<T, SockeyeSocket, Task?> handler) =>
        _handlers.Target.Handlers.Connection.Add(socket => _handlers.Call(socket, h => handler(h, socket)));

    private EventRegistration Disconnected(Func<T, SockeyeSocket, Disconnection, Task?> handler)
    {
        var registration = _handlers.Target.Handlers.Disconnect.Add((socket, why) => _handlers.CallLast(socket, h => handler(h, socket, why)));
        _handlers.ComeLast();
        return registration;
    }

    private EventRegistration Admitted(Func<T, SockeyeSocket, CancellationToken, ValueTask<ConnectResult>> handler) =>
        _handlers.Target.Handlers.Admission.Add(new AdmissionHandler(handler.Method, (socket, token) => _handlers.Admit(socket, h => handler(h, socket, token))));

    private EventRegistration Add(EventName name, Action<IEventTarget, T> register) =>
        ((IEventTarget)_handlers.Target).Events.Add(name, new ClassInvoker<T>(_handlers, _handlers.NextIndex(), register));

    private HandlerMap<T> Check(Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return this;
    }

    private HandlerMap<T> Check(Delegate handler, SocketEvent socketEvent)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Check(handler);
    }

    private HandlerMap<T> Check<TValue>(Delegate handler, SocketEvent<TValue> socketEvent)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Check<TValue>(handler);
    }

    private HandlerMap<T> Check<TRequest, TResponse>(Delegate handler, SocketEvent<TRequest, TResponse> socketEvent)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Check<TRequest>(handler);
    }

    /// <summary>No argument can be of some types: that is said when the handler is mapped, and not when the first event comes.</summary>
    private HandlerMap<T> Check<T1>(Delegate handler)
    {
        Prepare<T1>();
        return Check(handler);
    }

    private HandlerMap<T> Check<T1, T2>(Delegate handler)
    {
        Prepare<T1>();
        return Check<T2>(handler);
    }

    private HandlerMap<T> Check<T1, T2, T3>(Delegate handler)
    {
        Prepare<T1>();
        return Check<T2, T3>(handler);
    }

    private HandlerMap<T> Check<T1, T2, T3, T4>(Delegate handler)
    {
        Prepare<T1>();
        return Check<T2, T3, T4>(handler);
    }

    private void Prepare<TParameter>() => ((IEventTarget)_handlers.Target).Codec.Prepare<TParameter>();
}
