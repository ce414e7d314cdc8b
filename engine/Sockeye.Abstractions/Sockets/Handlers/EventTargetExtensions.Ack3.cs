using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler with three parameters whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnWithAck<T1, T2, T3, TAck>(this IEventTarget target, EventName name, Func<T1, T2, T3, TAck> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (context, a, b, c) =>
        {
            context.Ack(handler(a, b, c));
            return null;
        }));
    }

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, TAck}(IEventTarget, EventName, Func{T1, T2, T3, TAck})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnWithAck<T1, T2, T3, TAck>(this IEventTarget target, EventName name, Func<T1, T2, T3, Task<TAck>> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (context, a, b, c) => HandlerTask.Answer(context, handler(a, b, c))));
    }

    /// <inheritdoc cref="OnWithAck{T1, T2, T3, TAck}(IEventTarget, EventName, Func{T1, T2, T3, TAck})" />
    [OverloadResolutionPriority(2)]
    public static EventRegistration OnWithAck<T1, T2, T3, TAck>(this IEventTarget target, EventName name, Func<T1, T2, T3, ValueTask<TAck>> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (context, a, b, c) => HandlerTask.Answer(context, handler(a, b, c))));
    }

    /// <summary>Registers a handler with three parameters; when it has completed, the event is acknowledged without a value.</summary>
    /// <typeparam name="T1">The first parameter.</typeparam>
    /// <typeparam name="T2">The second parameter.</typeparam>
    /// <typeparam name="T3">The third parameter.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnWithAck<T1, T2, T3>(this IEventTarget target, EventName name, Action<T1, T2, T3> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (context, a, b, c) =>
        {
            handler(a, b, c);
            context.Ack();
            return null;
        }));
    }

    /// <inheritdoc cref="OnWithAck{T1, T2, T3}(IEventTarget, EventName, Action{T1, T2, T3})" />
    public static EventRegistration OnWithAck<T1, T2, T3>(this IEventTarget target, EventName name, Func<T1, T2, T3, Task> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (context, a, b, c) => HandlerTask.Answer(context, handler(a, b, c))));
    }

    /// <inheritdoc cref="OnWithAck{T1, T2, T3}(IEventTarget, EventName, Action{T1, T2, T3})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnWithAck<T1, T2, T3>(this IEventTarget target, EventName name, Func<T1, T2, T3, ValueTask> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker<T1, T2, T3>(target, handler, (context, a, b, c) => HandlerTask.Answer(context, handler(a, b, c))));
    }
}
