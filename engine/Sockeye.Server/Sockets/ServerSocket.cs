using Sockeye.Abstractions.Sockets;
using Sockeye.EngineIO;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Where a socket stands.</summary>
internal enum SocketState : byte
{
    /// <summary>The client has asked for the namespace and is not yet admitted.</summary>
    Pending,

    Open,

    Closed,
}

/// <summary>One client in one namespace: its identity, its state, and what it owes and waits for. What it sends is in ServerSocket.Sending, what it receives in ServerSocket.Receiving,
/// where its handlers stand in ServerSocket.Handlers; they are one type because its state, its outbox and its handlers change together on its loop, and a part would be an object more for
/// each socket. What needs no state of its own is outside: <see cref="HandlerCalls"/>, <see cref="HandlerQueue"/>, <see cref="AckTable"/>, <see cref="SpaceQueue"/>.</summary>
/// <remarks>It owns what its client owes it and what waits for its handlers or for room; the outbox is its session's. Its session's loop, to which fields without a remark belong; members of
/// <see cref="SockeyeSocket"/> any thread may call. From the client's wish to enter until the end of its handlers. Limits: <see cref="LimitOptions"/>.</remarks>
internal sealed partial class ServerSocket : SockeyeSocket, IIdEntry<ServerSocket>, IActivitySource
{
    private readonly ClientLink _client;
    private readonly SocketNamespace _namespace;
    private volatile SocketState _state;
    private RareState? _rare;
    private int _namedRooms;
    private string? _id;            // made when somebody asks
    private object _handshake;      // what the client sent to enter, until somebody asks for the handshake

    public ServerSocket(ClientLink client, SocketNamespace nsp, AuthPayload auth)
    {
        _client = client;
        _namespace = nsp;
        Session = client.Session;
        LoopIndex = Session.Loop.Index;
        Shard = nsp.ShardOf(LoopIndex);
        Key = RandomId.Create(Session.NodeId, LoopIndex);
        _handshake = auth;
        SeenHooks = Server.Hooks.Epoch;
    }

    /// <inheritdoc />
    public override string Id => _id ??= Key.ToString();

    /// <inheritdoc />
    public override Handshake Handshake
    {
        get
        {
            var seen = System.Threading.Volatile.Read(ref _handshake);
            if (seen is not AuthPayload auth)
            {
                return (Handshake)seen;
            }

            var made = new Handshake(new RequestHandshake(Session.Request), auth);
            seen = Interlocked.CompareExchange(ref _handshake, made, auth);
            return seen == auth ? made : (Handshake)seen;
        }
    }

    /// <summary>Bytes of what the client sent to enter.</summary>
    public int AuthBytes => (System.Threading.Volatile.Read(ref _handshake) switch
    {
        Handshake made => made.Auth,
        var auth => (AuthPayload)auth,
    }).Length;

    /// <summary>The bits of its id, which name its node and its loop.</summary>
    public RandomId Key { get; }

    ServerSocket? IIdEntry<ServerSocket>.Following { get; set; }

    /// <inheritdoc />
    public override ClientConnection Connection => _client;

    /// <inheritdoc />
    public override bool IsConnected => _state == SocketState.Open;

    /// <inheritdoc />
    public override bool IsWritable => IsConnected && Session.IsWritable;

    /// <inheritdoc />
    public override int OutboxBytes => Session.OutboxBytes;

    /// <inheritdoc />
    public override IReadOnlyCollection<string> Rooms => _namespace.RoomsOf(this);

    /// <inheritdoc />
    public override SocketIdentity? Identity
    {
        get => System.Threading.Volatile.Read(ref _rare)?.Identity;
        set
        {
            // A socket that has none, and is told so, stays without the state.
            if (value is not null || Identity is not null)
            {
                _namespace.Identify(this, value);
                if (value?.ExpiresAt is not null && Server.CloseExpired)
                {
                    AwaitExpiry();
                }
            }
        }
    }

    /// <inheritdoc />
    public override CancellationToken Aborted
    {
        get
        {
            var rare = Rare;
            var source = System.Threading.Volatile.Read(ref rare.Aborted);
            if (source is null)
            {
                var made = new CancellationTokenSource();
                source = Interlocked.CompareExchange(ref rare.Aborted, made, null) ?? made;
                if (_state == SocketState.Closed)
                {
                    // It closed before the source could be seen; cancelling twice does no harm.
                    source.Cancel();
                }
            }

            return source.Token;
        }
    }

    /// <summary>Index of the loop it lives on.</summary>
    public int LoopIndex { get; }

    public SocketShard Shard { get; }

    /// <summary>Place among the members of its shard.</summary>
    public int MemberSlot { get; set; }

    /// <summary>The last selection that it was in or left out of.</summary>
    public long Mark { get; set; }

    /// <summary>The snapshot of hooks that has seen it come, or that it was shown to. Set where its handlers run, and only grows: any thread may ask.</summary>
    public int SeenHooks { get; set; }

    /// <summary>Whether its events are held against permissions, or shown to plugins, before they are handled.</summary>
    public bool IsGated => Server.Hooks.SeesEvents || _rare?.Identity?.Access is not null;

    /// <summary>Whether it is in the namespace. Order lock.</summary>
    public bool IsMember { get; set; }

    /// <summary>The rooms that it is to be in when it is admitted; null: none, or it has been. Order lock.</summary>
    public List<string>? HeldRooms
    {
        get => _rare?.HeldRooms;
        set => Rare.HeldRooms = value;
    }

    /// <summary>Says who is behind it, without a change of its rooms. Order lock.</summary>
    public void KeepIdentity(SocketIdentity? identity) => Rare.Identity = identity;

    /// <summary>Its rooms, when it has left those that it was in; null if it has never been in the namespace. Order lock.</summary>
    public List<Membership>? Memberships { get; set; }

    /// <summary>How many of them are not reserved. Written under the order lock, read by any thread.</summary>
    public int NamedRooms
    {
        get => System.Threading.Volatile.Read(ref _namedRooms);
        set => System.Threading.Volatile.Write(ref _namedRooms, value);
    }

    public SocketNamespace SocketNamespace => _namespace;

    public bool IsPending => _state == SocketState.Pending;

    string IActivitySource.Describe(string activity) =>
        $"\"{LogText.Escape(activity)}\" of socket {Id} in {LogText.Escape(_namespace.Name)} from {Session.RemoteEndPoint}";

    internal override SockeyeNamespace NamespaceCore => _namespace;

    private RareState Rare => System.Threading.Volatile.Read(ref _rare) ?? Interlocked.CompareExchange(ref _rare, new RareState(), null) ?? _rare;

    private EngineSession Session { get; }

    private ServerContext Server => _namespace.Server;

    /// <inheritdoc />
    internal override bool IsOnItsLoop => IsHere || Server.Loops.CurrentGameLoop() is not null;

    /// <summary>Whether the caller is on its event loop.</summary>
    public bool IsHere => Server.Loops.Current() == LoopIndex;

    /// <summary>Lets the client in: tells it, makes it a member, and runs the handlers of connections, which nothing of the socket precedes.</summary>
    public void Open()
    {
        HoldHandlers();
        _state = SocketState.Open;
        Session.Send(PacketFrames.Connected(_namespace.NameUtf8, Key.ToString()));
        _namespace.Enter(this);
        if (Server.CloseExpired)
        {
            AwaitExpiryHere();
        }

        Server.Metrics.SocketOpened(LoopIndex);
        Server.Log.Entered(this, Session.RemoteEndPoint);
        ReleaseHandlers();
    }

    /// <summary>Ends the socket: it leaves its rooms and the namespace, its token fires, its acknowledgements fail; the handlers of its disconnection come last. On its loop.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="detail">What it was in words.</param>
    /// <param name="mayRun">Whether handlers may run within the call, because none stands further up the stack.</param>
    public void Close(DisconnectReason reason, string? detail, bool mayRun)
    {
        var wasOpen = _state == SocketState.Open;
        if (_state == SocketState.Closed)
        {
            return;
        }

        _state = SocketState.Closed;
        if (wasOpen)
        {
            _namespace.Exit(this);
            Server.Metrics.SocketClosed(LoopIndex, reason);
            Server.Log.Left(this, Session.RemoteEndPoint, reason, detail);
        }

        DueList.Cancel(_rare?.Expiry);
        KeepRates();
        CancelAborted();
        if (wasOpen)
        {
            Acks?.FailAll();
            Waiting?.Abandon();
            QueueDisconnect(new Disconnection(reason, detail), mayRun);
        }

        _namespace.Release();
    }

    internal override bool JoinCore(string room) => Server.Limits.AllowRoom(room) && _state != SocketState.Closed && _namespace.Join(this, room);

    internal override Task<bool> WhenListening(string room, CancellationToken cancellationToken)
    {
        var listening = _namespace.WhenListening(room);
        return listening.IsCompletedSuccessfully ? Task.FromResult(true) : WaitAsync(listening, cancellationToken);

        static async Task<bool> WaitAsync(Task listening, CancellationToken cancellationToken)
        {
            await listening.WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    internal override bool IsInCore(string room) => _namespace.IsIn(this, room);

    internal override bool LeaveCore(string room) => !ReservedRooms.Has(room) && _namespace.Leave(this, room);

    internal override void DisconnectCore(bool close)
    {
        if (IsHere && Shard.TryCatchUp())
        {
            _client.Disconnect(this, close);
        }
        else
        {
            _namespace.RunInOrder(this, NewDisconnectTask(close));
        }
    }

    public OrderedTask NewDisconnectTask(bool close) => new DisconnectTask(this, close);

    /// <summary>The identity that it had has expired, unless it has got another one. On its loop.</summary>
    public void Expire(SocketIdentity identity)
    {
        if (Shard.TryCatchUp())
        {
            ExpireInOrder(identity);
        }
        else
        {
            _namespace.RunInOrder(this, new ExpireTask(this, identity));
        }
    }

    private void ExpireInOrder(SocketIdentity identity)
    {
        if (Identity == identity && IsConnected)
        {
            _client.PutOut(this, DisconnectReason.IdentityExpired, "the identity of its last socket has expired");
        }
    }

    private void AwaitExpiry()
    {
        if (IsHere)
        {
            AwaitExpiryHere();
        }
        else
        {
            Session.Loop.Post(static socket => ((ServerSocket)socket!).AwaitExpiryHere(), this);
        }
    }

    /// <summary>One that has not entered waits when it does.</summary>
    private void AwaitExpiryHere()
    {
        if (IsConnected && Identity is { ExpiresAt: not null } identity)
        {
            (Rare.Expiry ??= new IdentityExpiry(this)).Await(identity);
        }
    }

    private void CancelAborted()
    {
        // The state must be seen by whoever makes the source before this looks for one: then one of the two cancels it.
        Interlocked.MemoryBarrier();
        try
        {
            if (System.Threading.Volatile.Read(ref _rare) is { } rare)
            {
                System.Threading.Volatile.Read(ref rare.Aborted)?.Cancel();
            }
        }
        catch (AggregateException failures)
        {
            RaiseError(HandlerKind.Other, new EventContext(this, default), failures);
        }
    }

    /// <summary>What most sockets never need. Made on any thread, for the first of it.</summary>
    private sealed class RareState
    {
        /// <summary>Made when somebody asks whether the socket is gone. Any thread.</summary>
        public CancellationTokenSource? Aborted;

        /// <summary>Order lock.</summary>
        public List<string>? HeldRooms;

        /// <summary>Set under the order lock, read by any thread.</summary>
        public volatile SocketIdentity? Identity;

        /// <summary>What puts the socket out when its identity expires. Loop only.</summary>
        public IdentityExpiry? Expiry;

        /// <summary>What is left of its rates. Loop only.</summary>
        public SocketRates? Rates;

        /// <summary>Acknowledgements that the client owes. Loop only.</summary>
        public AckTable? Acks;

        /// <summary>Any thread.</summary>
        public AckIds AckIds = AckIds.OfSocket();

        /// <summary>Emits that wait for room. Any thread.</summary>
        public SpaceQueue? Waiting;

        /// <summary>The game loop that the socket was put on; null: what its namespace says. Any thread.</summary>
        public volatile ServerGameLoop? GameLoop;
    }

    private sealed class ExpireTask(ServerSocket socket, SocketIdentity identity) : OrderedTask
    {
        public override void Run() => socket.ExpireInOrder(identity);
    }

    private sealed class DisconnectTask(ServerSocket socket, bool close) : OrderedTask
    {
        public override void Run() => socket._client.Disconnect(socket, close);
    }
}
