using System.Buffers.Text;

namespace Sockeye.Server.Cluster;

/// <summary>Which node this server is, and which incarnation of it.</summary>
/// <remarks>Any thread. The node changes while the server joins its cluster, before it has sockets, and when another server turns out to be the same one.</remarks>
internal sealed class ClusterIdentity(int node, long incarnation)
{
    private volatile int _node = node;

    public int Node
    {
        get => _node;
        set => _node = value;
    }

    public long Incarnation { get; } = incarnation;

    /// <summary>How a node is named to people: the first characters of the ids of its sockets.</summary>
    public static string NameOf(int node) => Base64Url.EncodeToString([(byte)(node >> 16), (byte)(node >> 8), (byte)node]);

    /// <summary>Whether a message is of this server, under whichever number: what it said under the one before may come back after the change.</summary>
    public bool Is(in ClusterMessage message) => message.Incarnation == Incarnation;
}
