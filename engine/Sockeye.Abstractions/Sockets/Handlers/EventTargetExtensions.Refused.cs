using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Sockeye;

/// <content>Handlers that cannot be registered, each with an error of the compiler that says what to write. They come last: a call that can mean anything else means that.</content>
public static partial class EventTargetExtensions
{
    private const string Untyped = "The parameters of a handler state their types, which say how the arguments are read: (SockeyeSocket socket, string text) => ...";
    // The compiler takes a lambda with an error inside for any delegate, and so for the overload that is refused.
    private const string NoLambda = "If an error inside of this lambda is told too, mend that one alone. Otherwise: a handler is a lambda with at most four parameters that state their types: (SockeyeSocket socket, string text) => ... A method needs the types of its parameters, On<SockeyeSocket, string>(\"chat\", OnChat), or stands inside of a lambda. More than four arguments are sent as one object or array, or read by OnRaw.";

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="handler">Not used.</param>
    [Obsolete(NoLambda, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-3)]
    public static EventRegistration On(this IEventTarget target, EventName name, Delegate handler) => throw new NotSupportedException(NoLambda);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(NoLambda, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-3)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Delegate handler) => throw new NotSupportedException(NoLambda);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    /// <typeparam name="TLost">Not used.</typeparam>
    [Obsolete(LostValue, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-2)]
    public static EventRegistration On<TLost>(this IEventTarget target, EventName name, Func<TLost> handler) => throw new NotSupportedException(LostValue);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="TLost">Not used.</typeparam>
    [Obsolete(LostValue, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-2)]
    public static EventRegistration On<T1, TLost>(this IEventTarget target, EventName name, Func<T1, TLost> handler) => throw new NotSupportedException(LostValue);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="TLost">Not used.</typeparam>
    [Obsolete(LostValue, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-2)]
    public static EventRegistration On<T1, T2, TLost>(this IEventTarget target, EventName name, Func<T1, T2, TLost> handler) => throw new NotSupportedException(LostValue);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="T3">Not used.</typeparam>
    /// <typeparam name="TLost">Not used.</typeparam>
    [Obsolete(LostValue, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-2)]
    public static EventRegistration On<T1, T2, T3, TLost>(this IEventTarget target, EventName name, Func<T1, T2, T3, TLost> handler) => throw new NotSupportedException(LostValue);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="T3">Not used.</typeparam>
    /// <typeparam name="T4">Not used.</typeparam>
    /// <typeparam name="TLost">Not used.</typeparam>
    [Obsolete(LostValue, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-2)]
    public static EventRegistration On<T1, T2, T3, T4, TLost>(this IEventTarget target, EventName name, Func<T1, T2, T3, T4, TLost> handler) => throw new NotSupportedException(LostValue);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Action<dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Action<dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic, dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration On(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action<dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action<dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Action<dynamic, dynamic, dynamic, dynamic, dynamic, dynamic> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, dynamic, object?> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(IEventTarget, EventName, Delegate)" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public static EventRegistration OnWithAck(this IEventTarget target, EventName name, Func<dynamic, dynamic, dynamic, dynamic, dynamic, dynamic, Task<object?>> handler) => throw new NotSupportedException(Untyped);
}
