using System.Diagnostics;

namespace Sockeye.Server.Sockets;

/// <summary>A room of one namespace: its members, kept separately for each event loop.</summary>
/// <remarks>It owns its parts. Found, counted and forgotten under the namespace's order lock; the members of a part belong to its loop alone.
/// A room that was forgotten and is joined again is a new object, so what is still queued for the old one stays correct.</remarks>
internal sealed class Room(string name, int loops)
{
    private readonly RoomPart?[] _parts = new RoomPart?[loops];

    public string Name { get; } = name;

    /// <summary>Its place in the list of rooms. Order lock.</summary>
    public int Place { get; set; }

    /// <summary>Members by the namespace's order, on all loops. Order lock.</summary>
    public int Ordered { get; private set; }

    /// <summary>Loops on which the room has members by the namespace's order, a bit each. Order lock.</summary>
    public ulong Loops { get; private set; }

    /// <summary>The first of the members by the namespace's order, which are linked. Order lock.</summary>
    public Membership? First { get; private set; }

    /// <summary>The members on one loop; null if there never were any.</summary>
    public RoomPart? Part(int loop) => _parts[loop];

    /// <summary>Counts a member in. Order lock.</summary>
    public void OrderJoin(Membership member)
    {
        var loop = member.Socket.LoopIndex;
        member.Following = First;
        if (First is not null)
        {
            First.Preceding = member;
        }

        First = member;
        (_parts[loop] ??= new RoomPart()).Ordered++;
        Loops |= 1UL << loop;
        Ordered++;
    }

    /// <summary>Counts a member out. Order lock.</summary>
    public void OrderLeave(Membership member)
    {
        Debug.Assert(Ordered > 0, "a room was left more often than joined");
        var loop = member.Socket.LoopIndex;
        if (member.Preceding is null)
        {
            First = member.Following;
        }
        else
        {
            member.Preceding.Following = member.Following;
        }

        if (member.Following is not null)
        {
            member.Following.Preceding = member.Preceding;
        }

        member.Preceding = member.Following = null;
        Ordered--;
        if (--_parts[loop]!.Ordered == 0)
        {
            Loops &= ~(1UL << loop);
        }
    }
}
