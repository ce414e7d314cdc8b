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

    /// <summary>One that the application has named.</summary>
    public ServerNamespace(NamespaceRegistry registry, string name, NamespaceHandlers own)
        : base(registry.Server, name, own)
    {
        _registry = registry;
        DeliveryOrder = new DeliveryOrder(Server);
        Members = new NamespaceMembers(DeliveryOrder, Server);
        Groups = new NamespaceGroups(DeliveryOrder, Members, Server);
    }

    /// <summary>One that belongs to a pattern or a predicate.</summary>
    public ServerNamespace(NamespaceRegistry registry, string name, ParentNamespace parent)
        : base(registry.Server, name, parent)
    {
        _registry = registry;
        Parent = parent;
        DeliveryOrder = new DeliveryOrder(Server);
        Members = new NamespaceMembers(DeliveryOrder, Server);
        Groups = new NamespaceGroups(DeliveryOrder, Members, Server);
    }

    /// <inheritdoc />
    public override int LocalCount => Members.SocketCount;

    /// <summary>In which order its sockets see what happens.</summary>
    public DeliveryOrder DeliveryOrder { get; }

    /// <summary>Who is in it and in its rooms.</summary>
    public NamespaceMembers Members { get; }

    /// <summary>What is done with many of its sockets at once.</summary>
    public NamespaceGroups Groups { get; }

    /// <summary>Clients in it or on their way into it, the reason to keep it. Guarded by the registry.</summary>
    public int Holders { get; set; }

    /// <summary>Its place among those that can be forgotten. Guarded by the registry.</summary>
    public LinkedListNode<ServerNamespace>? IdleNode { get; set; }

    public ParentNamespace? Parent { get; }

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
    public override void Identify(ServerSocket socket, SocketIdentity? identity) => Members.Identify(socket, identity);

    /// <inheritdoc />
    public override string[] RoomsOf(ServerSocket socket) => Members.RoomsOf(socket);

    /// <inheritdoc />
    public override EmitResult EmitInOrder(ServerSocket socket, Frame frame, in EmitOptions options, PendingAck? ack) => DeliveryOrder.Emit(socket, frame, options, ack);

    /// <inheritdoc />
    public override void RunInOrder(ServerSocket socket, OrderedTask task) => DeliveryOrder.Run(socket, task);

    /// <inheritdoc />
    public override string? OtherWith(ReadOnlySpan<byte> nameUtf8, bool isNumeric) => _registry.OtherWith(this, nameUtf8, isNumeric);

    /// <inheritdoc />
    public override void Release() => _registry.Release(this);

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options)
    {
        if (Server.IsStopped)
        {
            return EmitResult.Closed;
        }

        NotifyOutgoing(scope.Sender, e);
        return scope.MatchesNobody ? EmitResult.Accepted : Groups.Send(PacketFrames.Event(NameUtf8, e), scope, WithRoomPolicy(scope, options));
    }

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
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
        if (Server.IsStopped)
        {
            collector.Begin(1);
            collector.PartLost();
            collector.PartDone();
            return;
        }

        NotifyOutgoing(scope.Sender, e);
        var ackId = Groups.NextBroadcastAckId();
        Groups.Send(PacketFrames.Event(NameUtf8, e, ackId), scope, WithRoomPolicy(scope, options), collector, ackId);
    }

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken)
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

        return Task.FromResult(new FetchResult(found, []));
    }

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => Task.FromResult(new SocketCount(Groups.Count(scope), []));

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

        Groups.Apply(scope, action, collector);
    }

    /// <summary>The policy of a room counts where the emit has none.</summary>
    private EmitOptions WithRoomPolicy(in BroadcastScope scope, in EmitOptions options)
    {
        if (options.WhenFull != OutboxPolicy.Inherit || scope.Rooms.Count == 0 || !(HasRoomPolicies || Parent is { HasRoomPolicies: true }))
        {
            return options;
        }

        var policy = RoomPolicy(scope);
        return options with { WhenFull = policy != OutboxPolicy.Inherit || Parent is null ? policy : Parent.RoomPolicy(scope) };
    }
}
