using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>Ends something whose code may throw, or may not come back: then it is named in the log, and what follows goes on.</summary>
internal static class GuardedStop
{
    /// <param name="server">Its server.</param>
    /// <param name="name">Its name in the log.</param>
    /// <param name="stop">Called where what it begins cannot end the process.</param>
    /// <param name="patience">How long it is waited for.</param>
    /// <returns>Whether it has ended, well or not.</returns>
    public static async Task<bool> RunAsync(ServerContext server, string name, Func<ValueTask> stop, TimeSpan patience)
    {
        try
        {
            await Guarded(server, stop).WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            server.Log.PartLeft(name);
            return false;
        }
#pragma warning disable CA1031 // What follows goes on all the same; the failure is logged.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            server.Log.PartFailed(name, failure);
        }

        return true;
    }

    /// <summary>Calls code of the application on a thread that is none of its own: what it begins must not end the process.</summary>
    private static Task Guarded(ServerContext server, Func<ValueTask> call)
    {
        var guarded = new GuardedCall(call);
        server.PoolContext.Run(guarded);
        return guarded.Result;
    }

    private sealed class GuardedCall(Func<ValueTask> call) : ILoopWork
    {
        public Task Result { get; private set; } = Task.CompletedTask;

        public void Run() => Result = call().AsTask();
    }
}
