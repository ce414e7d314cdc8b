namespace Sockeye.Server.Sockets;

/// <summary>The members of a room on one loop: added at the end, removed by moving the last one into the gap.</summary>
/// <remarks>It owns the array of members. Its loop, unless a member says otherwise. Lives as long as its room.</remarks>
internal sealed class RoomPart
{
    private RoomMember[] _members = [];
    private int _count;

    /// <summary>Members by the namespace's order. Order lock.</summary>
    public int Ordered { get; set; }

    public ReadOnlySpan<RoomMember> Members => _members.AsSpan(0, _count);

    public void Add(Membership member)
    {
        if (_count == _members.Length)
        {
            Array.Resize(ref _members, Math.Max(2, _count * 2));
        }

        member.Slot = _count;
        _members[_count++] = new RoomMember(member, member.Socket);
    }

    public void Remove(Membership member)
    {
        var last = _members[--_count];
        _members[_count] = default;
        if (last.Membership != member)
        {
            _members[member.Slot] = last;
            last.Membership.Slot = member.Slot;
        }

        if (_members.Length > 16 && _count < _members.Length / 4)
        {
            Array.Resize(ref _members, _members.Length / 2);
        }
    }
}

/// <summary>An entry of a part. It holds the socket as well, so that a delivery need not look at the membership.</summary>
internal readonly record struct RoomMember(Membership Membership, ServerSocket Socket);
