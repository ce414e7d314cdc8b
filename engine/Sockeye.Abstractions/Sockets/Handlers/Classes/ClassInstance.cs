namespace Sockeye.Abstractions.Sockets;

/// <summary>An object of a handler class that handles more than one event, and what its handlers were turned into.</summary>
/// <remarks>It owns what is disposed with the object. Where the handlers of its socket run; one for all sockets any thread.</remarks>
internal sealed class ClassInstance<T>(T handlers, IAsyncDisposable? owner)
    where T : class
{
    private readonly Lock _lock = new();
    private EventInvoker?[] _bound = [];

    public T Handlers => handlers;

    /// <summary>Whether its socket had gone before it was made: it is there for one call.</summary>
    public bool IsLate { get; set; }

    /// <summary>Handlers of the disconnection that await.</summary>
    public List<Task> Last { get; } = [];

    public Task? Invoke(ClassInvoker<T> handler, in EventReader e)
    {
        var bound = Volatile.Read(ref _bound);
        var invoker = handler.Index < bound.Length ? Volatile.Read(ref bound[handler.Index]) : null;
        return (invoker ?? Bind(handler, e.Socket.Codec)).Invoke(e);
    }

    /// <summary>Nothing of it is called any more, save what awaits.</summary>
    public Task? End() => End(Last.Count == 0 ? null : Owned.WhenOver(Last));

    /// <summary>Nothing of it is called any more when what is running has ended.</summary>
    public Task? End(Task? running) => owner is null ? running : Owned.End(running, owner);

    private EventInvoker Bind(ClassInvoker<T> handler, PayloadCodec codec)
    {
        var made = handler.Bind(handlers, codec);
        lock (_lock)
        {
            if (handler.Index >= _bound.Length)
            {
                var larger = new EventInvoker?[handler.Index + 1];
                _bound.CopyTo(larger, 0);
                Volatile.Write(ref _bound, larger);
            }

            Volatile.Write(ref _bound[handler.Index], made);
        }

        return made;
    }
}

/// <summary>The objects of handler classes that one socket has, rarely more than one. In its <see cref="SockeyeSocket.State{T}"/>.</summary>
/// <remarks>Any thread: handlers that are concurrent may meet here.</remarks>
internal sealed class SocketInstances
{
    private readonly Lock _lock = new();
    // Without an instance: its time is over.
    private readonly List<(object Class, object? Instance)> _items = [];

    public object? Find(object handlerClass)
    {
        lock (_lock)
        {
            foreach (var (owner, instance) in _items)
            {
                if (owner == handlerClass)
                {
                    return instance;
                }
            }

            return null;
        }
    }

    /// <returns>False: the time of the class is over, so nobody would dispose the object.</returns>
    public bool TryAdd(object handlerClass, object instance)
    {
        lock (_lock)
        {
            if (_items.Exists(item => item.Class == handlerClass))
            {
                return false;
            }

            _items.Add((handlerClass, instance));
            return true;
        }
    }

    /// <summary>The time of a class is over.</summary>
    /// <returns>Its object; null: there was none, or it is over already.</returns>
    public object? End(object handlerClass)
    {
        lock (_lock)
        {
            var index = _items.FindIndex(item => item.Class == handlerClass);
            if (index < 0)
            {
                _items.Add((handlerClass, null));
                return null;
            }

            var instance = _items[index].Instance;
            _items[index] = (handlerClass, null);
            return instance;
        }
    }
}
