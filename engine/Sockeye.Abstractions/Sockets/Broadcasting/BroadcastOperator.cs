using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>A set of sockets and the way in which the next events to them are sent. Each operator returns a changed copy; a chain with one room and one exception allocates nothing.</summary>
/// <remarks>Rooms add up: a socket that is in any of them is reached, once. Without a room everybody in the namespace is.</remarks>
public readonly partial struct BroadcastOperator
{
    private readonly BroadcastTarget _target;
    private readonly BroadcastScope _scope;
    private readonly EmitOptions _options;

    internal BroadcastOperator(BroadcastTarget target, in BroadcastScope scope = default, in EmitOptions options = default)
    {
        _target = target;
        _scope = scope;
        _options = options;
    }

    /// <summary>Only sockets of this server, not of others in its cluster: for events, and for fetching, counting, moving and disconnecting sockets too.</summary>
    public BroadcastOperator Local => new(_target, _scope with { IsLocal = true }, _options);

    /// <summary>The event may be dropped: it is for each socket whose outbox is above its high watermark.</summary>
    public BroadcastOperator Volatile => new(_target, _scope, _options.With(EmitFlags.Volatile));

    /// <summary>Adds a room.</summary>
    /// <param name="room">Its name; the id of a socket is a room with only this socket.</param>
    public BroadcastOperator To(string room) => new(_target, _scope with { Rooms = _scope.Rooms.Add(room), MatchesNobody = false }, _options);

    /// <summary>Adds rooms. An empty list is nobody, not everybody.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) =>
        new(_target, _scope with
        {
            Rooms = _scope.Rooms.Add(rooms),
            MatchesNobody = _scope.Rooms.Count + rooms.Length == 0
        }, _options);

    /// <summary>The same as <see cref="To(string)"/>.</summary>
    /// <param name="room">Its name.</param>
    public BroadcastOperator In(string room) => To(room);

    /// <summary>The same as <see cref="To(ReadOnlySpan{string})"/>.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Adds all sockets of a user: those whose <see cref="SockeyeSocket.Identity"/> has this subject. Nobody has a subject that is empty or too long.</summary>
    /// <param name="subject">The subject.</param>
    public BroadcastOperator ToUser(string subject) => new(_target, _scope with { Rooms = _scope.Rooms.AddUser(subject), MatchesNobody = false }, _options);

    /// <summary>Leaves out all sockets of a user.</summary>
    /// <param name="subject">The subject of their <see cref="SockeyeSocket.Identity"/>.</param>
    public BroadcastOperator ExceptUser(string subject) => new(_target, _scope with { Except = _scope.Except.AddUser(subject) }, _options);

    /// <summary>Leaves out whoever is in a room.</summary>
    /// <param name="room">Its name, or the id of a socket.</param>
    public BroadcastOperator Except(string room) => new(_target, _scope with { Except = _scope.Except.Add(room) }, _options);

    /// <summary>Leaves out whoever is in one of the rooms.</summary>
    /// <param name="rooms">Their names, or ids of sockets; none leaves out nobody.</param>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => new(_target, _scope with { Except = _scope.Except.Add(rooms) }, _options);

    /// <summary>Whether the event may be compressed, where a connection compresses at all.</summary>
    /// <param name="compress">Default is yes.</param>
    public BroadcastOperator Compress(bool compress) => new(_target, _scope, _options.WithCompress(compress));

    /// <summary>How long acknowledgements are awaited.</summary>
    /// <param name="timeout">More than zero, at most a day; in milliseconds. The server's default is 10 s.</param>
    public BroadcastOperator Timeout(TimeSpan timeout) => new(_target, _scope, _options.WithTimeout(timeout));

    /// <summary>What happens if an outbox has no room for the event.</summary>
    /// <param name="policy">The policy for this event.</param>
    public BroadcastOperator WhenFull(OutboxPolicy policy) => new(_target, _scope, _options with { WhenFull = policy });

    /// <summary>Of the events with one key only the latest waits in each outbox: it takes the place of the one before that has not left yet.</summary>
    /// <param name="key">The key, a text and a number so that it need not be formatted.</param>
    /// <param name="id">The number.</param>
    public BroadcastOperator Latest(string key, long id = 0) => new(_target, _scope, _options.WithLatest(key, id));

    /// <summary>Copies of the sockets, as they are now.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The sockets, and which servers of the cluster did not say theirs; a single server answers at once and whole.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<FetchResult> FetchSocketsAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<FetchResult>(cancellationToken) : _target.FetchCore(_scope, cancellationToken);

    /// <summary>The number of the sockets.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many, and which servers of the cluster did not say theirs; a single server answers at once and whole.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<SocketCount> CountAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<SocketCount>(cancellationToken) : _target.CountCore(_scope, cancellationToken);

    /// <summary>Puts the sockets into a room, in order with this thread's emits.</summary>
    /// <param name="room">Its name, by default at most 255 bytes of UTF-8; with a longer one nothing happens. A socket that is in too many rooms is left out.</param>
    public void SocketsJoin(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        _target.ApplyCore(_scope, new SocketAction(SocketActionKind.Join, room), null);
    }

    /// <summary>Puts the sockets into a room as <see cref="SocketsJoin"/> does, and waits until that has happened on every event loop and every server of the cluster.</summary>
    /// <param name="room">Its name, by default at most 255 bytes of UTF-8; with a longer one nothing happens.</param>
    /// <param name="cancellationToken">Gives up waiting; what has begun goes on.</param>
    /// <returns>How many sockets of the set are in the room now, and which servers did not say.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<SocketCount> SocketsJoinAsync(string room, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        return ApplyAsync(new SocketAction(SocketActionKind.Join, room), cancellationToken);
    }

    /// <summary>Takes the sockets out of a room, in order with this thread's emits.</summary>
    /// <param name="room">Its name.</param>
    public void SocketsLeave(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        _target.ApplyCore(_scope, new SocketAction(SocketActionKind.Leave, room), null);
    }

    /// <summary>Takes the sockets out of a room as <see cref="SocketsLeave"/> does, and waits until that has happened on every event loop and every server of the cluster.</summary>
    /// <param name="room">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting; what has begun goes on.</param>
    /// <returns>How many sockets have left the room, and which servers did not say.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<SocketCount> SocketsLeaveAsync(string room, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        return ApplyAsync(new SocketAction(SocketActionKind.Leave, room), cancellationToken);
    }

    /// <summary>Disconnects the sockets from the namespace, or their clients from all.</summary>
    /// <param name="close">Whether to close their connections.</param>
    public void DisconnectSockets(bool close = false) => _target.ApplyCore(_scope, SocketAction.Disconnect(close), null);

    /// <summary>Disconnects the sockets as <see cref="DisconnectSockets"/> does, and waits until they are out of the namespace on every event loop and every server of the cluster. Handlers of the disconnection may run later.</summary>
    /// <param name="close">Whether to close their connections.</param>
    /// <param name="cancellationToken">Gives up waiting; what has begun goes on.</param>
    /// <returns>How many sockets were told to go, and which servers did not say.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<SocketCount> DisconnectSocketsAsync(bool close = false, CancellationToken cancellationToken = default) =>
        ApplyAsync(SocketAction.Disconnect(close), cancellationToken);

    private Task<SocketCount> ApplyAsync(in SocketAction action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<SocketCount>(cancellationToken);
        }

        var collector = new SocketActionCollector(_target, cancellationToken);
        _target.ApplyCore(_scope, action, collector);
        return collector.Task;
    }
}
