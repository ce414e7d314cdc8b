using Microsoft.Extensions.Logging;
using Sockeye.Abstractions;
using Sockeye.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>What the cluster of a server logs.</summary>
/// <remarks>Any thread; lives as long as the server. What others can cause as often as they like is limited.</remarks>
internal sealed partial class ClusterLog(ILogger logger, TimeProvider time)
{
    /// <summary>How often the log says that other servers have another key, which they do with each heartbeat (own; as the bus over NATS says what it drops).</summary>
    private static readonly TimeSpan OtherKeyTime = TimeSpan.FromSeconds(10);

    private readonly LogLimit _gaps = new(time);
    private readonly LogLimit _failed = new(time);
    private readonly LogLimit _buckets = new(time);
    private readonly LogLimit _denied = new(time);
    private readonly LogLimit _relays = new(time);
    private readonly LogLimit _keys = new(time, OtherKeyTime);
    private readonly LogLimit _nodes = new(time);
    private readonly LogLimit _same = new(time);
    private readonly LogLimit _room = new(time);

    [LoggerMessage(2150, LogLevel.Information, "This server is node {Node} of the cluster \"{Cluster}\", others: {Others}")]
    private static partial void Joined(ILogger logger, string node, string cluster, int others);

    [LoggerMessage(2151, LogLevel.Information, "Server {Node} of the cluster: {State}{Omitted}")]
    private static partial void NodeChanged(ILogger logger, string node, ClusterNodeState state, string omitted);

    [LoggerMessage(2152, LogLevel.Warning, "Messages of the cluster are missing ({Reason}): {Missing} of {Node} in {Namespace}{Omitted}")]
    private static partial void Gap(ILogger logger, ClusterGapReason reason, string missing, string node, string @namespace, string omitted);

    [LoggerMessage(2153, LogLevel.Error, "Another server is node {Node} too, incarnation {Incarnation:x16}, which a cut had hidden. {What}{Omitted}")]
    private static partial void SameNode(ILogger logger, string node, long incarnation, string what, string omitted);

    [LoggerMessage(2158, LogLevel.Warning, "This server is node {Node} from now on, and no longer {Former}: clients that came before are told, and connect again")]
    private static partial void Moved(ILogger logger, string node, string former);

    [LoggerMessage(2156, LogLevel.Error, "Server {Node} has {Setting} {Theirs}, and this one {Own}: they do not hear each other's rooms{Omitted}")]
    private static partial void OtherBuckets(ILogger logger, string node, string setting, long theirs, int own, string omitted);

    [LoggerMessage(2157, LogLevel.Error, "This server cannot listen to others on \"{Subject}\": {Reason} It tries again every second{Omitted}")]
    private static partial void Denied(ILogger logger, string subject, string reason, string omitted);

    [LoggerMessage(2159, LogLevel.Error, "Messages of the cluster \"{Cluster}\" do not fit this server's Secret, and are dropped: give all servers the same, or a cluster of another Name{Omitted}")]
    private static partial void OtherKey(ILogger logger, string cluster, string omitted);

    [LoggerMessage(2154, LogLevel.Error, "A listener of the cluster, or a call to it, failed{Omitted}")]
    private static partial void Failed(ILogger logger, string omitted, Exception failure);

    [LoggerMessage(2155, LogLevel.Warning, "A request or WebSocket of a client that {Direction} server {Node} was ended: {Reason}{Omitted}")]
    private static partial void RelayFailed(ILogger logger, string direction, string node, string reason, string omitted);

    [LoggerMessage(2160, LogLevel.Warning, "The transport of this server takes no requests for its sessions from other servers, which get 503: it needs a balancer that gives a client to one server, or the native transport")]
    private static partial void NoRelays(ILogger logger);

    [LoggerMessage(2161, LogLevel.Warning, "Server {Node} is not taken into the cluster: {Most} others are known already, and {Setting} allows no more{Omitted}")]
    private static partial void NoRoom(ILogger logger, string node, int most, string setting, string omitted);

    public void NoRelays() => NoRelays(logger);

    /// <param name="isEntry">Whether its client is here.</param>
    /// <param name="node">The other server.</param>
    /// <param name="reason">Why.</param>
    public void RelayFailed(bool isEntry, int node, string reason)
    {
        if (_relays.Admits(out var omitted))
        {
            RelayFailed(logger, isEntry ? "is handed on to" : "comes by way of", ClusterIdentity.NameOf(node), reason, Text(omitted));
        }
    }

    public void Joined(int node, string cluster, int others) => Joined(logger, ClusterIdentity.NameOf(node), LogText.Escape(cluster), others);

    public void NodeChanged(ClusterNode node)
    {
        if (_nodes.Admits(out var omitted))
        {
            NodeChanged(logger, node.Name, node.State, Text(omitted));
        }
    }

    public void SameNode(int node, long incarnation, bool isOlder)
    {
        if (_same.Admits(out var omitted))
        {
            SameNode(logger, ClusterIdentity.NameOf(node), incarnation, isOlder ? "It was started before this one, which draws another number" : "It was started after this one, and has to draw another number", Text(omitted));
        }
    }

    public void NoRoom(int node, int most)
    {
        if (_room.Admits(out var omitted))
        {
            NoRoom(logger, ClusterIdentity.NameOf(node), most, nameof(ClusterOptions.MaxNodes), Text(omitted));
        }
    }

    public void Moved(int former, int node) => Moved(logger, ClusterIdentity.NameOf(node), ClusterIdentity.NameOf(former));

    public void Gap(in ClusterGap gap)
    {
        if (_gaps.Admits(out var omitted))
        {
            Gap(logger, gap.Reason, gap.Missing == 0 ? "perhaps some" : $"{gap.Missing}", gap.Node is { } node ? $"server {node}" : "any server", gap.Namespace is { } nsp ? LogText.Escape(nsp) : "any namespace", Text(omitted));
        }
    }

    public void OtherBuckets(int node, long theirs, int own)
    {
        if (_buckets.Admits(out var omitted))
        {
            OtherBuckets(logger, ClusterIdentity.NameOf(node), nameof(ClusterOptions.RoomBuckets), theirs, own, Text(omitted));
        }
    }

    public void OtherKey(string cluster)
    {
        if (_keys.Admits(out var omitted))
        {
            OtherKey(logger, cluster, Text(omitted));
        }
    }

    public void Denied(string subject, BusException reason)
    {
        if (_denied.Admits(out var omitted))
        {
            Denied(logger, subject, reason.Message, Text(omitted));
        }
    }

    public void ListenerFailed(Exception failure)
    {
        if (_failed.Admits(out var omitted))
        {
            Failed(logger, Text(omitted), failure);
        }
    }

    private static string Text(long omitted) => omitted == 0 ? "" : $" (lines before that were left out: {omitted})";
}
