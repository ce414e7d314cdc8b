using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public abstract partial class BroadcastTarget
{
    /// <summary>Registers the methods of one object for all sockets.</summary>
    /// <typeparam name="T">Its class, whose <c>Map</c> says which method handles what.</typeparam>
    /// <param name="handlers">The object. Its methods run on the event loops of the sockets, several at the same time if there are several; it is not disposed.</param>
    public void AddHandlers<T>(T handlers)
        where T : class, ISocketHandlers<T>
    {
        ArgumentNullException.ThrowIfNull(handlers);
        Map(new SharedClass<T>(this, handlers));
    }

    /// <summary>Registers a handler class whose objects are made one by one.</summary>
    /// <typeparam name="T">The class, whose <c>Map</c> says which method handles what. An object that is disposable is disposed when its time is over.</typeparam>
    /// <param name="scope">How long an object lives: <see cref="HandlerScope.Event"/> or <see cref="HandlerScope.Socket"/>.</param>
    /// <param name="create">Makes one, where the handlers of the socket run. What it throws is a failure of the handler that needs the object.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no socket to make a singleton for: hand it over with <see cref="AddHandlers{T}(T)"/>.</exception>
    public void AddHandlers<T>(HandlerScope scope, Func<SockeyeSocket, T> create)
        where T : class, ISocketHandlers<T>
    {
        ArgumentNullException.ThrowIfNull(create);
        AddHandlers(scope, socket => new SelfOwner(create(socket)), static (owner, _) => (T)owner.Object!);
    }

    /// <summary>Registers a handler class whose objects are made from something that is disposed with them, such as a scope of a container.</summary>
    /// <typeparam name="T">The class, whose <c>Map</c> says which method handles what. The object itself is not disposed: its owner does that.</typeparam>
    /// <typeparam name="TOwner">What it is made from.</typeparam>
    /// <param name="scope">How long both live: <see cref="HandlerScope.Event"/> or <see cref="HandlerScope.Socket"/>.</param>
    /// <param name="open">Makes the owner, where the handlers of the socket run.</param>
    /// <param name="create">Makes the object. If it throws, the owner is disposed, and the handler that needs the object has failed.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no socket to make a singleton for: hand it over with <see cref="AddHandlers{T}(T)"/>.</exception>
    public void AddHandlers<T, TOwner>(HandlerScope scope, Func<SockeyeSocket, TOwner> open, Func<TOwner, SockeyeSocket, T> create)
        where T : class, ISocketHandlers<T>
        where TOwner : IAsyncDisposable
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(create);
        Map(scope switch
        {
            HandlerScope.Event => new OwnedClass<T, TOwner>(this, open, create),
            HandlerScope.Socket => new SocketClass<T, TOwner>(this, open, create),
            _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "A singleton is handed over: AddHandlers(handlers)."),
        });
    }

    private static void Map<T>(HandlerClass<T> handlers)
        where T : class, ISocketHandlers<T>
    {
        handlers.ComeLast();
        T.Map(new HandlerMap<T>(handlers));
    }
}
