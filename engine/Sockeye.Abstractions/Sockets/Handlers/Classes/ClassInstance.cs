namespace Sockeye.Abstractions.Sockets;

/// <summary>An object of a handler class that handles more than one event, and what its handlers were turned into.</summary>
/// <remarks>It owns what is disposed with the object. Where the handlers of its socket run; one for all sockets any thread.</remarks>
internal sealed class ClassInstance<T>(T handlers, IAsyncDisposable? owner)
    where T : class
{
    private readonly Lock _lock = new();
    private EventInvoker?[] _bound = [];

    public T Handlers => handlers;

    /// <summary>Handlers of the disconnection that await.</summary>
    public List<Task> Last { get; } = [];

    public Task? Invoke(ClassInvoker<T> handler, in EventReader e)
    {
        var bound = Volatile.Read(ref _bound);
        var invoker = handler.Index < bound.Length ? Volatile.Read(ref bound[handler.Index]) : null;
        return (invoker ?? Bind(handler, e.Socket.Codec)).Invoke(e);
    }

    /// <summary>Nothing of it is called any more, save what awaits.</summary>
    public Task? End() => owner is null ? null : Owned.End(Last.Count == 0 ? null : Owned.WhenOver(Last), owner);

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
    private readonly List<(object Class, object Instance)> _items = [];

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

    public void Add(object handlerClass, object instance)
    {
        lock (_lock)
        {
            _items.Add((handlerClass, instance));
        }
    }

    public object? Take(object handlerClass)
    {
        lock (_lock)
        {
            var index = _items.FindIndex(item => item.Class == handlerClass);
            if (index < 0)
            {
                return null;
            }

            var instance = _items[index].Instance;
            _items.RemoveAt(index);
            return instance;
        }
    }
}
