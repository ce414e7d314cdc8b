using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public static partial class EventTargetExtensions
{
    /// <summary>Registers a handler without parameters whose value is the acknowledgement of the event.</summary>
    /// <typeparam name="TAck">The acknowledgement.</typeparam>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnWithAck<TAck>(this IEventTarget target, EventName name, Func<TAck> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(context =>
        {
            context.Ack(handler());
            return null;
        }));
    }

    /// <inheritdoc cref="OnWithAck{TAck}(IEventTarget, EventName, Func{TAck})" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnWithAck<TAck>(this IEventTarget target, EventName name, Func<Task<TAck>> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(context => HandlerTask.Answer(context, handler())));
    }

    /// <inheritdoc cref="OnWithAck{TAck}(IEventTarget, EventName, Func{TAck})" />
    [OverloadResolutionPriority(2)]
    public static EventRegistration OnWithAck<TAck>(this IEventTarget target, EventName name, Func<ValueTask<TAck>> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(context => HandlerTask.Answer(context, handler())));
    }

    /// <summary>Registers a handler without parameters; when it has completed, the event is acknowledged without a value.</summary>
    /// <param name="target">What the event arrives at: a server or namespace serves all of its sockets, a socket only itself.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event. None is sent if the client wants none; if it throws, as <see cref="SockeyeNamespace.AckErrors"/> says.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(context =>
        {
            handler();
            context.Ack();
            return null;
        }));
    }

    /// <inheritdoc cref="OnWithAck(IEventTarget, EventName, Action)" />
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<Task> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(context => HandlerTask.Answer(context, handler())));
    }

    /// <inheritdoc cref="OnWithAck(IEventTarget, EventName, Action)" />
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<ValueTask> handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new Invoker(context => HandlerTask.Answer(context, handler())));
    }
}
