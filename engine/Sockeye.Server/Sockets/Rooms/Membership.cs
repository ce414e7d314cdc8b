namespace Sockeye.Server.Sockets;

/// <summary>One socket in one room.</summary>
/// <remarks>Its links belong to the order, its slot to the loop. From the join to the leave; a socket has at most <see cref="LimitOptions.RoomsPerSocket"/>.</remarks>
internal sealed class Membership(Room room, ServerSocket socket)
{
    public Room Room { get; } = room;

    public ServerSocket Socket { get; } = socket;

    /// <summary>Place in the room's part. Loop only.</summary>
    public int Slot { get; set; }

    /// <summary>The next member by the namespace's order. Order lock.</summary>
    public Membership? Following { get; set; }

    /// <summary>The member before by the namespace's order. Order lock.</summary>
    public Membership? Preceding { get; set; }
}
