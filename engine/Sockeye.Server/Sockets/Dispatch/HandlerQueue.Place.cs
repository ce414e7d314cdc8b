using Sockeye.Transport;

namespace Sockeye;

/// <content>Where the jobs run, and how that changes: between two jobs, by whoever may begin the next one.</content>
internal sealed partial class HandlerQueue
{
    /// <summary>The place of handlers that run on the thread pool.</summary>
    public static readonly object Pool = new();

    /// <summary>Where jobs run: null at home, else <see cref="Pool"/> or a game loop. Written with the lock; that it is null does not change under the event loop that has seen it.</summary>
    private object? _place;

    /// <summary>Whether the socket was put elsewhere and the place is still the old one. Lock to write.</summary>
    private volatile bool _mustMove;

    /// <summary>Whether there is a worker away from home. Lock.</summary>
    private bool _isWorking;

    /// <summary>Whether the event loop was asked to look at the queue and has not yet. Lock.</summary>
    private bool _isPosted;

    private AtHome? _atHome;

    public bool IsAway => Volatile.Read(ref _place) is not null;

    /// <summary>The game loop that it works on; null: none.</summary>
    public ServerGameLoop? Loop => Volatile.Read(ref _place) as ServerGameLoop;

    /// <summary>The socket was put elsewhere. A handler that runs ends where it began, the next job follows there. Any thread.</summary>
    public void Move()
    {
        var isHere = _socket.IsHere;
        bool posts;
        lock (_lock)
        {
            _mustMove = true;
            if (_place is not null && !_isWorking)
            {
                _mustMove = false;
                Volatile.Write(ref _place, Destination());
            }

            posts = _place is null && _mustMove && !isHere && TryPost();
        }

        if (posts)
        {
            Schedule(null);
        }
        else if (isHere && !_socket.IsHandling)
        {
            TryLeaveHome();
        }
    }

    /// <summary>The game loop has ended: what waits runs where the socket belongs without it.</summary>
    void ILoopWork.Dropped() => MoveOn();

    /// <summary>Where the socket belongs; what is left of it when its event loop has ended ends on the thread pool.</summary>
    private object? Destination() => _socket.Place ?? (_socket.Home.IsShutdown ? Pool : null);

    /// <summary>Whether whoever has added a job must let the queue work. Lock.</summary>
    private bool MustStart()
    {
        if (_place is null)
        {
            // On the event loop whoever runs a job goes on with what was added meanwhile.
            return !(_socket.IsHandling && _socket.IsHere) && TryPost();
        }

        if (_isWorking)
        {
            return false;
        }

        _isWorking = true;
        return true;
    }

    /// <summary>Lock.</summary>
    private bool TryPost()
    {
        if (_isPosted)
        {
            return false;
        }

        _isPosted = true;
        return true;
    }

    private void Schedule(object? place)
    {
        switch (place)
        {
            case null:
                _socket.Home.Post(_atHome ?? Interlocked.CompareExchange(ref _atHome, new AtHome(this), null) ?? _atHome);
                break;
            case ServerGameLoop loop:
                loop.Post(this);
                break;
            default:
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                break;
        }
    }

    private void PostHome()
    {
        bool posts;
        lock (_lock)
        {
            posts = TryPost();
        }

        if (posts)
        {
            Schedule(null);
        }
    }

    /// <summary>Away from home, between two jobs.</summary>
    /// <returns>True: the worker goes on elsewhere, or the event loop in its place.</returns>
    private bool TryMove() => _mustMove && MoveOn();

    private bool MoveOn()
    {
        object? place;
        bool starts;
        lock (_lock)
        {
            _mustMove = false;
            place = Destination();
            if (place == _place)
            {
                return false;
            }

            Volatile.Write(ref _place, place);
            _isWorking = place is not null;
            starts = _isWorking || (!_jobs.IsEmpty && TryPost());
        }

        if (starts)
        {
            Schedule(place);
        }

        return true;
    }

    /// <summary>On the event loop, between two jobs.</summary>
    /// <returns>True: jobs run elsewhere.</returns>
    private bool TryLeaveHome()
    {
        if (Volatile.Read(ref _place) is not null)
        {
            return true;
        }

        if (!_mustMove)
        {
            return false;
        }

        object? place;
        bool starts;
        lock (_lock)
        {
            _mustMove = false;
            place = Destination();
            if (place is null)
            {
                return false;
            }

            Volatile.Write(ref _place, place);
            _isParked = false;
            starts = !_jobs.IsEmpty && MustStart();
        }

        if (starts)
        {
            Schedule(place);
        }

        return true;
    }

    /// <summary>On the event loop, asked for by another thread or for a later moment.</summary>
    private void OnPosted()
    {
        lock (_lock)
        {
            _isPosted = false;
        }

        RunHere();
    }

    /// <summary>The event loop has ended. Events that wait are dropped; the handlers of the connection and of its end still run, on the thread pool. Any thread.</summary>
    private void OnHomeEnded()
    {
        bool starts;
        lock (_lock)
        {
            _isPosted = false;
            if (_place is not null || _socket.IsHandling)
            {
                return;
            }

            Volatile.Write(ref _place, Pool);
            _isParked = false;
            starts = !_jobs.IsEmpty && MustStart();
        }

        _socket.CountDropped(DropReason.Disconnected, Drop());
        if (starts)
        {
            Schedule(Pool);
        }
    }

    /// <summary>The queue as work of the event loop.</summary>
    private sealed class AtHome(HandlerQueue queue) : ILoopWork
    {
        public void Run() => queue.OnPosted();

        public void Dropped() => queue.OnHomeEnded();
    }
}
