using Sockeye.Server.Common;

namespace Sockeye.Server.Plugins;

/// <content>Code of plugins that may not come back: what is waited for, and how long.</content>
internal sealed partial class PluginHost
{
    /// <summary>How long each step of a start may take, which are reading the folders, a constructor and <c>StartAsync</c>: 30 s (own). One starts after the other, so one that never ended would be the last.</summary>
    internal static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private static string NameOf(string id, string? folder) => folder is null ? $"Plugin {id}" : $"Plugin {id} ({folder})";

    private Task<FolderScan> ScanAsync(CancellationToken cancellationToken) => GivenUpAsync(
        $"Reading the folders of plugins ({string.Join(", ", folders.Roots)})",
        _ => Task.FromResult(folders.Scan([.. entries.Select(static entry => entry.Id)], _running.Where(static running => running.Entry.Folder is { } folder && !IsGone(folder)).ToDictionary(static running => running.Id, static running => running.Entry.Folder!))),
        cancellationToken);

    /// <summary>Calls code that may hold its thread for ever, or never end: it is waited for as long as <see cref="StartPatience"/> says and nobody gives it up.</summary>
    /// <param name="what">What it is, the subject of a sentence.</param>
    /// <param name="call">The code. Its token fires when it is given up; what listens to that, and holds the thread that tells it, holds nobody else.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="PluginFault">It has not ended in time.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    private async Task<T> GivenUpAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(StartPatience, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var told = new CancellationTokenSource();   // not disposed: code that was left behind may still use it
        var running = OwnThread.RunAsync(() => call(told.Token));
        try
        {
            return await running.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            _ = told.CancelAsync();

            // What hears of it has ended before it is disposed; what does not is left behind, and what it throws then with it.
            await Task.WhenAny(running, Task.Delay(GuardedStop.LastPatience, CancellationToken.None)).ConfigureAwait(false);
            _ = running.ContinueWith(static late => LetGo(late), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new PluginFault(FormattableString.Invariant($"{what} has not ended within {StartPatience.TotalSeconds:0} s."));
        }
    }

    /// <summary>What was left behind has ended: nobody wants what came of it.</summary>
    private static void LetGo<T>(Task<T> late)
    {
        if (late.IsCompletedSuccessfully)
        {
            (late.Result as PluginEntry)?.LoadContext?.Unload();
        }
        else
        {
            _ = late.Exception;
        }
    }
}
