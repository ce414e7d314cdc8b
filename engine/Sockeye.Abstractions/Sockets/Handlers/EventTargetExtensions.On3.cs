using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler with three parameters for an event.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event, in the order of registration; the next event of the socket starts when all have completed.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration On<T1, T2, T3>(this IEventTarget target, EventName name, Action<T1, T2, T3> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (_, a, b, c) =>
        {
            handler(a, b, c);
            return null;
        }));
    }

    /// <inheritdoc cref="On{T1, T2, T3}(IEventTarget, EventName, Action{T1, T2, T3})" />
    public static EventRegistration On<T1, T2, T3>(this IEventTarget target, EventName name, Func<T1, T2, T3, Task> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (_, a, b, c) => handler(a, b, c)));
    }

    /// <inheritdoc cref="On{T1, T2, T3}(IEventTarget, EventName, Action{T1, T2, T3})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On<T1, T2, T3>(this IEventTarget target, EventName name, Func<T1, T2, T3, ValueTask> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (_, a, b, c) => HandlerTask.Of(handler(a, b, c))));
    }

    /// <summary>Refused: the value would be lost.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <typeparam name="TLost">The value.</typeparam>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="handler">Not used.</param>
    [Obsolete(LostValue, error: true)]
    public static EventRegistration On<T1, T2, T3, TLost>(this IEventTarget target, EventName name, Func<T1, T2, T3, ValueTask<TLost>> handler) =>
        throw new NotSupportedException(LostValue);
}
