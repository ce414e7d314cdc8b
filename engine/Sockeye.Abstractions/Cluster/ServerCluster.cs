namespace Sockeye.Cluster;

/// <summary>The cluster as one of its servers sees it: who else is there, how the bus stands, and what may be missing.</summary>
/// <remarks>All members may be called from any thread. Handlers of its events are called one at a time on any thread, never under a lock, and must not block; what they throw is logged.</remarks>
public abstract class ServerCluster
{
    internal ServerCluster()
    {
    }

    /// <summary>Raised when another server comes, is not heard any more, is heard again, drains or goes.</summary>
    public abstract event Action<ClusterNode>? NodeChanged;

    /// <summary>Raised when messages of other servers are missing here, or may be: applications that keep state tell their clients to fetch it again.</summary>
    public abstract event Action<ClusterGap>? Gap;

    /// <summary>The name of the cluster: servers of another name on the same bus are none of it.</summary>
    public abstract string Name { get; }

    /// <summary>The other servers, as they are known now; none that has gone.</summary>
    public abstract IReadOnlyList<ClusterNode> Nodes { get; }

    /// <summary>How the bus stands.</summary>
    public abstract BusState Bus { get; }

    /// <summary>Gaps so far.</summary>
    public abstract long Gaps { get; }

    /// <summary>Messages known to be missing so far; those of outages are not among them.</summary>
    public abstract long Missing { get; }

    /// <summary>Subjects that this server has to listen to and cannot, since the bus denies them: what others send there does not come. Each is tried again every second.</summary>
    public abstract int Unheard { get; }
}

/// <summary>Another server of the cluster, as it stood at one time.</summary>
/// <param name="Name">How it is named where servers are missing: the first four characters of the ids of its sockets.</param>
/// <param name="NodeId">Its node.</param>
/// <param name="Incarnation">Which of the servers that have been, or will be, this node.</param>
/// <param name="State">How it stands.</param>
public sealed record ClusterNode(string Name, int NodeId, long Incarnation, ClusterNodeState State);

/// <summary>How another server stands.</summary>
public enum ClusterNodeState
{
    /// <summary>It is heard.</summary>
    Alive,

    /// <summary>It has not been heard for a while, and is being asked.</summary>
    Suspect,

    /// <summary>It takes no new clients, and will go.</summary>
    Draining,

    /// <summary>It has said that it goes, or has not answered.</summary>
    Gone,

    /// <summary>It is the same node as this server, which a cut had hidden; told once. Of the two the one that was started later goes on as another node (<see cref="SockeyeServer.NodeId"/>), and closes the sessions
    /// that it has over <c>DrainTime</c>: ids of sockets name the node. Their clients connect again by themselves.</summary>
    SameNode,
}

/// <summary>Messages that are missing on this server, or may be.</summary>
/// <param name="Namespace">The namespace; null: it is not known which, so any.</param>
/// <param name="Node">The name of the server whose messages are missing; null: of any.</param>
/// <param name="Missing">How many are known to be missing; 0: it is not known.</param>
/// <param name="Reason">Why.</param>
public readonly record struct ClusterGap(string? Namespace, string? Node, long Missing, ClusterGapReason Reason);

/// <summary>Why messages are missing.</summary>
public enum ClusterGapReason
{
    /// <summary>The numbers of a server's messages have a hole: they were lost on the way.</summary>
    Lost,

    /// <summary>This server had no room for them.</summary>
    Refused,

    /// <summary>The bus was away, and is back.</summary>
    Outage,

    /// <summary>A server has gone without a word: the last that it had to say may be missing.</summary>
    NodeGone,
}
