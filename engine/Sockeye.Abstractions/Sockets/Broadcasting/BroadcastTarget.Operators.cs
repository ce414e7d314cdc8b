namespace Sockeye;

public abstract partial class BroadcastTarget
{
    /// <inheritdoc cref="BroadcastOperator.Local" />
    public BroadcastOperator Local => Everybody.Local;

    /// <inheritdoc cref="BroadcastOperator.Volatile" />
    public BroadcastOperator Volatile => Everybody.Volatile;

    /// <summary>The members of a room.</summary>
    /// <param name="room">Its name; the id of a socket is a room with only this socket.</param>
    public BroadcastOperator To(string room) => Everybody.To(room);

    /// <summary>The members of some rooms, each once. An empty list is nobody, not everybody.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Everybody.To(rooms);

    /// <summary>The same as <see cref="To(string)"/>.</summary>
    /// <param name="room">Its name.</param>
    public BroadcastOperator In(string room) => Everybody.To(room);

    /// <summary>The same as <see cref="To(ReadOnlySpan{string})"/>.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Everybody.To(rooms);

    /// <summary>All sockets of a user in the namespace: those whose <see cref="SockeyeSocket.Identity"/> has this subject. Nobody has a subject that is empty or too long.</summary>
    /// <param name="subject">The subject.</param>
    public BroadcastOperator ToUser(string subject) => Everybody.ToUser(subject);

    /// <summary>Everybody except all sockets of a user.</summary>
    /// <param name="subject">The subject of their <see cref="SockeyeSocket.Identity"/>.</param>
    public BroadcastOperator ExceptUser(string subject) => Everybody.ExceptUser(subject);

    /// <summary>Everybody except the members of a room.</summary>
    /// <param name="room">Its name, or the id of a socket.</param>
    public BroadcastOperator Except(string room) => Everybody.Except(room);

    /// <summary>Everybody except the members of some rooms.</summary>
    /// <param name="rooms">Their names, or ids of sockets; none leaves out nobody.</param>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Everybody.Except(rooms);

    /// <inheritdoc cref="BroadcastOperator.Compress" />
    public BroadcastOperator Compress(bool compress) => Everybody.Compress(compress);

    /// <inheritdoc cref="BroadcastOperator.Timeout" />
    public BroadcastOperator Timeout(TimeSpan timeout) => Everybody.Timeout(timeout);

    /// <inheritdoc cref="BroadcastOperator.Latest" />
    public BroadcastOperator Latest(string key, long id = 0) => Everybody.Latest(key, id);

    /// <inheritdoc cref="BroadcastOperator.WhenFull" />
    public BroadcastOperator WhenFull(OutboxPolicy policy) => Everybody.WhenFull(policy);

    /// <inheritdoc cref="BroadcastOperator.FetchSocketsAsync" />
    public Task<FetchResult> FetchSocketsAsync(CancellationToken cancellationToken = default) => Everybody.FetchSocketsAsync(cancellationToken);

    /// <inheritdoc cref="BroadcastOperator.CountAsync" />
    public Task<SocketCount> CountAsync(CancellationToken cancellationToken = default) => Everybody.CountAsync(cancellationToken);

    /// <inheritdoc cref="BroadcastOperator.SocketsJoin" />
    public void SocketsJoin(string room) => Everybody.SocketsJoin(room);

    /// <inheritdoc cref="BroadcastOperator.SocketsJoinAsync" />
    public Task<SocketCount> SocketsJoinAsync(string room, CancellationToken cancellationToken = default) => Everybody.SocketsJoinAsync(room, cancellationToken);

    /// <inheritdoc cref="BroadcastOperator.SocketsLeave" />
    public void SocketsLeave(string room) => Everybody.SocketsLeave(room);

    /// <inheritdoc cref="BroadcastOperator.SocketsLeaveAsync" />
    public Task<SocketCount> SocketsLeaveAsync(string room, CancellationToken cancellationToken = default) => Everybody.SocketsLeaveAsync(room, cancellationToken);

    /// <inheritdoc cref="BroadcastOperator.DisconnectSockets" />
    public void DisconnectSockets(bool close = false) => Everybody.DisconnectSockets(close);

    /// <inheritdoc cref="BroadcastOperator.DisconnectSocketsAsync" />
    public Task<SocketCount> DisconnectSocketsAsync(bool close = false, CancellationToken cancellationToken = default) =>
        Everybody.DisconnectSocketsAsync(close, cancellationToken);
}
