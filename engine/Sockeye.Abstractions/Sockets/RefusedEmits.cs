using System.ComponentModel;

namespace Sockeye;

/// <summary>Emits that do not compile, each with an error of the compiler that says what to write. A call that can mean anything else means that.</summary>
public static class RefusedEmits
{
    private const string TooMany = "Emit takes at most three arguments: EmitArgs(\"name\", 1, 2, 3, 4) takes any number, and one object can hold them all: Emit(\"name\", new { a, b, c, d }).";
    private const string NoType = "The type of this argument is not known. Null is sent by Emit<string?>(\"name\", null).";

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="socket">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="a">Not used.</param>
    /// <param name="b">Not used.</param>
    /// <param name="c">Not used.</param>
    /// <param name="d">Not used.</param>
    /// <param name="more">Not used.</param>
    [Obsolete(TooMany, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this SockeyeSocket socket, EventName name, object? a, object? b, object? c, object? d, params object?[] more) => throw new NotSupportedException(TooMany);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="socket">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="value">Not used.</param>
    [Obsolete(NoType, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this SockeyeSocket socket, EventName name, object? value) => throw new NotSupportedException(NoType);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="socket">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="a">Not used.</param>
    /// <param name="b">Not used.</param>
    /// <param name="c">Not used.</param>
    /// <param name="d">Not used.</param>
    /// <param name="more">Not used.</param>
    [Obsolete(TooMany, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this SocketOperator socket, EventName name, object? a, object? b, object? c, object? d, params object?[] more) => throw new NotSupportedException(TooMany);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="socket">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="value">Not used.</param>
    [Obsolete(NoType, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this SocketOperator socket, EventName name, object? value) => throw new NotSupportedException(NoType);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="a">Not used.</param>
    /// <param name="b">Not used.</param>
    /// <param name="c">Not used.</param>
    /// <param name="d">Not used.</param>
    /// <param name="more">Not used.</param>
    [Obsolete(TooMany, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this BroadcastTarget target, EventName name, object? a, object? b, object? c, object? d, params object?[] more) => throw new NotSupportedException(TooMany);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="value">Not used.</param>
    [Obsolete(NoType, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this BroadcastTarget target, EventName name, object? value) => throw new NotSupportedException(NoType);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="a">Not used.</param>
    /// <param name="b">Not used.</param>
    /// <param name="c">Not used.</param>
    /// <param name="d">Not used.</param>
    /// <param name="more">Not used.</param>
    [Obsolete(TooMany, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this BroadcastOperator target, EventName name, object? a, object? b, object? c, object? d, params object?[] more) => throw new NotSupportedException(TooMany);

    /// <summary>Refused, with what to write instead.</summary>
    /// <param name="target">Not used.</param>
    /// <param name="name">Not used.</param>
    /// <param name="value">Not used.</param>
    [Obsolete(NoType, error: true), EditorBrowsable(EditorBrowsableState.Never)]
    public static EmitResult Emit(this BroadcastOperator target, EventName name, object? value) => throw new NotSupportedException(NoType);
}
