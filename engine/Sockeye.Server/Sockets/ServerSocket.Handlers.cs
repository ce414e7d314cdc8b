namespace Sockeye;

/// <content>The handlers of this socket: which of them run, what waits for them, and what becomes of those that fail.</content>
internal sealed partial class ServerSocket
{
    private HandlerQueue? _queue;

    /// <summary>Handlers that have not completed and that the next event waits for. Away from the event loop one more while a job runs.</summary>
    private int _running;

    /// <summary>Handlers that have not completed and that nothing waits for.</summary>
    private int _concurrent;

    /// <summary>1: reading is paused because they are too many.</summary>
    private int _isCrowded;

    /// <summary>Whether the next job has to wait.</summary>
    public bool IsHandling => System.Threading.Volatile.Read(ref _running) != 0;

    public LimitOptions QueueLimits => Server.Limits;

    /// <summary>The game loop that its handlers run on; null: none.</summary>
    public ServerGameLoop? GameLoop => System.Threading.Volatile.Read(ref _rare)?.GameLoop ?? (ServerGameLoop?)_namespace.Settings.Loop;

    /// <summary>Whether its handlers run on a game loop or on the thread pool, not on its event loop.</summary>
    public bool IsElsewhere => GameLoop is not null || _namespace.Settings.Thread == HandlerThread.Pool;

    private bool IsConcurrent => _namespace.Settings.Order == HandlerOrder.Concurrent;

    public void RunConnectionHandlers()
    {
        NameActivity("OnConnection");
        foreach (var handlers in _namespace.HandlerSets)
        {
            foreach (var handler in handlers.Connection.Items)
            {
                Start(HandlerKind.Connection, handler, static (handler, socket) => handler(socket));
            }
        }
    }

    public void RunDisconnectHandlers(Disconnection disconnection)
    {
        NameActivity("OnDisconnect");
        if (Handlers is { } own)
        {
            foreach (var handler in own.Disconnect.Items)
            {
                Start(HandlerKind.Disconnect, (handler, disconnection), static (call, _) => call.handler(call.disconnection));
            }
        }

        foreach (var handlers in _namespace.HandlerSets)
        {
            foreach (var handler in handlers.Disconnect.Items)
            {
                Start(HandlerKind.Disconnect, (handler, disconnection), static (call, socket) => call.handler(socket, call.disconnection));
            }
        }
    }

    public void RunPosted(Action<object?> action, object? state) =>
        Guard(HandlerKind.Other, (action, state), static (call, _) => call.action(call.state));

    /// <summary>A job is about to run away from the event loop.</summary>
    /// <returns>False: a handler awaits, and the queue goes on when it is done.</returns>
    public bool TryBegin() => Interlocked.CompareExchange(ref _running, 1, 0) == 0;

    /// <summary>The call of the job is over.</summary>
    /// <returns>False: its handler awaits, and the queue goes on when it is done.</returns>
    public bool TryEnd() => Interlocked.Decrement(ref _running) == 0;

    public void CountDropped(DropReason reason, int count)
    {
        if (count > 0)
        {
            Server.Metrics.Dropped(reason, count);
        }
    }

    /// <summary>Any thread.</summary>
    public void PauseReading()
    {
        if (IsHere)
        {
            _connection.Pause();
        }
        else
        {
            Session.Loop.Post(static connection => ((ServerConnection)connection!).Pause(), _connection);
        }
    }

    /// <summary>Any thread.</summary>
    public void ResumeReading()
    {
        if (IsHere)
        {
            _connection.Resume();
        }
        else
        {
            Session.Loop.Post(static connection => ((ServerConnection)connection!).Resume(), _connection);
        }
    }

    /// <summary>Logs and counts a failure of the application and tells its listeners.</summary>
    public void RaiseError(HandlerKind kind, EventContext context, Exception failure)
    {
        Server.Metrics.HandlerFailed(kind);
        Server.Log.HandlerFailed(kind, _namespace.Name, context.Name.ToString(), Session.RemoteEndPoint, failure);
        var error = new HandlerError(kind, context, failure);
        foreach (var handlers in _namespace.HandlerSets)
        {
            foreach (var listener in handlers.Errors.Items)
            {
                try
                {
                    listener(error);
                }
#pragma warning disable CA1031 // A listener of errors that fails is only logged: telling it about itself could go on forever.
                catch (Exception second)
#pragma warning restore CA1031
                {
                    Server.Log.HandlerFailed(HandlerKind.Other, _namespace.Name, nameof(SockeyeServer.OnHandlerError), Session.RemoteEndPoint, second);
                }
            }
        }
    }

    internal override void RunOnCore(GameLoop loop)
    {
        Rare.GameLoop = (ServerGameLoop)loop;
        _queue?.Start();
    }

    internal override bool PostCore(Action<object?> action, object? state)
    {
        if (_state == SocketState.Closed)
        {
            return false;
        }

        var job = new PostedJob(action, state);
        if (IsElsewhere)
        {
            Queue.Add(job);
        }
        else
        {
            Session.Loop.Post(static call =>
            {
                var (socket, job) = ((ServerSocket, PostedJob))call!;
                socket.RunOrQueue(job);
            }, (this, job));
        }

        return true;
    }

    private HandlerQueue Queue => _queue ?? Interlocked.CompareExchange(ref _queue, new HandlerQueue(this), null) ?? _queue;

    private void RunOrQueue(HandlerJob job)
    {
        if (IsElsewhere || IsHandling || _queue is { IsEmpty: false })
        {
            Queue.Add(job);
        }
        else if (_state == SocketState.Open)
        {
            job.Run(this);
        }
    }

    /// <summary>Tells the loop what runs, for the case that it does not come back in time.</summary>
    private void NameActivity(string name)
    {
        if (GameLoop is { } loop)
        {
            loop.NameActivity(name);
        }
        else if (!IsElsewhere)
        {
            Session.Loop.CurrentActivity = name;
        }
    }

    private void RaiseDisconnect(Disconnection disconnection)
    {
        if (!_namespace.HasDisconnectHandlers && Handlers is not { Disconnect.Items.Length: > 0 })
        {
            return;
        }

        if (IsElsewhere)
        {
            // The rooms are left at once; the handlers, which run later, still see them.
            Rare.LastRooms = State.RoomsOf(this);
            Queue.Add(new DisconnectJob(disconnection));
        }
        else
        {
            RunDisconnectHandlers(disconnection);
        }
    }

    private void DropQueued()
    {
        if (_queue is { } queue)
        {
            CountDropped(DropReason.Disconnected, queue.Drop());
        }
    }

    /// <summary>Looks at what a handler returned: done, failed, or to be waited for.</summary>
    private void Track(Task? task, EventContext context, HandlerKind kind, bool isConcurrent)
    {
        if (task is null || task.IsCompletedSuccessfully)
        {
            return;
        }

        if (task.IsCompleted)
        {
            ReportTask(task, context, kind);
            return;
        }

        if (!isConcurrent)
        {
            Interlocked.Increment(ref _running);
        }
        else if (Interlocked.Increment(ref _concurrent) > Server.Limits.ConcurrentHandlers && Interlocked.Exchange(ref _isCrowded, 1) == 0)
        {
            PauseReading();
        }

        // The continuation comes back to the event loop or game loop, whose synchronisation context is current; on the pool it stays there.
        var run = new HandlerRun(this, task, context, kind, isConcurrent);
        task.GetAwaiter().UnsafeOnCompleted(run.OnDone);
    }

    private void ReportTask(Task task, EventContext context, HandlerKind kind)
    {
        // A handler that ended because its client went away has not failed.
        if (task.IsCanceled && _state == SocketState.Closed)
        {
            return;
        }

        RaiseError(kind, context, task.Exception is { InnerExceptions.Count: 1 } one ? one.InnerException! : task.Exception ?? (Exception)new TaskCanceledException(task));
    }

    private void EndConcurrent()
    {
        if (Interlocked.Decrement(ref _concurrent) <= Server.Limits.ConcurrentHandlers / 2 && Interlocked.Exchange(ref _isCrowded, 0) == 1)
        {
            ResumeReading();
        }
    }

    /// <summary>Calls a handler that is no event's, and waits for it as for the handler of an event.</summary>
    private void Start<TCall>(HandlerKind kind, TCall call, Func<TCall, ServerSocket, Task?> handler)
    {
        var context = new EventContext(this, default);
        try
        {
            Track(handler(call, this), context, kind, IsConcurrent);
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            RaiseError(kind, context, failure);
        }
    }

    private void Guard<TCall>(HandlerKind kind, TCall call, Action<TCall, ServerSocket> action)
    {
        try
        {
            action(call, this);
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            RaiseError(kind, new EventContext(this, default), failure);
        }
    }

    /// <summary>A handler that awaits.</summary>
    private sealed class HandlerRun(ServerSocket socket, Task task, EventContext context, HandlerKind kind, bool isConcurrent)
    {
        public void OnDone()
        {
            if (!task.IsCompletedSuccessfully)
            {
                socket.ReportTask(task, context, kind);
            }

            if (isConcurrent)
            {
                socket.EndConcurrent();
            }
            else if (Interlocked.Decrement(ref socket._running) == 0)
            {
                socket._queue?.Continue();
            }
        }
    }
}
