namespace Sockeye.Server.Common;

/// <summary>Calls code of plugins and applications that may hold its thread for ever: on one of its own, which keeps neither its caller nor the process.</summary>
internal static class OwnThread
{
    /// <summary>Calls it on a thread that ends with the call.</summary>
    /// <param name="call">The code; what it awaits goes on wherever it likes.</param>
    /// <returns>Ends as what the code has given back does; what it throws comes out here.</returns>
    public static Task RunAsync(Func<Task> call) => Start(call).Unwrap();

    /// <inheritdoc cref="RunAsync(Func{Task})" />
    /// <typeparam name="T">What it gives back.</typeparam>
    public static Task<T> RunAsync<T>(Func<Task<T>> call) => Start(call).Unwrap();

    private static Task<T> Start<T>(Func<T> call) => Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
