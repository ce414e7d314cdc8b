using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>One namespace with sockets of its own. Of a pattern it also has the pattern's handlers, which run before its own.</summary>
internal sealed class ServerNamespace : SockeyeNamespace
{
    private readonly NamespaceRegistry _registry;
    private readonly ServerContext _server;
    private readonly ParentNamespace? _parent;
    private NamespaceHandlers? _own;
    private NamespaceHandlers[] _sets;

    /// <summary>One that the application has named.</summary>
    public ServerNamespace(NamespaceRegistry registry, string name, NamespaceHandlers own)
        : this(registry, name) => _sets = [_own = own];

    /// <summary>One that belongs to a pattern or a predicate.</summary>
    public ServerNamespace(NamespaceRegistry registry, string name, ParentNamespace parent)
        : this(registry, name)
    {
        _parent = parent;
        _sets = [parent.Handlers];
    }

    private ServerNamespace(NamespaceRegistry registry, string name)
    {
        _registry = registry;
        _server = registry.Server;
        Name = name;
        NameUtf8 = Encoding.UTF8.GetBytes(name);
        State = new NamespaceState(_server);
        _sets = [];
    }

    /// <inheritdoc />
    public override string Name { get; }

    public byte[] NameUtf8 { get; }

    public ServerContext Server => _server;

    /// <inheritdoc />
    public override int LocalCount => State.SocketCount;

    public NamespaceState State { get; }

    /// <summary>What is registered, in the order in which it runs.</summary>
    public NamespaceHandlers[] HandlerSets => System.Threading.Volatile.Read(ref _sets);

    /// <summary>Where and in which order its handlers run.</summary>
    public SockeyeNamespace Settings => (SockeyeNamespace?)_parent ?? this;

    /// <summary>What is done with a message for which there is no room; <see cref="OutboxPolicy.Inherit"/>: what the server does.</summary>
    public OutboxPolicy WhenOutboxIsFull => OutboxPolicy == OutboxPolicy.Inherit && _parent is not null ? _parent.OutboxPolicy : OutboxPolicy;

    /// <summary>Whether events that wait when their socket goes are dropped.</summary>
    public bool DropsWaitingEvents => DropWaitingEvents || _parent is { DropWaitingEvents: true };

    /// <summary>Whether something was set or registered on this one alone, so that it must not be forgotten when it is empty.</summary>
    public bool IsConfigured => System.Threading.Volatile.Read(ref _own) is { IsEmpty: false } || OutboxPolicy != OutboxPolicy.Inherit || DropWaitingEvents || HasRoomPolicies;

    /// <summary>Clients in it or on their way into it, the reason to keep it. Guarded by the registry.</summary>
    public int Holders { get; set; }

    /// <summary>Its place among those that can be forgotten. Guarded by the registry.</summary>
    public LinkedListNode<ServerNamespace>? IdleNode { get; set; }

    public ParentNamespace? Parent => _parent;

    public bool HasAdmission => Any(static handlers => handlers.Admission.Items.Length > 0);

    public bool HasConnectionHandlers => Any(static handlers => handlers.Connection.Items.Length > 0);

    public bool HasDisconnectHandlers => Any(static handlers => handlers.Disconnect.Items.Length > 0);

    /// <summary>Asked for each message, so without a delegate.</summary>
    public bool HasIncomingListeners
    {
        get
        {
            foreach (var handlers in HandlerSets)
            {
                if (handlers.Any.Items.Length + handlers.Filters.Items.Length > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <inheritdoc cref="HasIncomingListeners" path="/summary" />
    public bool HasOutgoingListeners
    {
        get
        {
            foreach (var handlers in HandlerSets)
            {
                if (handlers.AnyOutgoing.Items.Length > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    internal override PayloadCodec Codec => _server.Codec;

    internal override bool IsOnLoop => _server.Loops.IsInTurn;

    internal override void OnConfigured() => _registry.Remember(this);

    internal override NamespaceHandlers Handlers
    {
        get
        {
            // Who asks for it is about to register something.
            OnConfigured();
            if (System.Threading.Volatile.Read(ref _own) is { } own)
            {
                return own;
            }

            var made = new NamespaceHandlers();
            if (Interlocked.CompareExchange(ref _own, made, null) is { } first)
            {
                return first;
            }

            System.Threading.Volatile.Write(ref _sets, [_parent!.Handlers, made]);
            return made;
        }
    }

    /// <inheritdoc />
    public override string? Match(string parameter) => _parent?.Match(Name, parameter);

    /// <inheritdoc />
    public override SockeyeSocket? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return State.FindSocket(id);
    }

    /// <summary>A client is gone.</summary>
    public void Release() => _registry.Release(this);

    /// <summary>Shows an outgoing event to the catch-all listeners, on the thread that emits.</summary>
    public void NotifyOutgoing(SockeyeSocket? socket, EventWriter e)
    {
        byte[]? name = null;
        foreach (var handlers in HandlerSets)
        {
            foreach (var listener in handlers.AnyOutgoing.Items)
            {
                Task? task = null;
                var context = new EventContext(socket!, e.Name);
                try
                {
                    name ??= Encoding.UTF8.GetBytes(e.Name.ToString());
                    task = listener(new EventReader(context, name, e.Arguments, e.Attachments, Codec));
                }
#pragma warning disable CA1031 // A listener that fails must not keep the event from being sent: logged, counted, reported.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    OutgoingListenerFailed(context, failure);
                }

                if (task is not null)
                {
                    WatchOutgoing(task, context);
                }
            }
        }
    }

    private void WatchOutgoing(Task task, EventContext context) => LooseTask.Watch(task, failure => OutgoingListenerFailed(context, failure));

    private void OutgoingListenerFailed(EventContext context, Exception failure)
    {
        _server.Log.HandlerFailed(HandlerKind.CatchAll, Name, context.Name.ToString(), null, failure);
        _server.TellError(HandlerSets, Name, new HandlerError(HandlerKind.CatchAll, context, failure));
    }

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options)
    {
        if (_server.IsStopped)
        {
            return EmitResult.Closed;
        }

        NotifyOutgoing(scope.Sender, e);
        return scope.MatchesNobody ? EmitResult.Accepted : State.Broadcast(PacketFrames.Event(NameUtf8, e), scope, WithRoomPolicy(scope, options));
    }

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
    {
        if (_server.IsStopped)
        {
            return EmitResults.Finished(EmitResult.Closed);
        }

        NotifyOutgoing(scope.Sender, e);
        return scope.MatchesNobody
            ? EmitResults.Finished(EmitResult.Accepted)
            : State.Awaited.Add(PacketFrames.Event(NameUtf8, e), scope, WithRoomPolicy(scope, options), cancellationToken);
    }

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        if (_server.IsStopped)
        {
            collector.Begin(1);
            collector.PartLost();
            collector.PartDone();
            return;
        }

        NotifyOutgoing(scope.Sender, e);
        var ackId = State.NextBroadcastAckId();
        State.Broadcast(PacketFrames.Event(NameUtf8, e, ackId), scope, WithRoomPolicy(scope, options), collector, ackId);
    }

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        var sockets = State.Select(scope);
        var found = new List<RemoteSocket>(sockets.Count);
        foreach (var socket in sockets)
        {
            // One that has gone meanwhile has no rooms any more, not even its own.
            if (State.RoomsOf(socket, onlyMembers: true) is { Length: > 0 } rooms)
            {
                found.Add(new RemoteSocket(socket.Id, socket.Handshake, rooms, socket.DataOrNull?.Snapshot() ?? new SocketData(Codec)));
            }
        }

        return Task.FromResult(new FetchResult(found, []));
    }

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => Task.FromResult(new SocketCount(State.Count(scope), []));

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        if (action.Kind == SocketActionKind.Join && Encoding.UTF8.GetByteCount(action.Room) > _server.Limits.RoomNameBytes)
        {
            collector?.Begin(0);
            return;
        }

        State.Apply(scope, action, collector);
    }

    /// <summary>The policy of a room counts where the emit has none.</summary>
    private EmitOptions WithRoomPolicy(in BroadcastScope scope, in EmitOptions options)
    {
        if (options.WhenFull != OutboxPolicy.Inherit || scope.Rooms.Count == 0 || !(HasRoomPolicies || _parent is { HasRoomPolicies: true }))
        {
            return options;
        }

        var policy = RoomPolicy(scope);
        return options with { WhenFull = policy != OutboxPolicy.Inherit || _parent is null ? policy : _parent.RoomPolicy(scope) };
    }

    private bool Any(Func<NamespaceHandlers, bool> has)
    {
        foreach (var handlers in HandlerSets)
        {
            if (has(handlers))
            {
                return true;
            }
        }

        return false;
    }
}
