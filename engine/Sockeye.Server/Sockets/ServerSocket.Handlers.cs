using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <content>The handlers of this socket: which of them run, what waits for them, and what becomes of those that fail.</content>
internal sealed partial class ServerSocket
{
    private HandlerQueue? _queue;

    /// <summary>What the next job waits for: the call of the one that runs, and each handler of it that awaits. Counted up only by the call itself, so whoever finds 1 is alone.</summary>
    private int _running;

    /// <summary>Whether the next job has to wait.</summary>
    public bool IsHandling => System.Threading.Volatile.Read(ref _running) != 0;

    /// <summary>Jobs that wait for its handlers. Any thread.</summary>
    public int QueuedJobs => _queue?.Count ?? 0;

    /// <summary>Whether it has gone and its handlers have not ended. Any thread.</summary>
    public bool IsEnding => _queue is { IsEnding: true };

    /// <summary>Whether a handler of it runs or awaits, concurrent ones included. Any thread.</summary>
    public bool HasHandlersRunning => IsHandling || _queue is { HasRuns: true };

    public PoolContext PoolContext => Server.PoolContext;

    public Endings Endings => Server.Endings;

    /// <summary>The clock of the application.</summary>
    public TimeProvider Time => Server.Time;

    public LimitOptions QueueLimits => Server.Limits;

    /// <summary>How long the handlers of the disconnection wait for one that goes on without its client; at least a moment, so that the loop's clock can say when it is over.</summary>
    public TimeSpan FarewellTime => Server.StopTimeout > TimeSpan.Zero ? Server.StopTimeout : TimeSpan.FromMilliseconds(1);

    /// <summary>Whether its connection owes an acknowledgement. Any thread.</summary>
    public bool OwesAck => _client.OwesAck;

    public ITransportLoop Home => Session.Loop;

    /// <summary>Where its handlers belong: null on its event loop, else <see cref="HandlerPlace.Pool"/> or a game loop that has not ended.</summary>
    public object? Place =>
        System.Threading.Volatile.Read(ref _rare)?.GameLoop is { HasEnded: false } own ? own
        : _namespace.Settings.Loop is ServerGameLoop { HasEnded: false } loop ? loop
        : _namespace.Settings.Thread == HandlerThread.Pool ? HandlerPlace.Pool
        : null;

    /// <summary>Whether the next event begins without the handlers of the last.</summary>
    public bool IsConcurrent => _namespace.Settings.Order == HandlerOrder.Concurrent;

    /// <summary>Whether an event can be handled at once: on the event loop, where nothing runs and nothing waits.</summary>
    private bool CanHandleNow => _running == 0 && (_queue is null || _queue.CanBePassed);

    /// <summary>A job begins.</summary>
    public void Begin() => System.Threading.Volatile.Write(ref _running, 1);

    /// <summary>A handler of the job that runs awaits.</summary>
    public void AddRun() => Interlocked.Increment(ref _running);

    /// <summary>The call of the job, or one of its handlers, is over.</summary>
    /// <returns>False: others are not, and the queue goes on when they are.</returns>
    public bool TryEnd()
    {
        if (_running == 1)
        {
            System.Threading.Volatile.Write(ref _running, 0);
            return true;
        }

        return Interlocked.Decrement(ref _running) == 0;
    }

    /// <summary>An event without a handler. Where the handlers run.</summary>
    public void CountUnhandled() => Server.Metrics.Unhandled(IsHere ? LoopIndex : -1);

    /// <summary>An event of a name to which nobody listens: somebody may have mistyped it.</summary>
    public void TellUnheard(in ReceivedEvent e)
    {
        if (Server.Log.TellsUnheard && e.ToName() is var name && Server.Log.IsUnheardDue(_namespace.Name, name, out var level))
        {
            Server.Log.Unheard(level, this, Session.RemoteEndPoint, name, _namespace.HintFor(e.Name, e.IsNumeric, Handlers?.Events));
        }
    }

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
            _client.Pause();
        }
        else
        {
            Session.Loop.Post(static client => ((ClientLink)client!).Pause(), _client);
        }
    }

    /// <summary>Any thread.</summary>
    public void ResumeReading()
    {
        if (IsHere)
        {
            _client.Resume();
        }
        else
        {
            Session.Loop.Post(static client => ((ClientLink)client!).Resume(), _client);
        }
    }

    /// <summary>Its connection begins or ceases to owe acknowledgements. Loop only.</summary>
    public void SettleReading() => _queue?.Settle();

    /// <summary>Logs and counts a failure of the application and tells its listeners, who may answer the event.</summary>
    public void RaiseError(HandlerKind kind, EventContext context, Exception failure)
    {
        Server.Log.HandlerFailed(kind, context.Name, this, Session.RemoteEndPoint, failure);
        using var use = HandlerUse.Of(_namespace);
        Server.TellError(use.Sets, _namespace.Name, new HandlerError(kind, context, failure));
    }

    /// <summary>As <see cref="RaiseError"/>, for a handler or filter of an event, which may have thrown its answer: listeners come after it.</summary>
    public void RaiseEventError(HandlerKind kind, EventContext context, Exception failure)
    {
        if (Refusals.FirstOf(failure) is EventRefusedException refused)
        {
            context.Refuse(refused.Refusal);
        }

        RaiseError(kind, context, failure);
    }

    /// <summary>What the client of an event is told of a failure, where it is told.</summary>
    public EventRefusal RefusalFor(Exception failure) => Refusals.Of(failure, Server.Development);

    /// <summary>Looks at what a handler returned without success: failed, or ended because its client went away.</summary>
    /// <returns>What it has thrown; null: it has not failed.</returns>
    public Exception? ReportTask(Task task, EventContext context, HandlerKind kind)
    {
        // A handler that ended because its client went away has not failed.
        if (task.IsCanceled && _state == SocketState.Closed)
        {
            return null;
        }

        var failure = LooseTask.FailureOf(task);
        if (kind == HandlerKind.Event)
        {
            RaiseEventError(kind, context, failure);
        }
        else
        {
            RaiseError(kind, context, failure);
        }

        return failure;
    }

    /// <summary>Whether a job may still begin: none does once the server has stopped, save the end of the socket whose handler has stopped it.</summary>
    public bool MayBegin(HandlerJob job) => !Server.IsStopped || (job.IsLast && Server.IsStoppedFromInside);

    public void ReportFault(Exception fault) => Server.ReportFault(fault);

    /// <summary>A handler still runs when its socket has gone for so long that the end waits no longer.</summary>
    public void ReportOutlived(string name) => Server.Log.HandlerOutlived(name, _namespace.Name, Session.RemoteEndPoint, FarewellTime);

    internal override void RunOnCore(GameLoop? loop)
    {
        Rare.GameLoop = (ServerGameLoop?)loop;
        Queue.Move();
    }

    internal override bool PostCore(Func<Task?> work) => _state != SocketState.Closed && Queue.TryAdd(new PostedJob(work));

    /// <summary>Drops posted work that has not begun. Any thread.</summary>
    /// <param name="isMeant">Which of it.</param>
    public void DropPosted(Predicate<HandlerJob> isMeant) => _queue?.Drop(isMeant);

    private HandlerQueue Queue => _queue ?? Interlocked.CompareExchange(ref _queue, new HandlerQueue(this, null), null) ?? _queue;

    /// <summary>Lets nothing of the socket run before the handlers of its connection. Before anybody else knows it.</summary>
    private void HoldHandlers()
    {
        if (Place is { } place)
        {
            _queue = new HandlerQueue(this, place);
            _queue.AddHeld(new ConnectionJob());
        }
        else
        {
            Begin();
        }
    }

    /// <summary>The socket is a member: the handlers of its connection run.</summary>
    private void ReleaseHandlers()
    {
        if (_queue is { IsAway: true } queue)
        {
            queue.Release();
        }
        else
        {
            HandlerCalls.Connection(this);
            EndHere();
        }
    }

    /// <summary>On the event loop: the call of a job that has passed the queue is over.</summary>
    private void EndHere()
    {
        if (TryEnd())
        {
            _queue?.GoOn();
        }
    }

    /// <summary>Tells the loop what runs, for the case that it does not come back in time.</summary>
    public void NameActivity(string name)
    {
        if (_queue is not { IsAway: true } queue)
        {
            Session.Loop.SetActivity(name, this);
            return;
        }

        queue.Activity = name;
        queue.Loop?.NameActivity(name, this);
    }

    /// <summary>As <see cref="NameActivity(string)"/>, with who it is in place of the socket.</summary>
    public void NameActivity(string name, object source)
    {
        if (_queue is not { IsAway: true } queue)
        {
            Session.Loop.SetActivity(name, source);
            return;
        }

        queue.Activity = name;
        queue.Loop?.NameActivity(name, source);
    }

    /// <summary>Shows it to plugins that have come since it was admitted, before its next event. On the event loop, with no handler further up the stack.</summary>
    /// <returns>False: it has gone, or has been shown.</returns>
    public bool ShowToHooks()
    {
        if (_state != SocketState.Open || Server.IsStopped || SeenHooks >= Server.Hooks.Epoch)
        {
            return false;
        }

        if (!CanHandleNow)
        {
            return Queue.TryAdd(new ExistingJob());
        }

        Begin();
        try
        {
            ExistingHooks.Tell(this);
        }
        finally
        {
            EndHere();
        }

        return true;
    }

    /// <summary>The handlers of the disconnection come last, after all that has arrived before and what still runs.</summary>
    /// <param name="disconnection">Why.</param>
    /// <param name="mayRun">Whether no handler stands further up the stack.</param>
    private void QueueDisconnect(Disconnection disconnection, bool mayRun)
    {
        // What runs or waits may still register handlers.
        if (_namespace.HasDisconnectHandlers || Server.Hooks.Disconnects.Length > 0 || Handlers is { Disconnect.Items.Length: > 0 } || _queue is not null || IsHandling)
        {
            Queue.Close(new DisconnectJob(disconnection), _namespace.DropsWaitingEvents, mayRun);
        }
    }

    /// <summary>Looks at what a handler returned that is no event's: done, failed, or to be waited for.</summary>
    public void Track(Task? task, EventContext context, HandlerKind kind, bool isConcurrent)
    {
        EventOutcome nobody = default;
        Track(task, context, kind, isConcurrent, ref nobody);
    }

    /// <summary>Looks at what a handler returned: done, failed, or to be waited for.</summary>
    public void Track(Task? task, EventContext context, HandlerKind kind, bool isConcurrent, ref EventOutcome outcome)
    {
        if (task is null || task.IsCompletedSuccessfully)
        {
            return;
        }

        if (task.IsCompleted)
        {
            if (ReportTask(task, context, kind) is { } failure && kind == HandlerKind.Event)
            {
                CallTrace.Current?.Fail(failure);
                outcome.Fail(this, failure);
            }

            return;
        }

        var queue = Queue;
        var run = outcome.Share(context) is { } answer
            ? new SharedRun(this, queue, task, context, kind, isConcurrent, answer)
            : new HandlerRun(this, queue, task, context, kind, isConcurrent);
        queue.Begin(run);
        CallTrace.Current?.Await(task);
        run.Start();
    }
}
