using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler for a declared event.</summary>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="socketEvent">The event.</param>
    /// <param name="handler">Called for each event.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration On(this IEventTarget target, SocketEvent socketEvent, Action handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On(IEventTarget, SocketEvent, Action)" />
    public static EventRegistration On(this IEventTarget target, SocketEvent socketEvent, Func<Task> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On(IEventTarget, SocketEvent, Action)" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On(this IEventTarget target, SocketEvent socketEvent, Func<ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On(IEventTarget, SocketEvent, Action)" />
    public static EventRegistration On(this IEventTarget target, SocketEvent socketEvent, Action<SockeyeSocket> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On(IEventTarget, SocketEvent, Action)" />
    public static EventRegistration On(this IEventTarget target, SocketEvent socketEvent, Func<SockeyeSocket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On(IEventTarget, SocketEvent, Action)" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On(this IEventTarget target, SocketEvent socketEvent, Func<SockeyeSocket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <summary>Registers a handler for a declared event.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="socketEvent">The event.</param>
    /// <param name="handler">Called for each event.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration On<T>(this IEventTarget target, SocketEvent<T> socketEvent, Action<T> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{T}(IEventTarget, SocketEvent{T}, Action{T})" />
    public static EventRegistration On<T>(this IEventTarget target, SocketEvent<T> socketEvent, Func<T, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{T}(IEventTarget, SocketEvent{T}, Action{T})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On<T>(this IEventTarget target, SocketEvent<T> socketEvent, Func<T, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{T}(IEventTarget, SocketEvent{T}, Action{T})" />
    public static EventRegistration On<T>(this IEventTarget target, SocketEvent<T> socketEvent, Action<SockeyeSocket, T> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{T}(IEventTarget, SocketEvent{T}, Action{T})" />
    public static EventRegistration On<T>(this IEventTarget target, SocketEvent<T> socketEvent, Func<SockeyeSocket, T, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{T}(IEventTarget, SocketEvent{T}, Action{T})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On<T>(this IEventTarget target, SocketEvent<T> socketEvent, Func<SockeyeSocket, T, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).On(socketEvent.Name, handler);
    }

    /// <summary>Registers a handler for a declared event that is answered: the value is the acknowledgement.</summary>
    /// <typeparam name="TRequest">The argument.</typeparam>
    /// <typeparam name="TResponse">The acknowledgement.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="socketEvent">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration On<TRequest, TResponse>(this IEventTarget target, SocketEvent<TRequest, TResponse> socketEvent, Func<TRequest, TResponse> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).OnWithAck(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{TRequest, TResponse}(IEventTarget, SocketEvent{TRequest, TResponse}, Func{TRequest, TResponse})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On<TRequest, TResponse>(this IEventTarget target, SocketEvent<TRequest, TResponse> socketEvent, Func<TRequest, Task<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).OnWithAck(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{TRequest, TResponse}(IEventTarget, SocketEvent{TRequest, TResponse}, Func{TRequest, TResponse})" />
    [OverloadResolutionPriority(2)]
    public static EventRegistration On<TRequest, TResponse>(this IEventTarget target, SocketEvent<TRequest, TResponse> socketEvent, Func<TRequest, ValueTask<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).OnWithAck(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{TRequest, TResponse}(IEventTarget, SocketEvent{TRequest, TResponse}, Func{TRequest, TResponse})" />
    public static EventRegistration On<TRequest, TResponse>(this IEventTarget target, SocketEvent<TRequest, TResponse> socketEvent, Func<SockeyeSocket, TRequest, TResponse> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).OnWithAck(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{TRequest, TResponse}(IEventTarget, SocketEvent{TRequest, TResponse}, Func{TRequest, TResponse})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On<TRequest, TResponse>(this IEventTarget target, SocketEvent<TRequest, TResponse> socketEvent, Func<SockeyeSocket, TRequest, Task<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).OnWithAck(socketEvent.Name, handler);
    }

    /// <inheritdoc cref="On{TRequest, TResponse}(IEventTarget, SocketEvent{TRequest, TResponse}, Func{TRequest, TResponse})" />
    [OverloadResolutionPriority(2)]
    public static EventRegistration On<TRequest, TResponse>(this IEventTarget target, SocketEvent<TRequest, TResponse> socketEvent, Func<SockeyeSocket, TRequest, ValueTask<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Declared(target).OnWithAck(socketEvent.Name, handler);
    }

    private static DeclaredTarget Declared(IEventTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new DeclaredTarget(target);
    }

    /// <summary>A target while a declared event is registered on it.</summary>
    private sealed class DeclaredTarget(IEventTarget target) : IEventTarget
    {
        EventTable IEventTarget.Events => target.Events;

        PayloadCodec IEventTarget.Codec => target.Codec;

        bool IEventTarget.IsDeclared => true;
    }
}
