using System.Runtime.CompilerServices;

namespace Sockeye;

/// <content>Handlers whose value is the acknowledgement.</content>
public sealed partial class HandlerMap<T>
{
    /// <summary>Maps an event to a method with no parameters whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<TAck>(EventName name, Func<T, Func<TAck>> handler) => Check(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{TAck}(EventName, Func{T, Func{TAck}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<TAck>(EventName name, Func<T, Func<Task<TAck>>> handler) => Check(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{TAck}(EventName, Func{T, Func{TAck}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration OnWithAck<TAck>(EventName name, Func<T, Func<ValueTask<TAck>>> handler) => Check(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with no parameters and acknowledges the event without a value when it has completed.</summary>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck(EventName name, Func<T, Action> handler) => Check(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck(EventName, Func{T, Action})" />
    public EventRegistration OnWithAck(EventName name, Func<T, Func<Task>> handler) => Check(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck(EventName, Func{T, Action})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck(EventName name, Func<T, Func<ValueTask>> handler) => Check(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with one parameter whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, TAck>(EventName name, Func<T, Func<T1, TAck>> handler) => Check<T1>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, TAck}(EventName, Func{T, Func{T1, TAck}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, TAck>(EventName name, Func<T, Func<T1, Task<TAck>>> handler) => Check<T1>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, TAck}(EventName, Func{T, Func{T1, TAck}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration OnWithAck<T1, TAck>(EventName name, Func<T, Func<T1, ValueTask<TAck>>> handler) => Check<T1>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with one parameter and acknowledges the event without a value when it has completed.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1>(EventName name, Func<T, Action<T1>> handler) => Check<T1>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1}(EventName, Func{T, Action{T1}})" />
    public EventRegistration OnWithAck<T1>(EventName name, Func<T, Func<T1, Task>> handler) => Check<T1>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1}(EventName, Func{T, Action{T1}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1>(EventName name, Func<T, Func<T1, ValueTask>> handler) => Check<T1>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with two parameters whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, T2, TAck>(EventName name, Func<T, Func<T1, T2, TAck>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, TAck}(EventName, Func{T, Func{T1, T2, TAck}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, T2, TAck>(EventName name, Func<T, Func<T1, T2, Task<TAck>>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, TAck}(EventName, Func{T, Func{T1, T2, TAck}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration OnWithAck<T1, T2, TAck>(EventName name, Func<T, Func<T1, T2, ValueTask<TAck>>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with two parameters and acknowledges the event without a value when it has completed.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, T2>(EventName name, Func<T, Action<T1, T2>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2}(EventName, Func{T, Action{T1, T2}})" />
    public EventRegistration OnWithAck<T1, T2>(EventName name, Func<T, Func<T1, T2, Task>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2}(EventName, Func{T, Action{T1, T2}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, T2>(EventName name, Func<T, Func<T1, T2, ValueTask>> handler) => Check<T1, T2>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with three parameters whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, T2, T3, TAck>(EventName name, Func<T, Func<T1, T2, T3, TAck>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, TAck}(EventName, Func{T, Func{T1, T2, T3, TAck}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, T2, T3, TAck>(EventName name, Func<T, Func<T1, T2, T3, Task<TAck>>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, TAck}(EventName, Func{T, Func{T1, T2, T3, TAck}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration OnWithAck<T1, T2, T3, TAck>(EventName name, Func<T, Func<T1, T2, T3, ValueTask<TAck>>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with three parameters and acknowledges the event without a value when it has completed.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, T2, T3>(EventName name, Func<T, Action<T1, T2, T3>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3}(EventName, Func{T, Action{T1, T2, T3}})" />
    public EventRegistration OnWithAck<T1, T2, T3>(EventName name, Func<T, Func<T1, T2, T3, Task>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3}(EventName, Func{T, Action{T1, T2, T3}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, T2, T3>(EventName name, Func<T, Func<T1, T2, T3, ValueTask>> handler) => Check<T1, T2, T3>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with four parameters whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <typeparam name="T4">The fourth parameter.</typeparam>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, T2, T3, T4, TAck>(EventName name, Func<T, Func<T1, T2, T3, T4, TAck>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, T4, TAck}(EventName, Func{T, Func{T1, T2, T3, T4, TAck}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, T2, T3, T4, TAck>(EventName name, Func<T, Func<T1, T2, T3, T4, Task<TAck>>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, T4, TAck}(EventName, Func{T, Func{T1, T2, T3, T4, TAck}})" />
    [OverloadResolutionPriority(2)]
    public EventRegistration OnWithAck<T1, T2, T3, T4, TAck>(EventName name, Func<T, Func<T1, T2, T3, T4, ValueTask<TAck>>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <summary>Maps an event to a method with four parameters and acknowledges the event without a value when it has completed.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <typeparam name="T4">The fourth parameter.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="handler">Picks the method of an object: <c>h => h.Method</c>.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public EventRegistration OnWithAck<T1, T2, T3, T4>(EventName name, Func<T, Action<T1, T2, T3, T4>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, T4}(EventName, Func{T, Action{T1, T2, T3, T4}})" />
    public EventRegistration OnWithAck<T1, T2, T3, T4>(EventName name, Func<T, Func<T1, T2, T3, T4, Task>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, T4}(EventName, Func{T, Action{T1, T2, T3, T4}})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnWithAck<T1, T2, T3, T4>(EventName name, Func<T, Func<T1, T2, T3, T4, ValueTask>> handler) => Check<T1, T2, T3, T4>(handler).Add(name, (target, h) => target.OnWithAck(name, handler(h)));
}
