using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>One namespace with sockets of its own: what is sent to many of them, and what it is to the registry.</summary>
/// <remarks>It owns its order, its members and its groups. Any thread. Lives as long as the <see cref="NamespaceRegistry"/> keeps it, or the application.</remarks>
internal sealed class ServerNamespace : SocketNamespace
{
    private readonly NamespaceRegistry _registry;

    /// <param name="registry">Where it is known by its name.</param>
    /// <param name="name">Its name.</param>
    /// <param name="own">What is registered on it alone; null: nothing yet.</param>
    /// <param name="parent">The pattern or predicate that it belongs to; null: the application, or a plugin, has named it.</param>
    public ServerNamespace(NamespaceRegistry registry, string name, NamespaceHandlers? own, ParentNamespace? parent)
        : base(registry.Server, name, own, parent)
    {
        _registry = registry;
        Parent = parent;
        DeliveryOrder = new DeliveryOrder(Server);
        Changes = new RoomChanges(this, Server);
        Members = new NamespaceMembers(DeliveryOrder, Changes, Server);
        Groups = new NamespaceGroups(DeliveryOrder, Members, Changes, Server);
        Link = registry.Nodes?.Of(this);
    }

    /// <inheritdoc />
    public override int LocalCount => Members.SocketCount;

    /// <summary>In which order its sockets see what happens.</summary>
    public DeliveryOrder DeliveryOrder { get; }

    /// <summary>The namespace on the other servers of a cluster; null: it stands alone.</summary>
    public NamespaceLink? Link
    {
        get;
        set
        {
            field = value;
            Members.Link = value;
            Groups.Link = value;
        }
    }

    /// <summary>Joins and leaves that plugins are told of.</summary>
    public RoomChanges Changes { get; }

    /// <summary>Who is in it and in its rooms.</summary>
    public NamespaceMembers Members { get; }

    /// <summary>What is done with many of its sockets at once.</summary>
    public NamespaceGroups Groups { get; }

    /// <summary>Clients in it or on their way into it, the reason to keep it. Guarded by the registry.</summary>
    public int Holders { get; set; }

    /// <summary>Whether its clients are counted: it may go. Those that the application has named itself stay.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Whether it is not forgotten without clients: somebody has named it, and no pattern would make it again. Registry lock.</summary>
    public bool IsKept => Parent is not { IsOpen: true } && IsOpen;

    /// <summary>Its place among those that can be forgotten. Guarded by the registry.</summary>
    public LinkedListNode<ServerNamespace>? IdleNode { get; set; }

    /// <summary>The pattern or predicate that it belongs to; null: none. Set by the registry.</summary>
    public ParentNamespace? Parent { get; private set; }

    /// <summary>Whether the application has asked for it by its name. Registry lock.</summary>
    public bool IsNamed { get; set; }

    /// <summary>Generations of plugins that have asked for it by its name. Registry lock.</summary>
    public List<PluginSets> Namers { get; } = [];

    /// <summary>Whether it takes clients: it belongs to a pattern or predicate that does, or the application has named it, or a generation that is in force. Registry lock.</summary>
    public bool IsOpen => IsNamed || Parent is { IsOpen: true } || Namers.Exists(static sets => sets.IsInForce);

    /// <summary>It belongs to another pattern or predicate from now on, and plugins have registered this. Registry lock.</summary>
    public void Replace(NamespaceHandlers[] plugins, ParentNamespace? parent)
    {
        Parent = parent;
        base.Replace(plugins, parent);
    }

    internal override void OnConfigured() => _registry.Remember(this);

    /// <inheritdoc />
    public override string? Match(string parameter) => Parent?.Match(Name, parameter);

    /// <inheritdoc />
    public override SockeyeSocket? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Members.FindSocket(id);
    }

    /// <inheritdoc />
    public override SocketShard ShardOf(int loop) => DeliveryOrder.ShardOf(loop);

    /// <inheritdoc />
    public override void Enter(ServerSocket socket) => Members.Enter(socket);

    /// <inheritdoc />
    public override void Exit(ServerSocket socket) => Members.Exit(socket);

    /// <inheritdoc />
    public override bool Join(ServerSocket socket, string room) => Members.Join(socket, room);

    /// <inheritdoc />
    public override bool Leave(ServerSocket socket, string room) => Members.Leave(socket, room);

    /// <inheritdoc />
    public override Task WhenListening(string room) => Link?.WhenListeningAsync(room) ?? Task.CompletedTask;

    /// <inheritdoc />
    public override Task WhenListening(ServerSocket socket) => Link?.SettleAsync(Members.RoomsAhead(socket)) ?? Task.CompletedTask;

    /// <inheritdoc />
    public override void Identify(ServerSocket socket, SocketIdentity? identity) => Members.Identify(socket, identity);

    /// <inheritdoc />
    public override string[] RoomsOf(ServerSocket socket) => Members.RoomsOf(socket);

    /// <inheritdoc />
    public override bool IsIn(ServerSocket socket, string room) => Members.IsIn(socket, room);

    /// <inheritdoc />
    public override EmitResult EmitInOrder(ServerSocket socket, Frame frame, in EmitOptions options, PendingAck? ack) => DeliveryOrder.Emit(socket, frame, options, ack);

    /// <inheritdoc />
    public override void RunInOrder(ServerSocket socket, OrderedTask task) => DeliveryOrder.Run(socket, task);

    /// <inheritdoc />
    public override string? OtherWith(ReadOnlySpan<byte> nameUtf8, bool isNumeric) => _registry.OtherWith(this, nameUtf8, isNumeric);

    /// <inheritdoc />
    public override void Release() => _registry.Release(this);

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options) =>
        Server.IsStopped ? EmitResult.Closed
        : OutgoingHooks.Pass(Server, this, null, scope, e) ? Broadcast(e, scope, options)
        : EmitResult.Dropped;

    /// <summary>As <see cref="BroadcastCore"/>, when the hooks of plugins have been asked.</summary>
    public EmitResult Broadcast(EventWriter e, in BroadcastScope scope, in EmitOptions options)
    {
        if (Server.IsStopped)
        {
            return EmitResult.Closed;
        }

        NotifyOutgoing(scope.Sender, e);
        return scope.MatchesNobody ? EmitResult.Accepted : Groups.Send(PacketFrames.Event(NameUtf8, e), scope, WithRoomPolicy(scope, options));
    }

    /// <summary>Gives its sockets what another server has sent. Takes the reference to the frame.</summary>
    public EmitResult Deliver(Frame frame, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector? collector = null, long ackId = -1)
    {
        if (!Server.IsStopped)
        {
            return Groups.Send(frame, scope, WithRoomPolicy(scope, options), collector, ackId);
        }

        frame.Release();
        collector?.Begin(0);
        return EmitResult.Closed;
    }

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken) =>
        Server.IsStopped ? EmitResults.Finished(EmitResult.Closed)
        : OutgoingHooks.Pass(Server, this, null, scope, e) ? BroadcastWhenWritable(e, scope, options, cancellationToken)
        : EmitResults.Finished(EmitResult.Dropped);

    /// <summary>As <see cref="BroadcastWhenWritableCore"/>, when the hooks of plugins have been asked.</summary>
    public Task<EmitResult> BroadcastWhenWritable(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
    {
        if (Server.IsStopped)
        {
            return EmitResults.Finished(EmitResult.Closed);
        }

        NotifyOutgoing(scope.Sender, e);
        return scope.MatchesNobody
            ? EmitResults.Finished(EmitResult.Accepted)
            : Groups.Awaited.Add(PacketFrames.Event(NameUtf8, e), scope, WithRoomPolicy(scope, options), cancellationToken);
    }

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        if (!Server.IsStopped && !OutgoingHooks.Pass(Server, this, null, scope, e))
        {
            Lose(collector);
            return;
        }

        BroadcastForAck(e, scope, options, collector);
    }

    /// <summary>As <see cref="BroadcastForAckCore"/>, when the hooks of plugins have been asked.</summary>
    public void BroadcastForAck(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        if (Server.IsStopped)
        {
            Lose(collector);
            return;
        }

        NotifyOutgoing(scope.Sender, e);
        var ackId = Groups.NextBroadcastAckId();

        // A part of its own, so that other servers, of which there may be none, do not complete what is not begun here.
        collector.Begin(1);
        Groups.Send(PacketFrames.Event(NameUtf8, e, ackId), scope, WithRoomPolicy(scope, options), collector, ackId);
        collector.PartDone();
    }

    /// <summary>Nobody gets the event, and who waits for answers is told.</summary>
    public static void Lose(BroadcastAckCollector collector)
    {
        collector.Begin(1);
        collector.PartLost();
        collector.PartDone();
    }

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        var own = FetchHere(scope);
        return Link is { } link && Spans(scope) ? link.FetchAsync(scope, own, cancellationToken) : Task.FromResult(new FetchResult(own, []));
    }

    /// <summary>Copies of the sockets of a scope on this server.</summary>
    public List<RemoteSocket> FetchHere(in BroadcastScope scope)
    {
        var sockets = Groups.Select(scope);
        var found = new List<RemoteSocket>(sockets.Count);
        foreach (var socket in sockets)
        {
            // One that has gone meanwhile has no rooms any more, not even its own.
            if (Members.RoomsOf(socket, onlyMembers: true) is { Length: > 0 } rooms)
            {
                found.Add(new RemoteSocket(socket.Id, socket.Handshake, rooms, socket.DataOrNull?.Snapshot() ?? new SocketData(Codec), socket.Identity));
            }
        }

        return found;
    }

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) =>
        Link is { } link && Spans(scope) ? link.CountAsync(scope, Groups.Count(scope), cancellationToken) : Task.FromResult(new SocketCount(Groups.Count(scope), []));

    /// <summary>The number of the sockets of a scope on this server.</summary>
    public int CountHere(in BroadcastScope scope) => Groups.Count(scope);

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        var isAllowed = action.Kind switch
        {
            SocketActionKind.Join => Server.Limits.AllowRoom(action.Room),
            SocketActionKind.Leave => !ReservedRooms.Has(action.Room),
            _ => true,
        };
        if (!isAllowed)
        {
            collector?.Begin(0);
            return;
        }

        // A part of its own, as for acknowledgements.
        collector?.Begin(1);
        if (Link is { } link && Spans(scope))
        {
            link.Act(scope, action, collector);
        }

        if (Link is { } other && collector is not null && action.Kind == SocketActionKind.Join)
        {
            collector.Begin(1);
            _ = JoinAsync(other, scope, action, collector);
        }
        else
        {
            Groups.Apply(scope, action, collector);
        }

        collector?.PartDone();
    }

    /// <summary>Puts the sockets of a scope into a room, and is done when this server listens to it, if there are any.</summary>
    private async Task JoinAsync(NamespaceLink link, BroadcastScope scope, SocketAction action, SocketActionCollector collector)
    {
        var here = new SocketActionCollector(this, CancellationToken.None);
        here.Begin(1);
        Groups.Apply(scope, action, here);
        here.PartDone();
        var joined = (await here.Task.ConfigureAwait(false)).Count;
        if (joined > 0)
        {
            await link.SettleAsync([action.Room]).ConfigureAwait(false);
        }

        collector.PartDone(joined);
    }

    internal override EmitResult ServerSideEmitCore(EventWriter e) => _registry.Nodes?.ServerSideEmit(this, e) ?? EmitResult.Accepted;

    internal override Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e) => NodeLinks.ServerSideEmitAsync<T>(_registry.Nodes, this, e);

    private static bool Spans(in BroadcastScope scope) => !scope.IsLocal && !scope.MatchesNobody;

    /// <summary>The policy of a room counts where the emit has none.</summary>
    private EmitOptions WithRoomPolicy(in BroadcastScope scope, in EmitOptions options)
    {
        if (options.WhenFull != OutboxPolicy.Inherit || scope.Rooms.Count == 0 || !(HasRoomPolicies || Parent is { HasRoomPolicies: true }))
        {
            return options;
        }

        var policy = RoomPolicy(scope);
        return options with { WhenFull = policy != OutboxPolicy.Inherit || Parent is null ? policy : Parent.RoomPolicy(scope), Flags = options.Flags | EmitFlags.RoomPolicy };
    }
}
