using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public abstract partial class SockeyeSocket
{
    /// <inheritdoc cref="SocketOperator.Volatile" />
    public SocketOperator Volatile => Plain.Volatile;

    /// <summary>Everybody in the namespace except this socket.</summary>
    public BroadcastOperator Broadcast => new(Namespace, new BroadcastScope { Sender = this });

    /// <summary>As <see cref="Broadcast"/>, but only to sockets of this server, not of others in its cluster.</summary>
    public BroadcastOperator Local => Broadcast.Local;

    /// <inheritdoc cref="SocketOperator.Compress" />
    public SocketOperator Compress(bool compress) => Plain.Compress(compress);

    /// <inheritdoc cref="SocketOperator.Timeout" />
    public SocketOperator Timeout(TimeSpan timeout) => Plain.Timeout(timeout);

    /// <inheritdoc cref="SocketOperator.Latest" />
    public SocketOperator Latest(string key, long id = 0) => Plain.Latest(key, id);

    /// <inheritdoc cref="SocketOperator.WhenFull" />
    public SocketOperator WhenFull(OutboxPolicy policy) => Plain.WhenFull(policy);

    /// <summary>The members of a room except this socket.</summary>
    /// <param name="room">Its name; the id of a socket is a room with only this socket.</param>
    public BroadcastOperator To(string room) => Broadcast.To(room);

    /// <summary>The members of some rooms, each once, except this socket. An empty list is nobody, not everybody.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To(string)"/>.</summary>
    /// <param name="room">Its name.</param>
    public BroadcastOperator In(string room) => Broadcast.To(room);

    /// <summary>The same as <see cref="To(ReadOnlySpan{string})"/>.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>All sockets of a user in the namespace except this one.</summary>
    /// <param name="subject">The subject of their <see cref="Identity"/>.</param>
    public BroadcastOperator ToUser(string subject) => Broadcast.ToUser(subject);

    /// <summary>Everybody except this socket and all sockets of a user.</summary>
    /// <param name="subject">The subject of their <see cref="Identity"/>.</param>
    public BroadcastOperator ExceptUser(string subject) => Broadcast.ExceptUser(subject);

    /// <summary>Everybody except this socket and the members of a room.</summary>
    /// <param name="room">Its name, or the id of a socket.</param>
    public BroadcastOperator Except(string room) => Broadcast.Except(room);

    /// <summary>Everybody except this socket and the members of some rooms.</summary>
    /// <param name="rooms">Their names, or ids of sockets; none leaves out nobody but this socket.</param>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    /// <summary>Called once when this socket has gone, after all its other handlers. It has left the namespace; <see cref="Rooms"/> are those that it was in.</summary>
    /// <param name="handler">Runs where the socket's other handlers run.</param>
    public EventRegistration OnDisconnect(Action<Disconnection> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OwnHandlers.Disconnect.Add(why =>
        {
            handler(why);
            return null;
        });
    }

    /// <inheritdoc cref="OnDisconnect(Action{Disconnection})" />
    public EventRegistration OnDisconnect(Func<Disconnection, Task> handler) => OwnHandlers.Disconnect.Add(handler);

    /// <inheritdoc cref="OnDisconnect(Action{Disconnection})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnDisconnect(Func<Disconnection, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OwnHandlers.Disconnect.Add(why => HandlerTask.Of(handler(why)));
    }

    /// <summary>Adds a filter that sees each event of this socket before its handlers, after the namespace's filters.</summary>
    /// <param name="filter">Asked in the order of registration.</param>
    public EventRegistration UseEvent(EventFilter filter) => OwnHandlers.Filters.Add(filter);

    /// <summary>Called for each event that comes from this client, before filters and handlers; acknowledgements are not seen.</summary>
    /// <param name="handler">The listener.</param>
    public EventRegistration OnAny(RawHandler handler) => OwnHandlers.Any.Add(HandlerTask.Of(handler));

    /// <inheritdoc cref="OnAny(RawHandler)" />
    /// <remarks>The handlers of this event do not wait for what it returns; the next event of the socket does.</remarks>
    [OverloadResolutionPriority(1)]
    public EventRegistration OnAny(RawTaskHandler handler) => OwnHandlers.Any.Add(handler);

    /// <summary>Called for each event that is emitted to this socket, broadcasts aside; acknowledgements are not seen.</summary>
    /// <param name="handler">The listener, called on the thread that emits.</param>
    public EventRegistration OnAnyOutgoing(RawHandler handler) => OwnHandlers.AnyOutgoing.Add(HandlerTask.Of(handler));

    /// <inheritdoc cref="OnAnyOutgoing(RawHandler)" />
    /// <remarks>Nothing waits for what it returns.</remarks>
    [OverloadResolutionPriority(1)]
    public EventRegistration OnAnyOutgoing(RawTaskHandler handler) => OwnHandlers.AnyOutgoing.Add(handler);

    /// <summary>Runs work where and in the order in which this socket's handlers run. Emitting and joining need no such detour.</summary>
    /// <typeparam name="TState">What the work needs.</typeparam>
    /// <param name="state">What the work needs.</param>
    /// <param name="work">The work; what it throws is a <see cref="HandlerError"/>.</param>
    /// <returns>False: the socket is gone and the work will not run.</returns>
    public bool Post<TState>(TState state, Action<SockeyeSocket, TState> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PostCore(() =>
        {
            work(this, state);
            return null;
        });
    }

    /// <summary>Runs work where and in the order in which this socket's handlers run; the next handler starts when it has completed.</summary>
    /// <inheritdoc cref="Post{TState}(TState, Action{SockeyeSocket, TState})" path="/typeparam|/param|/returns" />
    public bool Post<TState>(TState state, Func<SockeyeSocket, TState, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PostCore(() => work(this, state));
    }

    /// <inheritdoc cref="Post{TState}(TState, Func{SockeyeSocket, TState, Task})" />
    [OverloadResolutionPriority(1)]
    public bool Post<TState>(TState state, Func<SockeyeSocket, TState, ValueTask> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PostCore(() => HandlerTask.Of(work(this, state)));
    }
}
