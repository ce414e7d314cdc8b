namespace Sockeye;

/// <summary>An event without arguments, declared once and shared by all who send or receive it.</summary>
/// <param name="name">The name on the wire.</param>
public sealed class SocketEvent(EventName name)
{
    /// <summary>The name on the wire.</summary>
    public EventName Name { get; } = name;
}

/// <summary>An event with one argument, declared once and shared by all who send or receive it.</summary>
/// <typeparam name="T">The argument.</typeparam>
/// <param name="name">The name on the wire.</param>
/// <example><code>public static readonly SocketEvent&lt;Move&gt; Move = new("move");</code></example>
public sealed class SocketEvent<T>(EventName name)
{
    /// <summary>The name on the wire.</summary>
    public EventName Name { get; } = name;
}

/// <summary>An event with one argument that is answered with an acknowledgement.</summary>
/// <typeparam name="TRequest">The argument.</typeparam>
/// <typeparam name="TResponse">The acknowledgement.</typeparam>
/// <param name="name">The name on the wire.</param>
/// <example><code>public static readonly SocketEvent&lt;Join, Joined&gt; Join = new("join");</code></example>
public sealed class SocketEvent<TRequest, TResponse>(EventName name)
{
    /// <summary>The name on the wire.</summary>
    public EventName Name { get; } = name;
}
