namespace Sockeye.Server.Common;

/// <summary>What a listener has returned that nothing waits for: only its failure is of interest.</summary>
internal static class LooseTask
{
    /// <summary>Reports the failure of the task, now or when it comes, where the caller runs.</summary>
    public static void Watch(Task task, Action<Exception> failed)
    {
        if (task.IsCompletedSuccessfully)
        {
            return;
        }

        if (task.IsCompleted)
        {
            failed(FailureOf(task));
        }
        else
        {
            task.GetAwaiter().UnsafeOnCompleted(() =>
            {
                if (!task.IsCompletedSuccessfully)
                {
                    failed(FailureOf(task));
                }
            });
        }
    }

    /// <summary>What a task that has not succeeded has thrown.</summary>
    public static Exception FailureOf(Task task) =>
        task.Exception is { InnerExceptions.Count: 1 } one ? one.InnerException! : task.Exception ?? (Exception)new TaskCanceledException(task);
}
