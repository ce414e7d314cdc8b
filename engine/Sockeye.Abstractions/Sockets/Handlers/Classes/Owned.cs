using System.Runtime.ExceptionServices;

namespace Sockeye.Abstractions.Sockets;

/// <summary>What is disposed when a handler has completed. Its failure is one of the handler: told with that, if both fail.</summary>
internal static class Owned
{
    /// <summary>Disposes the owner when what the handler returned has completed.</summary>
    /// <returns>Null: both are done.</returns>
    public static Task? End(Task? running, IAsyncDisposable owner) =>
        running is null or { IsCompletedSuccessfully: true } ? Dispose(owner) : EndAsync(running, owner);

    /// <summary>Completes when all have, however they end; who returned them is told of their failures.</summary>
    public static async Task WhenOver(IReadOnlyList<Task> tasks)
    {
        foreach (var task in tasks)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private static Task? Dispose(IAsyncDisposable owner)
    {
        try
        {
            return HandlerTask.Of(owner.DisposeAsync());
        }
#pragma warning disable CA1031 // It is told as the failure of the handler.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Task.FromException(failure);
        }
    }

    // The handler has come back to its loop, if it was called there: so does this, and disposes there.
    private static async Task EndAsync(Task running, IAsyncDisposable owner)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        try
        {
            await owner.DisposeAsync().ConfigureAwait(true);
        }
        catch (Exception second) when (running.IsFaulted)
        {
            throw new AggregateException([.. running.Exception.InnerExceptions, second]);
        }

        if (running.Exception is { InnerExceptions.Count: > 1 } several)
        {
            ExceptionDispatchInfo.Throw(several);
        }

        await running.ConfigureAwait(true);
    }
}

/// <summary>An object that is its own owner, disposed as it can be.</summary>
internal readonly struct SelfOwner(object? disposable) : IAsyncDisposable
{
    public object? Object => disposable;

    public ValueTask DisposeAsync()
    {
        if (disposable is IAsyncDisposable asynchronous)
        {
            return asynchronous.DisposeAsync();
        }

        (disposable as IDisposable)?.Dispose();
        return default;
    }
}
