using System.Runtime.CompilerServices;

namespace Sockeye;

/// <content>Handlers of events.</content>
public sealed partial class HandlerMap<T>
{
    /// <summary>Maps an event to a method with no parameters.</summary>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On(EventName name, Func<T, Action> handler) => Check(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On(EventName, Func{T, Action})" />
    public EventRegistration On(EventName name, Func<T, Func<Task>> handler) => Check(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On(EventName, Func{T, Action})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On(EventName name, Func<T, Func<ValueTask>> handler) => Check(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <summary>Maps an event to a method with one parameter.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On<T1>(EventName name, Func<T, Action<T1>> handler) => Check<T1>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1}(EventName, Func{T, Action{T1}})" />
    public EventRegistration On<T1>(EventName name, Func<T, Func<T1, Task>> handler) => Check<T1>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1}(EventName, Func{T, Action{T1}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<T1>(EventName name, Func<T, Func<T1, ValueTask>> handler) => Check<T1>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <summary>Maps an event to a method with two parameters.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On<T1, T2>(EventName name, Func<T, Action<T1, T2>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1, T2}(EventName, Func{T, Action{T1, T2}})" />
    public EventRegistration On<T1, T2>(EventName name, Func<T, Func<T1, T2, Task>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1, T2}(EventName, Func{T, Action{T1, T2}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<T1, T2>(EventName name, Func<T, Func<T1, T2, ValueTask>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <summary>Maps an event to a method with three parameters.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On<T1, T2, T3>(EventName name, Func<T, Action<T1, T2, T3>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1, T2, T3}(EventName, Func{T, Action{T1, T2, T3}})" />
    public EventRegistration On<T1, T2, T3>(EventName name, Func<T, Func<T1, T2, T3, Task>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1, T2, T3}(EventName, Func{T, Action{T1, T2, T3}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<T1, T2, T3>(EventName name, Func<T, Func<T1, T2, T3, ValueTask>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <summary>Maps an event to a method with four parameters.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <typeparam name="T4">The fourth parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration On<T1, T2, T3, T4>(EventName name, Func<T, Action<T1, T2, T3, T4>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1, T2, T3, T4}(EventName, Func{T, Action{T1, T2, T3, T4}})" />
    public EventRegistration On<T1, T2, T3, T4>(EventName name, Func<T, Func<T1, T2, T3, T4, Task>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.On(name, handler(h)));

    /// <inheritdoc cref="On{T1, T2, T3, T4}(EventName, Func{T, Action{T1, T2, T3, T4}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration On<T1, T2, T3, T4>(EventName name, Func<T, Func<T1, T2, T3, T4, ValueTask>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.On(name, handler(h)));
}
