using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>One client in one namespace, as the server sees it: what a handler receives, sends to and puts into rooms.</summary>
/// <remarks>
/// <para><b>Lifetime.</b> Created before the connection middleware, handed to OnConnection once the client is in, dead after OnDisconnect.
/// Emitting to a dead object returns <see cref="EmitResult.Closed"/>; it never throws.</para>
/// <para><b>Threads.</b> Handlers of one socket run one at a time, in order, on its event loop or where its namespace says; after an await they are back there.
/// Those of its connection come first, then events and posted work as they came, those of its disconnection last. All members may be called from any thread.</para>
/// <para><b>Memory.</b> Handlers registered on the namespace cost a socket nothing. <b>Limits.</b> 128 rooms, outbox 8 MiB, 1,000 pending acknowledgements.</para>
/// </remarks>
public abstract partial class SockeyeSocket : IEventTarget
{
    private SocketHandlers? _handlers;
    private SocketData? _data;
    private object? _state;

    internal SockeyeSocket()
    {
    }

    /// <summary>Its id, 20 characters, the same for the life of the socket; also the name of a room with only this socket in it.</summary>
    /// <remarks>It tells where the socket lives, in the node and the event loop, and nothing about the id of its connection: 88 bits of it are random, and it is no secret.</remarks>
    public abstract string Id { get; }

    /// <summary>The namespace.</summary>
    public SockeyeNamespace Namespace => NamespaceCore;

    /// <summary>The request it came with.</summary>
    public abstract Handshake Handshake { get; }

    /// <summary>The connection below.</summary>
    public abstract ClientConnection Connection { get; }

    /// <summary>Whether it is in the namespace: from before OnConnection until it goes. Handlers that run or wait then still run, and OnDisconnect after them.</summary>
    public abstract bool IsConnected { get; }

    /// <summary>Whether it is connected and its outbox is below the high watermark at this moment.</summary>
    public abstract bool IsWritable { get; }

    /// <summary>Bytes of the connection that the client has not taken yet.</summary>
    public abstract int OutboxBytes { get; }

    /// <summary>Fires when the socket goes, before OnDisconnect: for handlers that should stop then. One that goes on is waited for, until the server's StopTimeout has passed. Made on first use.</summary>
    public abstract CancellationToken Aborted { get; }

    /// <summary>A copy of the names of the rooms it is in, its own id among them; once it has gone, of those that it was in then.</summary>
    public abstract IReadOnlyCollection<string> Rooms { get; }

    /// <summary>Whether it is in a room, without a copy of their names: what <see cref="Rooms"/> would say of it.</summary>
    /// <param name="room">The room.</param>
    public bool IsIn(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return IsInCore(room);
    }

    /// <summary>Who is behind the socket, as whoever admits it has found out; null: nobody has said. <see cref="BroadcastTarget.ToUser"/> finds it by its subject, in this namespace.</summary>
    /// <remarks>
    /// <para>Set as a rule in connection middleware, then it is there before OnConnection, and at any time later: by a new token, or to null when nobody is behind it any more. Each socket has its own,
    /// also those of one client in several namespaces.</para>
    /// <para><b>Threads.</b> May be read and set from any thread; of two that set it at once one is the last, and that one also says to which user the socket belongs. Setting it is in order with this thread's
    /// emits, as <see cref="Join"/> is. A socket that is not admitted yet is found when it is; one that has gone keeps what is set, for OnDisconnect to read, and is not found.</para>
    /// </remarks>
    public abstract SocketIdentity? Identity { get; set; }

    /// <summary>Whether who is behind the socket may join a room, for handlers that put it there at a client's wish: true if its identity has no <see cref="SocketIdentity.Access"/>, or it has no identity.</summary>
    /// <param name="room">The room.</param>
    public bool CanJoin(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Identity is not { Access: { } access } identity || access.MayJoin(Namespace.Name, room, identity.Subject);
    }

    /// <summary>Small values that belong to the socket and travel with it: <see cref="RemoteSocket.Data"/>.</summary>
    public SocketData Data => _data ?? Interlocked.CompareExchange(ref _data, new SocketData(Codec), null) ?? _data;

    EventTable IEventTarget.Events => OwnHandlers.Events;

    PayloadCodec IEventTarget.Codec => Codec;

    /// <summary>What is registered on this socket; null if nothing is.</summary>
    internal SocketHandlers? Handlers => System.Threading.Volatile.Read(ref _handlers);

    /// <summary>The data, or null if nobody has asked for it.</summary>
    internal SocketData? DataOrNull => System.Threading.Volatile.Read(ref _data);

    internal PayloadCodec Codec => Namespace.Codec;

    private SocketHandlers OwnHandlers =>
        _handlers ?? Interlocked.CompareExchange(ref _handlers, new SocketHandlers(), null) ?? _handlers;

    /// <summary>An object of the application that belongs to the socket and never leaves the process; one for each type, made on first use.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    public T State<T>()
        where T : class, new()
    {
        if (FindState<T>(System.Threading.Volatile.Read(ref _state)) is { } found)
        {
            return found;
        }

        var made = new T();
        while (true)
        {
            var seen = System.Threading.Volatile.Read(ref _state);
            if (FindState<T>(seen) is { } raced)
            {
                return raced;
            }

            object next = seen switch { null => made, object[] several => (object[])[.. several, made], _ => (object[])[seen, made] };
            if (Interlocked.CompareExchange(ref _state, next, seen) == seen)
            {
                return made;
            }
        }
    }

    /// <summary>Forgets the objects of <see cref="State{T}"/> of some types.</summary>
    internal void ForgetStates(Predicate<Type> isMeant)
    {
        while (true)
        {
            var seen = System.Threading.Volatile.Read(ref _state);
            var all = seen switch { null => (object[])[], object[] several => several, _ => [seen] };
            var left = Array.FindAll(all, item => !isMeant(item.GetType()));
            if (left.Length == all.Length || Interlocked.CompareExchange(ref _state, left.Length switch { 0 => null, 1 => left[0], _ => left }, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Enters a room, now, in order with this thread's emits.</summary>
    /// <param name="room">Its name, by default at most 255 bytes of UTF-8; made with its first member. Names that begin with NUL are reserved.</param>
    /// <remarks>In connection middleware the room waits: the socket is in it once it is admitted, before OnConnection.</remarks>
    /// <returns>True: it is in the room, also if it was before. False: the socket is gone or in too many rooms, or the name is too long or reserved.</returns>
    public bool Join(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return JoinCore(room);
    }

    /// <summary>Leaves a room, now, in order with this thread's emits.</summary>
    /// <param name="room">Its name.</param>
    /// <returns>False: the socket is gone or was not in the room.</returns>
    public bool Leave(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return LeaveCore(room);
    }

    /// <summary>Enters a room and waits until this server listens to what others of the cluster send to it; a single server does at once. With one server of the bus what is sent to the room from then on arrives; with several of
    /// them nobody can tell when the last one knows.</summary>
    /// <param name="room">Its name, at most 255 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Gives up waiting; one that has fired before leaves the socket where it is.</param>
    /// <returns>False: the socket is gone or in too many rooms, or the name is too long.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    /// <exception cref="Cluster.BusException">The socket is in the room, and what other servers send to it does not come: the bus does not let this server listen.</exception>
    public Task<bool> JoinAsync(string room, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<bool>(cancellationToken)
        : Join(room) ? WhenListening(room, cancellationToken)
        : Task.FromResult(false);

    /// <summary>Leaves a room. Other servers need not know it: what they send to the room does not reach the socket from now on.</summary>
    /// <param name="room">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting; one that has fired before leaves the socket where it is.</param>
    /// <returns>False: the socket is gone or was not in the room.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<bool> LeaveAsync(string room, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<bool>(cancellationToken) : Task.FromResult(Leave(room));

    /// <summary>Completes with true when messages of other servers to a room come here.</summary>
    internal virtual Task<bool> WhenListening(string room, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Disconnects the client from this namespace, or from all. In connection middleware it refuses the client ("Disconnected"), whatever the middleware says then.</summary>
    /// <param name="close">Whether to disconnect all its sockets and close the connection.</param>
    public void Disconnect(bool close = false) => DisconnectCore(close);

    /// <summary>Runs the handlers of this socket on a game loop from its next event on, whatever its namespace says: the loop of the match that the player is in.</summary>
    /// <param name="loop">A loop of the same server; null: where the handlers of its namespace run. When the loop ends, they go back there, in order and with nothing lost;
    /// so does the socket at once if it has ended before.</param>
    /// <remarks>A handler that runs at the moment ends where it began, and the next one begins when it is done; it may move its socket.</remarks>
    public void RunOn(GameLoop? loop) => RunOnCore(loop);

    /// <summary>Whether the caller is in a turn without whose end nothing comes to or from this socket: of the event loop of its connection, or of a game loop, which holds back what it emits.</summary>
    internal virtual bool IsOnItsLoop => false;

    internal abstract void RunOnCore(GameLoop? loop);

    internal abstract SockeyeNamespace NamespaceCore { get; }

    internal abstract EmitResult EmitCore(EventWriter e, in EmitOptions options);

    /// <summary>Sends a received event on into what leaves next, without a writer between.</summary>
    /// <returns>False, with nothing done: <see cref="EmitCore"/> can say why not, or do it.</returns>
    internal virtual bool TryEmitRaw(in EventReader e) => false;

    /// <summary>Waits until there is room. The writer is to be copied before the call returns.</summary>
    internal abstract Task<EmitResult> EmitWhenWritableCore(EventWriter e, in EmitOptions options, CancellationToken cancellationToken);

    /// <summary>Emits with an ack id and keeps the callback until it is answered, fails or is forgotten. An event that cannot be sent fails the callback.</summary>
    internal abstract void EmitForAckCore(EventWriter e, in EmitOptions options, AckCallback callback);

    /// <summary>Nobody waits for this acknowledgement any more.</summary>
    internal abstract void ForgetAckCore(AckCallback callback);

    /// <summary>Sends an acknowledgement.</summary>
    internal abstract bool AckCore(long ackId, EventWriter e);

    internal abstract bool IsInCore(string room);

    internal abstract bool JoinCore(string room);

    internal abstract bool LeaveCore(string room);

    internal abstract void DisconnectCore(bool close);

    /// <summary>Runs the action where and in the order in which this socket's handlers run.</summary>
    internal abstract bool PostCore(Func<Task?> work);

    /// <summary>One object, or an array of objects of several types; a socket rarely has two.</summary>
    private static T? FindState<T>(object? state)
        where T : class
    {
        if (state is not object[] several)
        {
            return state?.GetType() == typeof(T) ? (T)state : null;
        }

        foreach (var item in several)
        {
            if (item.GetType() == typeof(T))
            {
                return (T)item;
            }
        }

        return null;
    }
}
