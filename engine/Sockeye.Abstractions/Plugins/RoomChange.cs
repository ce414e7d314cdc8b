namespace Sockeye.Plugins;

/// <summary>A socket has joined or left a room.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Room">The room; never one of a socket's own id.</param>
/// <param name="Socket">The socket.</param>
/// <param name="HasJoined">True: it has joined; false: it has left.</param>
/// <param name="IsEdge">Whether it was the first member that came, or the last that went, on this node.</param>
public readonly record struct RoomChange(SockeyeNamespace Namespace, string Room, SockeyeSocket Socket, bool HasJoined, bool IsEdge);
