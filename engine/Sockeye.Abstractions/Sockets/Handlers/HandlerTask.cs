namespace Sockeye.Abstractions.Sockets;

/// <summary>Turns what handlers return into what the engine waits for; nothing is allocated for a handler that completes at once.</summary>
internal static class HandlerTask
{
    public static Task? Of(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            return task.AsTask();
        }

        // Gives a pooled source back.
        task.GetAwaiter().GetResult();
        return null;
    }

    public static RawTaskHandler Of(RawHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return e =>
        {
            handler(e);
            return null;
        };
    }

    public static Task? Answer(EventContext context, Task? task)
    {
        if (task is { IsCompletedSuccessfully: false })
        {
            return WaitAsync(context, task);
        }

        context.Ack();
        return null;
    }

    public static Task? Answer(EventContext context, ValueTask task)
    {
        if (Of(task) is { } running)
        {
            return WaitAsync(context, running);
        }

        context.Ack();
        return null;
    }

    public static Task? Answer<TAck>(EventContext context, Task<TAck> task) => Answer(context, new ValueTask<TAck>(task));

    public static Task? Answer<TAck>(EventContext context, ValueTask<TAck> task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            return WaitAsync(context, task);
        }

        context.Ack(task.GetAwaiter().GetResult());
        return null;
    }

    // The handler has come back to its loop, if it was called there: so does this, at once and without leaving it.
    private static async Task WaitAsync(EventContext context, Task task)
    {
        await task.ConfigureAwait(true);
        context.Ack();
    }

    private static async Task WaitAsync<TAck>(EventContext context, ValueTask<TAck> task) =>
        context.Ack(await task.ConfigureAwait(true));
}
