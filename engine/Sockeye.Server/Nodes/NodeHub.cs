using System.Collections.Concurrent;
using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.EngineIO;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;

namespace Sockeye.Server.Nodes;

/// <summary>The other servers as this one's namespaces see them, and this one as they see it: what comes for it alone is answered or handed on.</summary>
/// <remarks>It owns the interest, the calls and their results. Any thread; what comes is taken on the bus's threads and never waits there. Lives as long as the cluster of its server.</remarks>
internal sealed class NodeHub : NodeLinks, IAsyncDisposable
{
    private readonly ServerContext _server;
    private readonly NamespaceRegistry _namespaces;
    private readonly EngineServer _engine;
    private readonly ServerEvents _events;
    private readonly PatternArrivals _patterns;
    private readonly string _inbox;
    private readonly Func<TimeSpan> _drainTime;
    private readonly ConcurrentDictionary<int, Inlets.Inlet> _direct = new();

    public NodeHub(ServerContext server, NamespaceRegistry namespaces, EngineServer engine, ClusterPort port, ClusterState state, ClusterMembership membership, ClusterOptions options, Func<TimeSpan> drainTime, ClusterLog log)
    {
        (_server, _namespaces, _engine, Port, State, Options, Membership, _drainTime) = (server, namespaces, engine, port, state, options, membership, drainTime);
        Interest = new Interest(membership, options, log, server);
        State.Listening = () => Interest.Unheard;
        Calls = new NodeCalls(port, membership);
        Outbox = new NodeOutbox(port, server.Loops);
        Results = new CallResults(server.Time);
        _events = new ServerEvents(this, namespaces);
        _patterns = new PatternArrivals(this, namespaces);
        _inbox = port.Subjects.Inbox + ".";
    }

    public ServerContext Server => _server;

    public ClusterPort Port { get; }

    public ClusterState State { get; }

    public ClusterOptions Options { get; }

    public ClusterMembership Membership { get; }

    public Interest Interest { get; }

    public NodeCalls Calls { get; }

    public NodeOutbox Outbox { get; }

    public CallResults Results { get; }

    /// <summary>Bytes of an answer to another server.</summary>
    public int MaxAnswerBytes => Port.Bus.MaxMessageBytes - ClusterMessage.FixedBytes - ClusterMessage.SealBytes;

    /// <summary>Whether this process has no memory for what others send.</summary>
    public bool IsMemoryShort => _engine.IsMemoryShort;

    /// <summary>There is no room here for a message of another server.</summary>
    public void Refuse(in ClusterMessage message, string? nsp)
    {
        Port.Count(WireFault.Refused);
        State.Report(new ClusterGap(nsp, ClusterIdentity.NameOf(message.Node), 1, ClusterGapReason.Refused));
    }

    public bool Has(int node) => Membership.Members.Has(node);

    public override NamespaceLink Of(ServerNamespace nsp) => new NamespaceNodes(this, nsp);

    public override void Listen(ParentNamespace pattern)
    {
        if (pattern.Name.Length > 0)
        {
            Interest.Note(name => new Interest.Wanted(Port.Subjects.Pattern(name!), null, _patterns.Receive), pattern.Name, isNeeded: true);
        }
    }

    public override PatternLink Of(ParentNamespace pattern) => new PatternNodes(this, pattern);

    public override EmitResult ServerSideEmit(SockeyeNamespace nsp, EventWriter e) => _events.Publish(nsp, e, default);

    public override async Task<ServerAck<T>> ServerSideEmitAsync<T>(SockeyeNamespace nsp, EventWriter e, CancellationToken cancellationToken)
    {
        var nodes = Calls.All;
        var call = new Call(Calls.Next(), _server.AckTimeout);
        var sent = _events.Publish(nsp, e, call);
        var found = await Task.WhenAll(nodes.Select(async node => (node, await CollectAsync(node, sent, call, Port.Subjects.Servers, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        return ServerEvents.Read<T>(found, _server.Codec);
    }

    /// <summary>Opens what every server listens to.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Membership.Inlets.OpenAsync(Port.Subjects.Servers, null, (in message, _) => _events.Receive(message, ScopeWire.IsCall(message) ? Results.Of(message) : null), cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="INodeEnd.PrepareAsync" />
    public async Task PrepareAsync(int node) => _direct[node] = await Membership.Inlets.OpenAsync(Port.Subjects.Direct(node), null, OnDirect).ConfigureAwait(false);

    /// <inheritdoc cref="INodeEnd.Become" />
    public void Become(int node) => _engine.BecomeNode(node);

    /// <inheritdoc cref="INodeEnd.LeaveAsync" />
    public Task LeaveAsync() => _engine.CloseFormerAsync(_drainTime());

    /// <inheritdoc cref="INodeEnd.ForgetAsync" />
    public async Task ForgetAsync(int node)
    {
        if (_direct.TryRemove(node, out var inlet))
        {
            await inlet.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Asks a server what has become there of a call.</summary>
    /// <param name="node">Which.</param>
    /// <param name="sent">Whether the bus has taken the call: one that is too long, for example, has come nowhere, and nobody is asked.</param>
    /// <param name="call">The call.</param>
    /// <param name="subject">Where it was published.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null: it does not say.</returns>
    public Task<byte[]?> CollectAsync(ClusterNode node, EmitResult sent, Call call, string subject, CancellationToken cancellationToken = default) =>
        sent is EmitResult.Dropped or EmitResult.Closed ? Task.FromResult<byte[]?>(null) : Calls.AskAsync(
        node, () => call.Write(Port.Head(ClusterKind.Collect)), Encoding.ASCII.GetBytes(subject), call.Patience, cancellationToken);

    /// <summary>This server is asked something.</summary>
    public void Receive(in ClusterMessage message, string? replyTo)
    {
        switch (message.Kind)
        {
            case ClusterKind.Ping:
                Answer(replyTo, default);
                break;
            case ClusterKind.Fetch or ClusterKind.Count when NamespacesOf(message) is { Length: > 0 } namespaces:
                var scope = ScopeWire.ReadScope(message);
                var isCount = message.Kind == ClusterKind.Count;
                var max = Port.Bus.MaxMessageBytes / 2;

                // Sockets may be many, and the bus waits for nobody.
                ThreadPool.UnsafeQueueUserWorkItem(
                    static ask => ask.Hub.Answer(ask.ReplyTo, ask.Namespaces, ask.Scope, ask.IsCount, ask.Max),
                    (Hub: this, ReplyTo: replyTo, Namespaces: namespaces, Scope: scope, IsCount: isCount, Max: max), preferLocal: false);
                break;
            case ClusterKind.Count:
                Answer(replyTo, Number(0));
                break;
            case ClusterKind.Fetch:
                Answer(replyTo, default);
                break;
            case ClusterKind.Collect:
                Collect(message, replyTo);
                break;
            default:
                Port.Count(WireFault.Unknown);
                break;
        }
    }

    public async ValueTask DisposeAsync() => await Interest.DisposeAsync().ConfigureAwait(false);

    private static ReadOnlyMemory<byte> Number(int number)
    {
        var body = new WireWriter();
        body.Number(number);
        return body.Written;
    }

    /// <summary>Those that a request is about: one, or all of a pattern.</summary>
    private ServerNamespace[] NamespacesOf(in ClusterMessage message) => _namespaces.Find(message.Text(WireField.Namespace)) switch
    {
        ServerNamespace one => [one],
        ParentNamespace pattern => _namespaces.ChildrenOf(pattern),
        _ => [],
    };

    private NamespaceArrivals? Find(in ClusterMessage message) => _namespaces.Find(message.Text(WireField.Namespace)) is ServerNamespace { Link: NamespaceNodes link } ? link.Arrivals : null;

    private void OnDirect(in ClusterMessage message, string? replyTo)
    {
        if (Find(message) is { } link)
        {
            link.Receive(message, replyTo);
        }
        else if (ScopeWire.IsCall(message))
        {
            Results.Of(message)?.TrySetResult(default);
        }
    }

    /// <summary>The result of a call is asked for. One that cannot have come, since nobody listens here, has none; another may be on its way.</summary>
    private void Collect(in ClusterMessage message, string? replyTo)
    {
        var subject = Encoding.ASCII.GetString(message.Body);
        if (!Results.Has(message) && subject != Port.Subjects.Servers && subject != Port.Subjects.Direct(Port.Me.Node) && !Interest.Has(subject))
        {
            Answer(replyTo, default);
        }
        else if (Results.Of(message) is { } result)
        {
            _ = AnswerAsync(result.Task, replyTo, message.Incarnation, message.Number(WireField.Call));
        }
        else
        {
            Answer(replyTo, CallResults.Unanswered);
        }
    }

    private async Task AnswerAsync(Task<ReadOnlyMemory<byte>> result, string? replyTo, long incarnation, long call)
    {
        try
        {
            Answer(replyTo, await result.ConfigureAwait(false));
            Results.Remove(incarnation, call);
        }
        catch (OperationCanceledException)
        {
            // Its time is over, and nobody waits any more.
        }
    }

    private void Answer(string? replyTo, ServerNamespace[] namespaces, in BroadcastScope scope, bool isCount, int max)
    {
        try
        {
            var counted = 0;
            foreach (var nsp in isCount ? namespaces : [])
            {
                counted += nsp.CountHere(scope);
            }

            Answer(replyTo, isCount ? Number(counted) : NamespaceArrivals.Fetch(namespaces, scope, max));
        }
#pragma warning disable CA1031 // On the thread pool nobody else would hear of it, and the process would end.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _server.ReportFault(fault);
        }
    }

    /// <summary>Answers go where servers of this cluster wait for them, and nowhere else.</summary>
    private void Answer(string? replyTo, ReadOnlyMemory<byte> body)
    {
        if (replyTo is not null && replyTo.StartsWith(_inbox, StringComparison.Ordinal) && !Port.IsClosed)
        {
            Port.Bus.Publish(replyTo, Port.Whole("", Port.Head(ClusterKind.Reply), [body]));
        }
    }
}
