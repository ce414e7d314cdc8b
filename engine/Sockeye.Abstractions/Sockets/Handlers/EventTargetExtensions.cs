using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>Registering handlers of events on a server, a namespace or one socket.</summary>
/// <remarks>
/// <para><b>Parameters.</b> Those of type <see cref="SockeyeSocket"/>, <see cref="EventContext"/>, <see cref="CancellationToken"/> (fires when the socket is gone)
/// and <see cref="EventMessage"/> are taken from the context; each other is the next argument of the event. Arguments beyond them are ignored. A missing one is null for a
/// nullable parameter (<c>string?</c>, <c>int?</c>, a reference in code that says nothing about null), the default value of one that has one, and otherwise an error, as <c>null</c> is for one that is
/// not nullable: the handler is not called and <see cref="BroadcastTarget.OnHandlerError(Action{HandlerError})"/> hears of it. What cannot come over the wire (services, interfaces, tasks, delegates, value tuples)
/// is refused with a <see cref="NotSupportedException"/> when the handler is registered.</para>
/// <para><b>Writing them.</b> Lambdas state their types, <c>(string text) =&gt; …</c>; method groups need type arguments, <c>On&lt;string&gt;("chat", Handle)</c>.
/// The compiler says so of any other handler, of one with more than four parameters, and of one whose value <c>On</c> would lose.</para>
/// <para><b>Answering.</b> <c>OnWithAck</c> acknowledges with the value that the handler returns; after <c>On</c> call <see cref="EventContext.Ack()"/>.
/// Declared events that have a response are answered by <c>On</c>.</para>
/// <para><b>Threads.</b> Handlers may be added and removed at any time from any thread.</para>
/// </remarks>
public static partial class EventTargetExtensions
{
    private const string LostValue = "The value of this handler would be lost: use OnWithAck to answer with it, or return nothing.";

    /// <summary>Registers a handler that gets the event as bytes and parses what it wants.</summary>
    /// <param name="target">What the event arrives at.</param>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called for each event.</param>
    /// <returns>Disposing it removes the handler.</returns>
    public static EventRegistration OnRaw(this IEventTarget target, EventName name, RawHandler handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new RawInvoker(handler));
    }

    /// <inheritdoc cref="OnRaw(IEventTarget, EventName, RawHandler)" />
    /// <remarks>The next event of the socket starts when what it returns has completed.</remarks>
    [OverloadResolutionPriority(1)]
    public static EventRegistration OnRaw(this IEventTarget target, EventName name, RawTaskHandler handler)
    {
        Check(target, handler);
        return target.Events.Add(name, new RawTaskInvoker(handler));
    }

    private static void Check(IEventTarget target, Delegate handler, [CallerArgumentExpression(nameof(handler))] string? parameter = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(handler, parameter);
    }
}
