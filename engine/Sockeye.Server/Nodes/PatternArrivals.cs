using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Nodes;

/// <summary>What comes from other servers for all namespaces of a pattern here.</summary>
/// <remarks>It owns nothing. Called on the bus's threads, where it never waits. Lives as long as the cluster of its server.</remarks>
internal sealed class PatternArrivals(NodeHub hub, NamespaceRegistry namespaces)
{
    /// <summary>Something has come for a pattern.</summary>
    public void Receive(in ClusterMessage message, string? replyTo)
    {
        if (namespaces.Find(message.Text(WireField.Namespace)) is not ParentNamespace pattern)
        {
            hub.Port.Count(WireFault.Unknown);
            return;
        }

        switch (message.Kind)
        {
            case ClusterKind.PatternEvent:
                Deliver(message, namespaces.ChildrenOf(pattern));
                break;
            case ClusterKind.Act when ScopeWire.TryReadAction(message, out var action):
                var collector = ScopeWire.IsCall(message) && hub.Results.Of(message) is { } result ? ScopeWire.CollectFor(pattern, result) : null;
                collector?.Begin(1);
                var scope = ScopeWire.ReadScope(message);
                foreach (var child in namespaces.ChildrenOf(pattern))
                {
                    child.ApplyCore(scope, action, collector);
                }

                collector?.PartDone();
                break;
            default:
                hub.Port.Count(message.Kind == ClusterKind.Act ? WireFault.Corrupt : WireFault.Unknown);
                break;
        }
    }

    private void Deliver(in ClusterMessage message, ServerNamespace[] children)
    {
        NodeAckCollector? collector = null;
        if (ScopeWire.IsCall(message))
        {
            if (hub.Results.Of(message) is not { } result)
            {
                hub.Refuse(message, null);
                return;
            }

            collector = new NodeAckCollector(result, hub.MaxAnswerBytes);
        }

        var scope = ScopeWire.ReadScope(message);
        var options = collector is null ? ScopeWire.ReadOptions(message) : ScopeWire.ReadOptions(message, hub.Options.RequestTimeout);
        collector?.Begin(1);
        foreach (var child in children)
        {
            var ackId = collector is null ? -1L : child.Groups.NextBroadcastAckId();
            if (hub.IsMemoryShort || (NodeFrames.ReadPattern(message, child.NameUtf8, ackId) is { } frame && child.Deliver(frame, scope, options, collector, ackId) == EmitResult.Dropped))
            {
                collector?.PartLost();
                hub.Refuse(message, child.Name);
            }
        }

        collector?.PartDone();
    }
}
