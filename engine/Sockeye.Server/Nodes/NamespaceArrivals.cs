using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Nodes;

/// <summary>What comes from other servers for the sockets of one namespace here.</summary>
/// <remarks>It owns nothing. Called on the bus's threads, where it never waits. Lives as long as the namespace.</remarks>
internal sealed class NamespaceArrivals(NodeHub hub, ServerNamespace nsp)
{
    /// <summary>The namespace.</summary>
    public ServerNamespace Namespace => nsp;

    private ClusterPort Port => hub.Port;

    /// <summary>Something has come for the namespace, or for some of its sockets.</summary>
    public void Receive(in ClusterMessage message, string? replyTo)
    {
        if (!message.Find(WireField.Namespace).SequenceEqual(nsp.NameUtf8))
        {
            Port.Count(WireFault.Corrupt);
            return;
        }

        if (message.Find(WireField.NotNode) is { Length: 8 } && message.Number(WireField.NotNode) == Port.Me.Node)
        {
            return;
        }

        switch (message.Kind)
        {
            case ClusterKind.Event:
                Deliver(message);
                break;
            case ClusterKind.Act:
                Act(message);
                break;
            default:
                Port.Count(WireFault.Unknown);
                break;
        }
    }

    /// <summary>The sockets of a scope here, as another server asks for them: as many as fit into a message.</summary>
    public static ReadOnlyMemory<byte> Fetch(ServerNamespace[] namespaces, in BroadcastScope scope, int maxBytes)
    {
        var body = new WireWriter();
        foreach (var nsp in namespaces)
        {
            foreach (var socket in nsp.FetchHere(scope))
            {
                var one = new WireWriter();
                SocketWire.Write(one, socket);
                if (body.Length + one.Length + 8 > maxBytes)
                {
                    // Who asks is told that there are more.
                    body.Number(-1);
                    return body.Written;
                }

                body.Bytes(one.Written.Span);
            }
        }

        return body.Written;
    }

    private void Deliver(in ClusterMessage message)
    {
        if (hub.IsMemoryShort)
        {
            hub.Refuse(message, nsp.Name);
            if (ScopeWire.IsCall(message))
            {
                hub.Results.Of(message)?.TrySetResult(CallResults.Unanswered);
            }

            return;
        }

        NodeAckCollector? collector = null;
        var ackId = -1L;
        if (ScopeWire.IsCall(message))
        {
            if (hub.Results.Of(message) is not { } result)
            {
                hub.Refuse(message, nsp.Name);
                return;
            }

            collector = new NodeAckCollector(result, hub.MaxAnswerBytes);
            ackId = nsp.Groups.NextBroadcastAckId();
        }

        if (NodeFrames.Read(message, nsp.NameUtf8, ackId) is not { } frame)
        {
            Port.Count(WireFault.Corrupt);
            return;
        }

        var options = collector is null ? ScopeWire.ReadOptions(message) : ScopeWire.ReadOptions(message, hub.Options.RequestTimeout);
        if (nsp.Deliver(frame, ScopeWire.ReadScope(message), options, collector, ackId) == EmitResult.Dropped)
        {
            hub.Refuse(message, nsp.Name);
        }
    }

    private void Act(in ClusterMessage message)
    {
        if (!ScopeWire.TryReadAction(message, out var action))
        {
            Port.Count(WireFault.Corrupt);
            return;
        }

        nsp.ApplyCore(ScopeWire.ReadScope(message), action, ScopeWire.IsCall(message) && hub.Results.Of(message) is { } result ? ScopeWire.CollectFor(nsp, result) : null);
    }
}
