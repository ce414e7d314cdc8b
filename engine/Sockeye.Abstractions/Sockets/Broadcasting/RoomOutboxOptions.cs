namespace Sockeye;

/// <summary>How messages to one room are treated in the outboxes of its members: <see cref="BroadcastTarget.RoomOutbox"/>. Any thread; it counts from the next message on.</summary>
/// <remarks>The outbox and its bounds belong to the connection, which many rooms share, so a room has a policy and no bounds of its own.</remarks>
public sealed class RoomOutboxOptions
{
    private readonly SockeyeNamespace _namespace;
    private readonly string _room;

    internal RoomOutboxOptions(SockeyeNamespace nsp, string room)
    {
        _namespace = nsp;
        _room = room;
    }

    /// <summary>What happens to a message to this room for which the outbox of a member has no room, unless the emit says otherwise.
    /// Default <see cref="OutboxPolicy.Inherit"/>: as the namespace says. What is set is kept until it is set to that again, whether or not anybody is in the room.</summary>
    public OutboxPolicy WhenFull
    {
        get => _namespace.GetRoomPolicy(_room);
        set => _namespace.SetRoomPolicy(_room, value);
    }
}
