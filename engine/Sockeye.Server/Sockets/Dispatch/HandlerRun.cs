namespace Sockeye.Server.Sockets;

/// <summary>A handler that awaits.</summary>
/// <remarks>It owns the task that the handler has returned. Its links and marks are guarded by the lock of its queue. From the return of the handler's call until the task has ended.</remarks>
internal class HandlerRun(ServerSocket socket, HandlerQueue queue, Task task, EventContext context, HandlerKind kind, bool isConcurrent)
{
    public EventContext Context => context;

    public HandlerKind Kind => kind;

    /// <summary>Whether the next job begins without it.</summary>
    public bool IsConcurrent => isConcurrent;

    public HandlerRun? Next { get; set; }

    public HandlerRun? Previous { get; set; }

    /// <summary>Whether a job waits for it, or will.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>Whether it ran already when its socket had gone for a while.</summary>
    public bool IsLate { get; set; }

    /// <summary>Waits for the task; what follows comes back to the event loop or game loop, whose synchronisation context is current, and on the pool stays there.</summary>
    public void Start() => task.GetAwaiter().UnsafeOnCompleted(OnDone);

    private void OnDone()
    {
        OnEnded(task.IsCompletedSuccessfully ? null : socket.ReportTask(task, context, kind));
        queue.End(this);
    }

    /// <summary>The task has ended: in the rule it was the only one of its event.</summary>
    /// <param name="failure">Null: without one.</param>
    protected virtual void OnEnded(Exception? failure)
    {
        if (failure is not null && kind == HandlerKind.Event && context.WantsAck && socket.SocketNamespace.AnswersFailures)
        {
            context.Refuse(socket.RefusalFor(failure));
        }
    }
}

/// <summary>A handler that awaits and is not the only one that may answer its event.</summary>
internal sealed class SharedRun(ServerSocket socket, HandlerQueue queue, Task task, EventContext context, HandlerKind kind, bool isConcurrent, OpenAnswer answer)
    : HandlerRun(socket, queue, task, context, kind, isConcurrent)
{
    private readonly ServerSocket _socket = socket;

    protected override void OnEnded(Exception? failure) => answer.End(failure is not null && Kind == HandlerKind.Event ? _socket.RefusalFor(failure) : null);
}
