using System.Runtime.CompilerServices;

namespace Sockeye;

/// <content>Declared events: their types say what the methods take.</content>
public sealed partial class HandlerMap<T>
{
    /// <summary>Maps a declared event to a method, which may take the socket.</summary>
    /// <param name="socketEvent">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On(SocketEvent socketEvent, Func<T, Action> handler) => Check(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On(SocketEvent, Func{T, Action})" />
    public EventRegistration On(SocketEvent socketEvent, Func<T, Func<Task>> handler) => Check(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On(SocketEvent, Func{T, Action})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On(SocketEvent socketEvent, Func<T, Func<ValueTask>> handler) => Check(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On(SocketEvent, Func{T, Action})" />
    public EventRegistration On(SocketEvent socketEvent, Func<T, Action<SockeyeSocket>> handler) => Check(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On(SocketEvent, Func{T, Action})" />
    public EventRegistration On(SocketEvent socketEvent, Func<T, Func<SockeyeSocket, Task>> handler) => Check(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On(SocketEvent, Func{T, Action})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On(SocketEvent socketEvent, Func<T, Func<SockeyeSocket, ValueTask>> handler) => Check(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <summary>Maps a declared event to a method, which may take the socket before the argument.</summary>
    /// <typeparam name="TValue">The argument.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On<TValue>(SocketEvent<TValue> socketEvent, Func<T, Action<TValue>> handler) => Check<TValue>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TValue}(SocketEvent{TValue}, Func{T, Action{TValue}})" />
    public EventRegistration On<TValue>(SocketEvent<TValue> socketEvent, Func<T, Func<TValue, Task>> handler) => Check<TValue>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TValue}(SocketEvent{TValue}, Func{T, Action{TValue}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<TValue>(SocketEvent<TValue> socketEvent, Func<T, Func<TValue, ValueTask>> handler) => Check<TValue>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TValue}(SocketEvent{TValue}, Func{T, Action{TValue}})" />
    public EventRegistration On<TValue>(SocketEvent<TValue> socketEvent, Func<T, Action<SockeyeSocket, TValue>> handler) => Check<TValue>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TValue}(SocketEvent{TValue}, Func{T, Action{TValue}})" />
    public EventRegistration On<TValue>(SocketEvent<TValue> socketEvent, Func<T, Func<SockeyeSocket, TValue, Task>> handler) => Check<TValue>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TValue}(SocketEvent{TValue}, Func{T, Action{TValue}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<TValue>(SocketEvent<TValue> socketEvent, Func<T, Func<SockeyeSocket, TValue, ValueTask>> handler) => Check<TValue>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <summary>Maps a declared event that is answered to a method, whose value is the acknowledgement.</summary>
    /// <typeparam name="TRequest">The argument.</typeparam>
    /// <typeparam name="TResponse">The acknowledgement.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On<TRequest, TResponse>(SocketEvent<TRequest, TResponse> socketEvent, Func<T, Func<TRequest, TResponse>> handler) => Check<TRequest, TResponse>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TRequest, TResponse}(SocketEvent{TRequest, TResponse}, Func{T, Func{TRequest, TResponse}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<TRequest, TResponse>(SocketEvent<TRequest, TResponse> socketEvent, Func<T, Func<TRequest, Task<TResponse>>> handler) => Check<TRequest, TResponse>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TRequest, TResponse}(SocketEvent{TRequest, TResponse}, Func{T, Func{TRequest, TResponse}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration On<TRequest, TResponse>(SocketEvent<TRequest, TResponse> socketEvent, Func<T, Func<TRequest, ValueTask<TResponse>>> handler) => Check<TRequest, TResponse>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TRequest, TResponse}(SocketEvent{TRequest, TResponse}, Func{T, Func{TRequest, TResponse}})" />
    public EventRegistration On<TRequest, TResponse>(SocketEvent<TRequest, TResponse> socketEvent, Func<T, Func<SockeyeSocket, TRequest, TResponse>> handler) => Check<TRequest, TResponse>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TRequest, TResponse}(SocketEvent{TRequest, TResponse}, Func{T, Func{TRequest, TResponse}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<TRequest, TResponse>(SocketEvent<TRequest, TResponse> socketEvent, Func<T, Func<SockeyeSocket, TRequest, Task<TResponse>>> handler) => Check<TRequest, TResponse>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));

    /// <inheritdoc cref="On{TRequest, TResponse}(SocketEvent{TRequest, TResponse}, Func{T, Func{TRequest, TResponse}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration On<TRequest, TResponse>(SocketEvent<TRequest, TResponse> socketEvent, Func<T, Func<SockeyeSocket, TRequest, ValueTask<TResponse>>> handler) => Check<TRequest, TResponse>(handler, socketEvent).Add(socketEvent.Name, (target, h) => target.On(socketEvent, handler(h)));
}
