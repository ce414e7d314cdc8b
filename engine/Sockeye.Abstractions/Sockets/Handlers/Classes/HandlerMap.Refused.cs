using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Sockeye;

/// <content>Methods that cannot be mapped, each with an error of the compiler that says what to write. They come last: a call that can mean anything else means that.</content>
public sealed partial class HandlerMap<T>
{
    private const string Untyped = "The types of the method's parameters are named, the socket's included: On<SockeyeSocket, string>(\"chat\", h => h.Chat); for OnWithAck that of its value too, as the last.";
    private const string OtherTypes = "The types are not those of the method's parameters, of which there are at most four; OnWithAck names the type of the value too, as the last.";

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="name">Not used.</param>
    /// <param name="handler">Not used.</param>
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration On(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    [Obsolete(Untyped, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration OnWithAck(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(Untyped);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration On<T1>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration OnWithAck<T1>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration On<T1, T2>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration OnWithAck<T1, T2>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="T3">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration On<T1, T2, T3>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="T3">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration OnWithAck<T1, T2, T3>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="T3">Not used.</typeparam>
    /// <typeparam name="T4">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration On<T1, T2, T3, T4>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);

    /// <inheritdoc cref="On(EventName, Func{T, Delegate})" />
    /// <typeparam name="T1">Not used.</typeparam>
    /// <typeparam name="T2">Not used.</typeparam>
    /// <typeparam name="T3">Not used.</typeparam>
    /// <typeparam name="T4">Not used.</typeparam>
    [Obsolete(OtherTypes, error: true), EditorBrowsable(EditorBrowsableState.Never), OverloadResolutionPriority(-1)]
    public EventRegistration OnWithAck<T1, T2, T3, T4>(EventName name, Func<T, Delegate> handler) => throw new NotSupportedException(OtherTypes);
}
