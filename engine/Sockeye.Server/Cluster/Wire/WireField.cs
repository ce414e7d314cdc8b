namespace Sockeye.Server.Cluster;

/// <summary>Fields of a head, each with its length. One below 128 that a reader does not know is passed over; one from 128 on makes it drop the message. Numbers stand on the wire.</summary>
internal enum WireField : byte
{
    /// <summary>The namespace, or the pattern, in UTF-8.</summary>
    Namespace = 1,

    /// <summary>A room of the scope, in UTF-8.</summary>
    Room = 2,

    /// <summary>A room that is left out.</summary>
    Except = 3,

    /// <summary>How the event is to be sent: flags, policy, key and number of the latest.</summary>
    Options = 4,

    /// <summary>Lengths of the attachments at the end of the body, 4 bytes each.</summary>
    Attachments = 5,

    /// <summary>The number of a call, by which what belongs to it is found.</summary>
    Call = 6,

    /// <summary>A node that has got the same message by another subject.</summary>
    NotNode = 7,

    /// <summary>Kept for later: the offset of a recoverable event.</summary>
    Offset = 8,

    /// <summary>Kept for later: the trace that it belongs to.</summary>
    Trace = 9,

    /// <summary>A time in milliseconds.</summary>
    Timeout = 10,

    /// <summary>The name of an event.</summary>
    EventName = 11,

    /// <summary>How a node says that it stands, 1 byte: 0 it joins, 1 it is ready, 2 it drains.</summary>
    State = 12,

    /// <summary>When a node was started, in milliseconds since 1970.</summary>
    Started = 13,

    /// <summary>Messages that follow and belong to this one.</summary>
    Left = 14,

    /// <summary>Which relay a frame belongs to, and where in it.</summary>
    Relay = 15,

    /// <summary>The peer whose request is relayed.</summary>
    Peer = 16,

    /// <summary>The id of a session.</summary>
    Session = 17,

    /// <summary>Into how many parts a node divides the rooms of a namespace.</summary>
    RoomBuckets = 18,
}
