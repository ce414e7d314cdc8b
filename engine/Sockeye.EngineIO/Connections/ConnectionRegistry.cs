using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>The open connections of one server, so that it can end them without ending the transport.</summary>
/// <remarks>It owns their list. Each knows its place, which costs an idle one a quarter of what a hash set would. Any thread; what is asked of a connection runs on its loop. Lives as long
/// as the server. How many there may be is for the transport to say.</remarks>
internal sealed class ConnectionRegistry
{
    private const int SmallestCapacity = 64;

    private readonly List<IStoppable> _connections = [];
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

    public void Add(IStoppable connection)
    {
        lock (_lock)
        {
            _connections.Add(connection);
            connection.Place = _connections.Count;
        }
    }

    public void Remove(IStoppable connection)
    {
        TaskCompletionSource? empty;
        lock (_lock)
        {
            var place = connection.Place;
            if (place == 0)
            {
                return;
            }

            // The last one takes the place.
            var last = _connections[^1];
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

    private Task ForAll(Action<IStoppable> action)
    {
        IStoppable[] connections;
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

        foreach (var connection in connections)
        {
            connection.Loop.Post(new Request(connection, action));
        }

        return empty;
    }

    private sealed class Request(IStoppable connection, Action<IStoppable> action) : ILoopWork
    {
        public void Run()
        {
            if (connection.Loop.InEventLoop)
            {
                action(connection);
            }
            else
            {
                // The connection has moved since.
                connection.Loop.Post(this);
            }
        }
    }
}
