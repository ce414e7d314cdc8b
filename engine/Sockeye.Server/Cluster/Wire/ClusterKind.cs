namespace Sockeye.Server.Cluster;

/// <summary>What a message between nodes says. Numbers stay as they are: they stand on the wire (docs/cluster-wire.md).</summary>
internal enum ClusterKind : byte
{
    /// <summary>A node is there, or looks for a number that nobody has.</summary>
    Hello = 1,

    /// <summary>The answer to a hello: who else is there.</summary>
    Welcome = 2,

    /// <summary>A node lives, and where its streams stand.</summary>
    Beat = 3,

    /// <summary>A node goes.</summary>
    Goodbye = 4,

    /// <summary>Asks a node that has not been heard whether it lives.</summary>
    Ping = 5,

    /// <summary>An event for the sockets of a scope: the body is the packet as clients get it.</summary>
    Event = 16,

    /// <summary>An event for all namespaces of a pattern: the body is the packet's JSON array, without the namespace.</summary>
    PatternEvent = 17,

    /// <summary>An event for the other servers themselves.</summary>
    ServerEvent = 18,

    /// <summary>Several messages of one node to one subject, one behind the other: the body is those, each with its own number. It has none itself.</summary>
    Batch = 20,

    /// <summary>Sockets of a scope join or leave a room, or are disconnected.</summary>
    Act = 19,

    /// <summary>Asks for copies of the sockets of a scope.</summary>
    Fetch = 32,

    /// <summary>Asks for their number.</summary>
    Count = 33,

    /// <summary>Asks for the answers of clients to an event that was published before.</summary>
    Collect = 34,

    /// <summary>Answers a request.</summary>
    Reply = 48,

    /// <summary>A request for a session of that node has come elsewhere: its first bytes.</summary>
    RelayOpen = 64,

    /// <summary>More bytes of it, or of the answer, or what is to be said about them.</summary>
    Relay = 65,

    /// <summary>Something is missing of what a node has sent: it is asked how its relays stand.</summary>
    RelayAsk = 66,

    /// <summary>How they stand.</summary>
    RelayStand = 67,
}
