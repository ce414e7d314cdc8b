using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Cluster;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Nodes;

/// <summary>All namespaces of one pattern on the other servers, also those that this one has not: what leaves it for them, and what they are asked.</summary>
/// <remarks>It owns nothing. Any thread. Lives as long as the pattern.</remarks>
internal sealed class PatternNodes(NodeHub hub, ParentNamespace pattern) : PatternLink
{
    private readonly string _subject = hub.Port.Subjects.Pattern(pattern.Name);
    private readonly ScopeCalls _calls = new(hub, pattern.Name, hub.Server);

    public override void Publish(EventWriter e, in BroadcastScope scope, in EmitOptions options) => Publish(e, scope, options, default);

    public override void Publish(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        collector.Begin(1);
        var nodes = hub.Calls.All;
        var call = new Call(hub.Calls.Next(), (options.Timeout ?? hub.Server.AckTimeout) + hub.Options.RequestTimeout);
        var sent = Publish(e, scope, options, call);
        _ = _calls.CollectAsync(nodes, _ => _subject, sent, call, collector);
    }

    public override Task<FetchResult> FetchAsync(BroadcastScope scope, List<RemoteSocket> own, CancellationToken cancellationToken) => _calls.FetchAsync(scope, own, cancellationToken);

    public override Task<SocketCount> CountAsync(BroadcastScope scope, int own, CancellationToken cancellationToken) => _calls.CountAsync(scope, own, cancellationToken);

    public override void Act(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        collector?.Begin(1);
        var nodes = hub.Calls.All;
        var call = new Call(collector is null ? 0 : hub.Calls.Next(), hub.Options.RequestTimeout);
        ReadOnlyMemory<byte>[] parts = [new[] { (byte)action.Kind }, Encoding.UTF8.GetBytes(action.Room)];
        var sent = hub.Outbox.Publish(_subject, isRoom: false, Head(ClusterKind.Act, scope, default, call), parts);
        if (collector is not null)
        {
            _ = _calls.CollectAsync(nodes, _ => _subject, sent, call, collector);
        }
    }

    private EmitResult Publish(EventWriter e, in BroadcastScope scope, in EmitOptions options, Call call)
    {
        var parts = NodeFrames.Parts(e);
        var sent = hub.Outbox.Publish(_subject, isRoom: false, Head(ClusterKind.PatternEvent, scope, options, call).Attachments(parts, e.Attachments.Length), parts);
        NodeFrames.Done();
        return sent;
    }

    private HeadWriter Head(ClusterKind kind, in BroadcastScope scope, in EmitOptions options, Call call)
    {
        var head = hub.Port.Head(kind).Field(WireField.Namespace, pattern.Name).Scope(scope).Options(options);
        return call.Number == 0 ? head : call.Write(head);
    }
}
