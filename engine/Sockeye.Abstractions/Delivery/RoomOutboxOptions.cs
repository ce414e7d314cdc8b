namespace Sockeye;

/// <summary>How messages to one room are treated in the outboxes of its members: <see cref="SockeyeNamespace.RoomOutbox"/>. Any thread; it counts from the next message on.</summary>
/// <remarks>The outbox and its bounds belong to the connection, which many rooms share, so a room has a policy and no bounds of its own.</remarks>
public sealed class RoomOutboxOptions
{
    /// <summary>What happens to a message to this room for which the outbox of a member has no room, unless the emit says otherwise.
    /// Default <see cref="OutboxPolicy.Inherit"/>: as the namespace says.</summary>
    public OutboxPolicy WhenFull { get; set; }
}
