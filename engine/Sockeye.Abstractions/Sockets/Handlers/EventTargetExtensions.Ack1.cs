using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler with one parameter whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnWithAck<T1, TAck>(this IEventTarget target, EventName name, Func<T1, TAck> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (context, a) =>
        {
            context.Ack(handler(a));
            return null;
        }));
    }

    /// <inheritdoc cref="OnWithAck{T1, TAck}(IEventTarget, EventName, Func{T1, TAck})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnWithAck<T1, TAck>(this IEventTarget target, EventName name, Func<T1, Task<TAck>> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (context, a) => HandlerTask.Answer(context, handler(a))));
    }

    /// <inheritdoc cref="OnWithAck{T1, TAck}(IEventTarget, EventName, Func{T1, TAck})" />
    [OverloadResolutionPriority(2)]
    public static EventRegistration OnWithAck<T1, TAck>(this IEventTarget target, EventName name, Func<T1, ValueTask<TAck>> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (context, a) => HandlerTask.Answer(context, handler(a))));
    }

    /// <summary>Registers a handler with one parameter; when it has completed, the event is acknowledged without a value.</summary>
    /// <typeparam name="T1">The parameter.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnWithAck<T1>(this IEventTarget target, EventName name, Action<T1> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (context, a) =>
        {
            handler(a);
            context.Ack();
            return null;
        }));
    }

    /// <inheritdoc cref="OnWithAck{T1}(IEventTarget, EventName, Action{T1})" />
    public static EventRegistration OnWithAck<T1>(this IEventTarget target, EventName name, Func<T1, Task> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (context, a) => HandlerTask.Answer(context, handler(a))));
    }

    /// <inheritdoc cref="OnWithAck{T1}(IEventTarget, EventName, Action{T1})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnWithAck<T1>(this IEventTarget target, EventName name, Func<T1, ValueTask> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1>(target, handler, (context, a) => HandlerTask.Answer(context, handler(a))));
    }
}
