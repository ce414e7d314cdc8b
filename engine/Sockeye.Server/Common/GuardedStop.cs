using System.Diagnostics;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>Ends something whose code may throw, or may not come back, whether it waits or holds its thread: then it is named in the log, and what follows goes on.</summary>
internal static class GuardedStop
{
    /// <summary>What each thing that is cut short may still take: what lives needs no more, and what is blocked gets no more (own).</summary>
    public static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    /// <param name="server">Its server.</param>
    /// <param name="name">Its name in the log.</param>
    /// <param name="stop">Called where what it begins cannot end the process, on a thread that it may keep.</param>
    /// <param name="patience">How long it is waited for; once somebody is in a hurry <see cref="LastPatience"/> at most.</param>
    /// <returns>Whether it has ended, well or not.</returns>
    public static async Task<bool> RunAsync(ServerContext server, string name, Func<ValueTask> stop, TimeSpan patience)
    {
        try
        {
            await WaitAsync(Guarded(server, stop), patience, server.Hurry).ConfigureAwait(false);
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

    /// <summary>How long each of several steps may take: the stop timeout for all of them, and a moment for each that comes later.</summary>
    public static Func<TimeSpan> PatienceFrom(ServerContext server)
    {
        var began = Stopwatch.GetTimestamp();
        return () => Stopwatch.GetElapsedTime(began) < server.StopTimeout ? server.StopTimeout : LastPatience;
    }

    private static async Task WaitAsync(Task ending, TimeSpan patience, CancellationToken hurry)
    {
        try
        {
            await ending.WaitAsync(patience, hurry).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hurry.IsCancellationRequested)
        {
            // It may have ended just now: then this tells how.
            await ending.WaitAsync(patience < LastPatience ? patience : LastPatience, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static Task Guarded(ServerContext server, Func<ValueTask> call) => OwnThread.RunAsync(() =>
    {
        var guarded = new GuardedCall(call);
        server.PoolContext.Run(guarded);
        return guarded.Result;
    });

    private sealed class GuardedCall(Func<ValueTask> call) : ILoopWork
    {
        public Task Result { get; private set; } = Task.CompletedTask;

        public void Run() => Result = call().AsTask();
    }
}
