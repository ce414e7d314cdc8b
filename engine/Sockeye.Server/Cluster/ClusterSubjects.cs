using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>The subjects of a cluster. Names of clients and applications enter them encoded: what is not plain becomes a hash, and the message carries the real name.</summary>
/// <remarks>It owns nothing that changes. Any thread.</remarks>
/// <param name="cluster">The name of the cluster.</param>
/// <param name="buckets">Into how many parts the rooms of a namespace are divided.</param>
internal sealed class ClusterSubjects(string cluster, int buckets)
{
    private readonly string _control = string.Create(CultureInfo.InvariantCulture, $"{BusSubject.Control}{BusSubject.WireVersion}.{BusSubject.Token(cluster)}.");
    private readonly string _data = string.Create(CultureInfo.InvariantCulture, $"{BusSubject.Data}{BusSubject.WireVersion}.{BusSubject.Token(cluster)}.");

    /// <summary>What all nodes hear: who is there.</summary>
    public string Common => _control + "c";

    /// <summary>Events for the servers themselves.</summary>
    public string Servers => _data + "s";

    /// <summary>Below it a node gets answers.</summary>
    public string Inbox => _control + "i";

    /// <summary>What one node is asked.</summary>
    public string Node(int node) => $"{_control}n.{node.ToString("x6", CultureInfo.InvariantCulture)}";

    /// <summary>What one server hears that has no number yet.</summary>
    public string Incarnation(long incarnation) => $"{_control}h.{incarnation.ToString("x16", CultureInfo.InvariantCulture)}";

    /// <summary>Broadcasts to one socket of a node.</summary>
    public string Direct(int node) => $"{_data}d.{node.ToString("x6", CultureInfo.InvariantCulture)}";

    /// <summary>Requests of clients for the sessions of a node, and the answers to those that it has handed on.</summary>
    public string Relay(int node) => $"{_data}x.{node.ToString("x6", CultureInfo.InvariantCulture)}";

    /// <summary>Broadcasts to all namespaces of a pattern.</summary>
    public string Pattern(string pattern) => $"{_data}p.{BusSubject.Token(pattern)}";

    /// <summary>Broadcasts of a namespace to everybody, or to several rooms.</summary>
    public string Wide(string nsp) => $"{_data}b.{BusSubject.Token(nsp)}";

    /// <summary>Broadcasts to one room.</summary>
    public string Room(string nsp, string room) => string.Create(CultureInfo.InvariantCulture, $"{_data}r.{BusSubject.Token(nsp)}.{BucketOf(room):x}.{BusSubject.Token(room)}");

    /// <summary>Broadcasts to all rooms that are in one part with a room.</summary>
    /// <param name="room">The subject of the room.</param>
    public static string Bucket(string room) => string.Concat(room.AsSpan(0, room.LastIndexOf('.') + 1), "*");

    private int BucketOf(string room) => (int)(ClusterMessage.Checksum(uint.MaxValue, Encoding.UTF8.GetBytes(room)) % (uint)buckets);

    /// <summary>A hash of a subject, by which nodes name their streams to each other.</summary>
    public static long Hash(string subject)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(subject), hash);
        return BitConverter.ToInt64(hash);
    }
}
