using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>What a server asks of each of its connections when it stops. Called on the connection's loop.</summary>
internal interface IServerConnection
{
    /// <summary>The loop that the connection belongs to now. Any thread.</summary>
    ITransportLoop Loop { get; }

    /// <summary>Who reads on it, apart from the sessions of an engine: null for nobody. Any thread.</summary>
    IReader? Reader => null;

    /// <summary>Its place in the registry, 0 while it has none. Belongs to the registry.</summary>
    int Place { get; set; }

    /// <summary>End when the work in hand is done.</summary>
    void Shutdown();

    /// <summary>End now.</summary>
    void Abort();
}

/// <summary>The open connections of one server, so that it can end them without ending the transport. Each knows its place, which costs an idle one a quarter of what a hash set would. Any thread.</summary>
internal sealed class ConnectionRegistry
{
    private const int SmallestCapacity = 64;

    private readonly List<IServerConnection> _connections = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource? _empty;

    /// <summary>Set when the server stops: responses then close their connections.</summary>
    public bool IsStopping { get; private set; }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    public void Add(IServerConnection connection)
    {
        lock (_lock)
        {
            _connections.Add(connection);
            connection.Place = _connections.Count;
        }
    }

    public void Remove(IServerConnection connection)
    {
        TaskCompletionSource? empty;
        lock (_lock)
        {
            int place = connection.Place;
            if (place == 0)
            {
                return;
            }

            // The last one takes the place.
            IServerConnection last = _connections[^1];
            _connections[place - 1] = last;
            last.Place = place;
            connection.Place = 0;
            _connections.RemoveAt(_connections.Count - 1);
            if (_connections.Capacity > SmallestCapacity && _connections.Count < _connections.Capacity / 4)
            {
                _connections.Capacity /= 2;
            }

            empty = _connections.Count == 0 ? _empty : null;
        }

        _ = empty?.TrySetResult();
    }

    /// <summary>Who reads beside the sessions of an engine: plain WebSockets, and connections with an answer on its way.</summary>
    public IReader[] Readers()
    {
        lock (_lock)
        {
            return [.. _connections.Select(static connection => connection.Reader).OfType<IReader>()];
        }
    }

    /// <summary>Asks all to end; the task completes when the last one has.</summary>
    public Task Shutdown() => ForAll(static connection => connection.Shutdown());

    /// <summary>Ends all.</summary>
    public Task Abort() => ForAll(static connection => connection.Abort());

    private Task ForAll(Action<IServerConnection> action)
    {
        IServerConnection[] connections;
        Task empty;
        lock (_lock)
        {
            IsStopping = true;
            connections = [.. _connections];
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (connections.Length == 0)
            {
                _ = _empty.TrySetResult();
            }

            empty = _empty.Task;
        }

        foreach (IServerConnection connection in connections)
        {
            connection.Loop.Post(new Request(connection, action));
        }

        return empty;
    }

    private sealed class Request(IServerConnection connection, Action<IServerConnection> action) : ILoopWork
    {
        public void Run()
        {
            if (connection.Loop.InEventLoop)
            {
                action(connection);
            }
            else
            {
                // It has moved since.
                connection.Loop.Post(this);
            }
        }
    }
}
