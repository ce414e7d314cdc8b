using System.Collections.Concurrent;
using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;
using Sockeye.Transport;

namespace Sockeye.Server.Nodes;

/// <summary>One namespace on the other servers: what leaves it for them, and what they are asked.</summary>
/// <remarks>It owns the names of its subjects. Any thread. Lives as long as the namespace.</remarks>
internal sealed class NamespaceNodes : NamespaceLink
{
    /// <summary>Rooms whose subjects are kept (own): made anew they cost a hash at most.</summary>
    private const int KeptSubjects = 4096;

    /// <summary>How long a client or a caller waits for the bus to listen, at most (own): that the bus is slow keeps nobody out.</summary>
    private static readonly TimeSpan ListenTime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, string> _subjects = new(StringComparer.Ordinal);
    private readonly NodeHub _hub;
    private readonly ServerNamespace _nsp;
    private readonly string _wide;
    private readonly ScopeCalls _calls;
    private readonly Func<string?, Interest.Wanted> _find;

    public NamespaceNodes(NodeHub hub, ServerNamespace nsp)
    {
        (_hub, _nsp) = (hub, nsp);
        _wide = hub.Port.Subjects.Wide(nsp.Name);
        _find = Find;
        _calls = new ScopeCalls(hub, nsp.Name, nsp.Server);
        Arrivals = new NamespaceArrivals(hub, nsp);
    }

    /// <summary>What comes for its sockets here.</summary>
    public NamespaceArrivals Arrivals { get; }

    private ClusterPort Port => _hub.Port;

    private TimeSpan Patience => _hub.Options.RequestTimeout;

    public override void Opened(string? room) => _hub.Interest.Note(_find, room, isNeeded: true);

    public override void Closed(string? room) => _hub.Interest.Note(_find, room, isNeeded: false);

    public override Task WhenListeningAsync(string room) => Seen(Task.WhenAll(_hub.Interest.WhenListeningAsync(Find(null)), _hub.Interest.WhenListeningAsync(Find(room))));

    public override Task SettleAsync(IReadOnlyCollection<string> rooms)
    {
        if (Port.Bus.State != BusState.Open)
        {
            return Task.CompletedTask;
        }

        var all = Seen(rooms.Count == 0 ? _hub.Interest.WhenListeningAsync(Find(null)) : Task.WhenAll(rooms.Select(WhenListeningAsync)));
        return all.IsCompletedSuccessfully ? Task.CompletedTask : WaitAsync(all);

        async Task WaitAsync(Task listening)
        {
            try
            {
                await listening.WaitAsync(ListenTime, _nsp.Server.Time).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is TimeoutException or BusException)
            {
                // What does not come is told as a gap, what is denied by the health of the cluster.
            }
        }
    }

    public override void Publish(Frame frame, in BroadcastScope scope, in EmitOptions options)
    {
        var parts = NodeFrames.Parts(frame, _nsp.NameUtf8, -1);
        Send(ClusterKind.Event, parts, frame.MessageCount - 1, scope, options);
        NodeFrames.Done();
    }

    public override void Publish(Frame frame, in BroadcastScope scope, in EmitOptions options, long ackId, BroadcastAckCollector collector)
    {
        collector.Begin(1);
        var nodes = _hub.Calls.All;
        var call = new Call(_hub.Calls.Next(), (options.Timeout ?? _nsp.Server.AckTimeout) + Patience);
        var parts = NodeFrames.Parts(frame, _nsp.NameUtf8, ackId);
        var sent = Send(ClusterKind.Event, parts, frame.MessageCount - 1, scope, options, call);
        NodeFrames.Done();
        _ = _calls.CollectAsync(nodes, SubjectsOf(scope, ClusterKind.Event), sent, call, collector);
    }

    public override Task<FetchResult> FetchAsync(BroadcastScope scope, List<RemoteSocket> own, CancellationToken cancellationToken) => _calls.FetchAsync(scope, own, cancellationToken);

    public override Task<SocketCount> CountAsync(BroadcastScope scope, int own, CancellationToken cancellationToken) => _calls.CountAsync(scope, own, cancellationToken);

    public override void Act(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        collector?.Begin(1);
        var nodes = _hub.Calls.All;
        var call = new Call(collector is null ? 0 : _hub.Calls.Next(), Patience);
        ReadOnlyMemory<byte>[] parts = [new[] { (byte)action.Kind }, Encoding.UTF8.GetBytes(action.Room)];
        var sent = Send(ClusterKind.Act, parts, 0, scope, default, call);
        if (collector is not null)
        {
            _ = _calls.CollectAsync(nodes, SubjectsOf(scope, ClusterKind.Act), sent, call, collector);
        }
    }

    /// <summary>Whoever gives up waiting looks at it no more, and what keeps the subscription is told elsewhere.</summary>
    private static Task Seen(Task listening)
    {
        LooseTask.Watch(listening, static _ => { });
        return listening;
    }

    private Interest.Wanted Find(string? room) => new(room is null ? _wide : SubjectOf(room), _nsp.Name, Arrivals.Receive, IsRoom: room is not null);

    private string SubjectOf(string room)
    {
        if (_subjects.TryGetValue(room, out var known))
        {
            return known;
        }

        if (_subjects.Count >= KeptSubjects)
        {
            _subjects.Clear();
        }

        return _subjects[room] = Port.Subjects.Room(_nsp.Name, room);
    }

    /// <summary>The node whose socket a scope means, if it means one alone; -1: it does not.</summary>
    private int NodeOf(in BroadcastScope scope) =>
        scope.Rooms.Count == 1 && RandomId.TryParse(scope.Rooms[0], out var id) && id.Node != Port.Me.Node && _hub.Has(id.Node) ? id.Node : -1;

    private string SubjectOf(in BroadcastScope scope, ClusterKind kind) => scope.Rooms.Count == 1 && kind == ClusterKind.Event ? SubjectOf(scope.Rooms[0]) : _wide;

    /// <summary>By which subject each server gets what is for a scope.</summary>
    private Func<ClusterNode, string> SubjectsOf(in BroadcastScope scope, ClusterKind kind)
    {
        var (direct, other) = (NodeOf(scope), SubjectOf(scope, kind));
        return node => node.NodeId == direct ? Port.Subjects.Direct(direct) : other;
    }

    /// <returns>Whether the bus has taken it, or the turn that ends.</returns>
    private EmitResult Send(ClusterKind kind, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int attachments, in BroadcastScope scope, in EmitOptions options, Call call = default)
    {
        if (scope.Rooms.Count == 1 && scope.Rooms[0] == ReservedRooms.OfNobody)
        {
            return EmitResult.Accepted;
        }

        var node = NodeOf(scope);
        var direct = EmitResult.Accepted;
        if (node >= 0)
        {
            direct = _hub.Outbox.Publish(Port.Subjects.Direct(node), isRoom: true, Head(kind, parts, attachments, scope, options, call), parts);
        }

        // A room may have the id of a socket as its name, with members elsewhere.
        var head = Head(kind, parts, attachments, scope, options, call);
        var subject = SubjectOf(scope, kind);
        var sent = _hub.Outbox.Publish(subject, subject != _wide, node < 0 ? head : head.Field(WireField.NotNode, node), parts);
        return sent > direct ? sent : direct;
    }

    private HeadWriter Head(ClusterKind kind, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int attachments, in BroadcastScope scope, in EmitOptions options, Call call)
    {
        var head = Port.Head(kind).Field(WireField.Namespace, _nsp.NameUtf8).Scope(scope).Options(options).Attachments(parts, attachments);
        return call.Number == 0 ? head : call.Write(head);
    }
}

/// <summary>A call that other servers are told of, and asked for.</summary>
/// <param name="Number">Its number; 0: it is none.</param>
/// <param name="Patience">How long its result is waited for.</param>
internal readonly record struct Call(long Number, TimeSpan Patience)
{
    public HeadWriter Write(HeadWriter head) => head.Field(WireField.Call, Number).Field(WireField.Timeout, (long)Patience.TotalMilliseconds);
}
