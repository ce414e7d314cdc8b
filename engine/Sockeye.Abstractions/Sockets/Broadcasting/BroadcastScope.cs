namespace Sockeye.Abstractions.Sockets;

/// <summary>Whom a broadcast reaches: all members of the rooms (of the namespace, if none is named), except those in the excepted rooms, except the sender.</summary>
internal readonly struct BroadcastScope
{
    /// <summary>Left out; null: nobody is.</summary>
    public SockeyeSocket? Sender { get; init; }

    public RoomList Rooms { get; init; }

    public RoomList Except { get; init; }

    /// <summary>A list of rooms was given and it was empty: that is nobody, not everybody.</summary>
    public bool MatchesNobody { get; init; }

    /// <summary>Only sockets of this server, not of others in its cluster: of emits, and of requests and actions just the same.</summary>
    public bool IsLocal { get; init; }
}

/// <summary>A few names of rooms, the first without an array.</summary>
internal readonly struct RoomList
{
    private readonly string? _first;
    private readonly string[]? _others;

    private RoomList(string? first, string[]? others)
    {
        _first = first;
        _others = others;
    }

    public int Count => _first is null ? 0 : 1 + (_others?.Length ?? 0);

    public string this[int index] => index == 0 && _first is not null ? _first : _others![index - 1];

    /// <summary>Adds a room of the application.</summary>
    public RoomList Add(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Append(ReservedRooms.Named(room));
    }

    /// <summary>Adds the sockets of a user.</summary>
    public RoomList AddUser(string subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return Append(ReservedRooms.OfUser(subject));
    }

    /// <summary>Adds rooms of the application.</summary>
    public RoomList Add(ReadOnlySpan<string> rooms)
    {
        var list = this;
        if (!rooms.IsEmpty && _first is null)
        {
            list = Add(rooms[0]);
            rooms = rooms[1..];
        }

        if (rooms.IsEmpty)
        {
            return list;
        }

        foreach (var room in rooms)
        {
            ArgumentNullException.ThrowIfNull(room, nameof(rooms));
        }

        string[] others = [.. list._others ?? [], .. rooms];
        foreach (ref var room in others.AsSpan(others.Length - rooms.Length))
        {
            room = ReservedRooms.Named(room);
        }

        return new RoomList(list._first, others);
    }

    private RoomList Append(string room) => _first is null ? new RoomList(room, null) : new RoomList(_first, [.. _others ?? [], room]);
}
