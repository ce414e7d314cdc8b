namespace Sockeye.Abstractions.Sockets;

/// <summary>What a task of <see cref="LoopPromises"/> stands for; its state.</summary>
internal interface ILoopPromise
{
    /// <summary>Whether the calling thread is the loop without which it is never kept.</summary>
    bool NeedsThisThread { get; }

    /// <summary>Settles it: that loop waits for it. The outcome is <see cref="LoopPromises.Refusal"/>.</summary>
    /// <returns>False: it is settled.</returns>
    bool TryRefuse();

    /// <summary>Settles it: its token has fired.</summary>
    /// <returns>False: it is settled.</returns>
    bool TryCancel();
}

/// <inheritdoc />
internal interface ILoopPromise<T> : ILoopPromise
{
    /// <summary>The result, or throws. Called once, when it is settled.</summary>
    T Outcome();
}

/// <summary>Makes tasks that a loop completes, and lets them fail when that very loop blocks for them: it would do so for ever.</summary>
/// <remarks>A thread that blocks for a task without a limit of time first asks the task's scheduler whether it can run it at once. That is the only place where the runtime says that somebody
/// blocks, with JIT and with Native AOT; <c>await</c>, <c>WhenAll</c> and continuations do not come here. Any thread; one for the process.</remarks>
internal sealed class LoopPromises : TaskScheduler
{
    private const TaskCreationOptions Options = TaskCreationOptions.RunContinuationsAsynchronously | TaskCreationOptions.HideScheduler | TaskCreationOptions.DenyChildAttach;

    private static readonly LoopPromises s_instance = new();

    /// <summary>What the loop hears instead of waiting.</summary>
    public static InvalidOperationException Refusal() => new(
        "The loop that must complete this task was about to block for it (.Result, .Wait() or .GetAwaiter().GetResult()), which would last for ever. Use 'await' in an async handler.");

    /// <summary>A task that completes with <see cref="Complete"/>, or is cancelled.</summary>
    public static Task<T> Make<T>(ILoopPromise<T> promise, CancellationToken cancellationToken = default)
    {
        var task = new Task<T>(static promise => ((ILoopPromise<T>)promise!).Outcome(), promise, cancellationToken, Options);
        try
        {
            task.Start(s_instance);
        }
        catch (InvalidOperationException) when (task.IsCanceled)
        {
            // The token has fired on another thread meanwhile; the task has ended with that.
        }

        return task;
    }

    /// <summary>The promise is settled; once.</summary>
    public static void Complete(Task task) => s_instance.TryExecuteTask(task);

    /// <summary>It waits for its promise.</summary>
    protected override void QueueTask(Task task)
    {
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        task.AsyncState is ILoopPromise { NeedsThisThread: true } promise && promise.TryRefuse() && TryExecuteTask(task);

    protected override bool TryDequeue(Task task) => ((ILoopPromise)task.AsyncState!).TryCancel();

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
