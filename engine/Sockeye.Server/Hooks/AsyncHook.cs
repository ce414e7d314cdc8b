using Sockeye.Transport;

namespace Sockeye.Server.Hooks;

/// <summary>What has come of asking an asynchronous hook.</summary>
/// <typeparam name="T">Its answer.</typeparam>
/// <param name="State">What.</param>
/// <param name="Value">The answer, if there is one.</param>
internal readonly record struct HookAnswer<T>(HookAnswerState State, T Value);

/// <summary>What has come of asking an asynchronous hook.</summary>
internal enum HookAnswerState : byte
{
    /// <summary>It has not answered, for its own fault: the plugin's choice of open or closed decides.</summary>
    Failed,

    Answered,

    /// <summary>Whom it was asked about has gone.</summary>
    Gone,
}

/// <summary>Asks a hook that may take time: guarded, for a limited time, and back on the loop when it has answered.</summary>
internal static class AsyncHook
{
    /// <summary>Asks. Never fails. On a loop, to which it comes back.</summary>
    /// <param name="guard">The guard of the hook.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="clock">The server's clock.</param>
    /// <param name="limit">How long it may take, in all.</param>
    /// <param name="call">Calls it.</param>
    /// <param name="gone">Fires when whom it is about has gone.</param>
    public static async ValueTask<HookAnswer<T>> AskAsync<T>(HookGuard guard, ITransportLoop loop, HookClock clock, TimeSpan limit, Func<CancellationToken, ValueTask<T>> call, CancellationToken gone)
    {
        var pass = guard.Enter();
        if (pass == HookPass.None)
        {
            return default;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(gone);
        if (!TryCall(guard, pass, loop, clock, () => call(over.Token), gone, out var answer))
        {
            return gone.IsCancellationRequested ? new HookAnswer<T>(HookAnswerState.Gone, default!) : default;
        }

        if (answer.IsCompletedSuccessfully)
        {
            return new HookAnswer<T>(HookAnswerState.Answered, answer.Result);
        }

        var task = answer.AsTask();
        var deadline = new Deadline();
        loop.DueList(limit).Add(deadline);
        using (gone.UnsafeRegister(static deadline => ((Deadline)deadline!).Over.TrySetResult(), deadline))
        {
            await Task.WhenAny(task, deadline.Over.Task).ConfigureAwait(true);
        }

        // Whoever completes it may be the handler of another socket: what follows has a turn of its own.
        await Task.Yield();
        DueList.Cancel(deadline);
        if (task.IsCompleted)
        {
            return Look(guard, pass, task, gone);
        }

        LetGo(task);
        if (gone.IsCancellationRequested)
        {
            guard.Abandoned(pass);
            return new HookAnswer<T>(HookAnswerState.Gone, default!);
        }

        guard.Failed(pass, HookFault.Late);
        Cancel(over);
        return default;
    }

    /// <summary>Calls it, up to its first await.</summary>
    private static bool TryCall<T>(HookGuard guard, HookPass pass, ITransportLoop loop, HookClock clock, Func<ValueTask<T>> call, CancellationToken gone, out ValueTask<T> answer)
    {
        var thread = HookThread.Current;
        var outer = thread.Begin(guard);
        loop.SetActivity(guard.Name, guard);
        var began = clock.Now;
        try
        {
            answer = call();
            if (answer.IsFaulted)
            {
                answer.GetAwaiter().GetResult();
            }

            // Only an answer ends a trial.
            guard.Returned(answer.IsCompletedSuccessfully ? pass : HookPass.Normal, thread, clock.Now - began);
            return true;
        }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted, logged, and the server goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            answer = default;
            if (failure is OperationCanceledException && gone.IsCancellationRequested)
            {
                guard.Abandoned(pass);
            }
            else
            {
                guard.Failed(pass, HookFault.Threw, failure);
            }

            return false;
        }
        finally
        {
            thread.End(outer);
        }
    }

    private static HookAnswer<T> Look<T>(HookGuard guard, HookPass pass, Task<T> task, CancellationToken gone)
    {
        if (task.IsCompletedSuccessfully)
        {
            guard.Answered(pass);
            return new HookAnswer<T>(HookAnswerState.Answered, task.Result);
        }

        if (task.IsCanceled && gone.IsCancellationRequested)
        {
            guard.Abandoned(pass);
            return new HookAnswer<T>(HookAnswerState.Gone, default!);
        }

        guard.Failed(pass, HookFault.Threw, task.Exception?.InnerException ?? new TaskCanceledException(task));
        return default;
    }

    /// <summary>Nobody waits for it any more, and what it throws then has been counted as its overrun.</summary>
    private static void LetGo(Task task) =>
        task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
#pragma warning disable CA1031 // What a plugin has registered on the token throws here; it has overrun already.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private sealed class Deadline : DueEntry
    {
        public TaskCompletionSource Over { get; } = new();

        /// <inheritdoc />
        protected override bool IsDeadline => true;

        /// <inheritdoc />
        protected override void OnDue(TimeSpan due) => Over.TrySetResult();
    }
}
