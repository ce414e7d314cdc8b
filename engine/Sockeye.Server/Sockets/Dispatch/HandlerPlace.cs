using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Who has to be asked to run jobs, as it was decided under the lock: nobody by default, else whoever runs them at a place.</summary>
/// <param name="IsNeeded">Whether anybody.</param>
/// <param name="Place">Null at home, else <see cref="HandlerPlace.Pool"/> or a game loop.</param>
internal readonly record struct Wakeup(bool IsNeeded, object? Place);

/// <summary>Where the jobs of one socket run, whether anybody is there to run them, and how both change: on its event loop, which is its home, or away from it, on a game loop or on the
/// thread pool. Away there is one worker, from the first job until none is left.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>, whose lock guards it, apart from what any thread may ask. The place changes between two jobs and by whoever may begin the next one, so
/// no second job begins beside one that runs. Under the lock it is only decided who is asked to run jobs; <see cref="Schedule"/> asks
/// without it.</remarks>
internal struct HandlerPlace(object? place)
{
    /// <summary>The place of handlers that run on the thread pool.</summary>
    public static readonly object Pool = new();

    private object? _current = place;   // that it is null does not change under the event loop that has seen it
    private AtHome? _atHome;
    private volatile bool _mustMove;
    private bool _isWorking;
    private bool _isPosted;
    private bool _isParked;

    /// <summary>Null at home, else <see cref="Pool"/> or a game loop. Any thread.</summary>
    public readonly object? Current => Volatile.Read(in _current);

    /// <summary>Whether the socket was put elsewhere and the place is still the old one. Any thread.</summary>
    public readonly bool MustMove => _mustMove;

    /// <summary>Whoever runs jobs at this place, after a pause. Any thread.</summary>
    public readonly Wakeup Again => new(true, Current);

    /// <summary>Asks the event loop, or the worker, to run jobs. Any thread, without the lock.</summary>
    public void Schedule(Wakeup wakeup, HandlerQueue queue, ServerSocket socket)
    {
        if (!wakeup.IsNeeded)
        {
            return;
        }

        switch (wakeup.Place)
        {
            case null:
                socket.Home.Post(_atHome ?? Interlocked.CompareExchange(ref _atHome, new AtHome(queue), null) ?? _atHome);
                break;
            case ServerGameLoop loop:
                loop.Post(queue);
                break;
            default:
                ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: false);
                break;
        }
    }

    /// <summary>The worker counts as there before it is asked for the first time.</summary>
    public void Hold() => _isWorking = true;

    /// <summary>A job was added.</summary>
    public Wakeup Start(ServerSocket socket)
    {
        if (_current is null)
        {
            // On the event loop whoever runs a job goes on with what was added meanwhile.
            return socket.IsHandling && socket.IsHere ? default : Post();
        }

        if (_isWorking)
        {
            return default;
        }

        _isWorking = true;
        return Again;
    }

    /// <summary>The event loop is asked, if it was not already.</summary>
    public Wakeup Post()
    {
        if (_isPosted)
        {
            return default;
        }

        _isPosted = true;
        return new Wakeup(true, null);
    }

    /// <summary>The event loop does what it was asked for.</summary>
    public void Arrive() => _isPosted = false;

    /// <summary>The last handler of a job has ended. Away the worker has only paused.</summary>
    public Wakeup GoOn(bool hasJobs) => _current is not null ? Again : hasJobs || _mustMove ? Post() : default;

    /// <summary>The worker has found no job, and ends.</summary>
    public void Rest() => _isWorking = false;

    /// <summary>The first job cannot begin before a concurrent handler has ended. Away the worker has only paused.</summary>
    public void Park() => _isParked = true;

    /// <summary>A handler has ended.</summary>
    public Wakeup Unpark(bool isBlocked)
    {
        if (!_isParked || isBlocked)
        {
            return default;
        }

        _isParked = false;
        return _current is not null ? Again : Post();
    }

    /// <summary>The socket was put elsewhere. Whoever calls from its event loop sees to the rest.</summary>
    public Wakeup AskToMove(ServerSocket socket, bool isHere)
    {
        _mustMove = true;
        if (_current is not null && !_isWorking)
        {
            _mustMove = false;
            Volatile.Write(ref _current, Destination(socket));
        }

        return _current is null && _mustMove && !isHere ? Post() : default;
    }

    /// <summary>The worker, between two jobs: goes to where the socket belongs, or gives its work to the event loop if that is there.</summary>
    /// <returns>False: it is there.</returns>
    public bool TryMoveOn(ServerSocket socket, bool hasJobs, out Wakeup wakeup)
    {
        _mustMove = false;
        wakeup = default;
        var place = Destination(socket);
        if (place == _current)
        {
            return false;
        }

        Volatile.Write(ref _current, place);
        _isWorking = place is not null;
        wakeup = _isWorking ? Again : hasJobs ? Post() : default;
        return true;
    }

    /// <summary>The event loop, between two jobs: gives its work to a worker if the socket belongs elsewhere.</summary>
    /// <returns>False: it belongs here.</returns>
    public bool TryLeaveHome(ServerSocket socket, bool hasJobs, out Wakeup wakeup)
    {
        _mustMove = false;
        wakeup = default;
        if (Destination(socket) is not { } place)
        {
            return false;
        }

        wakeup = GoAway(place, socket, hasJobs);
        return true;
    }

    /// <summary>The event loop has ended before it did what it was asked for: what is left goes to the thread pool.</summary>
    /// <returns>False: a handler runs, or the worker, and goes on with it.</returns>
    public bool TryLoseHome(ServerSocket socket, bool hasJobs, out Wakeup wakeup)
    {
        _isPosted = false;
        wakeup = default;
        if (_current is not null || socket.IsHandling)
        {
            return false;
        }

        wakeup = GoAway(Pool, socket, hasJobs);
        return true;
    }

    /// <summary>Where the socket belongs; what is left of it when its event loop has ended ends on the thread pool.</summary>
    private static object? Destination(ServerSocket socket) => socket.Place ?? (socket.Home.IsShutdown ? Pool : null);

    private Wakeup GoAway(object place, ServerSocket socket, bool hasJobs)
    {
        Volatile.Write(ref _current, place);
        _isParked = false;
        return hasJobs ? Start(socket) : default;
    }

    /// <summary>The queue as work of the event loop, beside what it is to a game loop.</summary>
    private sealed class AtHome(HandlerQueue queue) : ILoopWork
    {
        public void Run() => queue.OnPosted();

        public void Dropped() => queue.OnHomeEnded();
    }
}
