using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler without parameters for an event.</summary>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event, in the order of registration; the next event of the socket starts when all have completed.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration On(this IEventTarget target, EventName name, Action handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(_ =>
        {
            handler();
            return null;
        }));
    }

    /// <inheritdoc cref="On(IEventTarget, EventName, Action)" />
    public static EventRegistration On(this IEventTarget target, EventName name, Func<Task> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(_ => handler()));
    }

    /// <inheritdoc cref="On(IEventTarget, EventName, Action)" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<ValueTask> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(_ => HandlerTask.Of(handler())));
    }

    /// <summary>Refused: the value would be lost.</summary>
    /// <typeparam name="TLost">The value.</typeparam>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="handler">Not used.</param>
    [Obsolete(LostValue, error: true)]
    public static EventRegistration On<TLost>(this IEventTarget target, EventName name, Func<ValueTask<TLost>> handler) =>
        throw new NotSupportedException(LostValue);
}
