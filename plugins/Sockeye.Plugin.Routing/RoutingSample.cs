namespace Sockeye.Plugin.Routing;

/// <summary>An event to try rules with. Does not change.</summary>
/// <param name="name">The name of the event.</param>
public sealed class RoutingSample(EventName name)
{
    /// <summary>The name of the event.</summary>
    public EventName Name { get; } = name;

    /// <summary>The namespace; <c>/</c> unless it is set.</summary>
    public string Namespace { get; init; } = "/";

    /// <summary>The arguments as a JSON list: <c>[1,"x"]</c>; an empty one unless it is set.</summary>
    public string Arguments { get; init; } = "[]";

    /// <summary>Who sends it; null: the socket has no identity.</summary>
    public SocketIdentity? Identity { get; init; }

    /// <summary>The rooms that the socket is in; none unless it is set.</summary>
    public IReadOnlyCollection<string> Rooms { get; init; } = [];
}
