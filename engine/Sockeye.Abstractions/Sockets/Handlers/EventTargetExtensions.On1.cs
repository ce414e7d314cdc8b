using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler with one parameter for an event.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event, in the order of registration; the next event of the socket starts when all have completed.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration On<T1>(this IEventTarget target, EventName name, Action<T1> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (_, a) =>
        {
            handler(a);
            return null;
        }));
    }

    /// <inheritdoc cref="On{T1}(IEventTarget, EventName, Action{T1})" />
    public static EventRegistration On<T1>(this IEventTarget target, EventName name, Func<T1, Task> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (_, a) => handler(a)));
    }

    /// <inheritdoc cref="On{T1}(IEventTarget, EventName, Action{T1})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On<T1>(this IEventTarget target, EventName name, Func<T1, ValueTask> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (_, a) => HandlerTask.Of(handler(a))));
    }

    /// <summary>Refused: the value would be lost.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <typeparam name="TLost">The value.</typeparam>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="handler">Not used.</param>
    [Obsolete(LostValue, error: true)]
    public static EventRegistration On<T1, TLost>(this IEventTarget target, EventName name, Func<T1, ValueTask<TLost>> handler) =>
        throw new NotSupportedException(LostValue);
}
