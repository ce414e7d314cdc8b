using System.Runtime.Loader;
using Sockeye.Plugins;
using Sockeye.Server.Common;

namespace Sockeye.Server.Plugins;

/// <content>Plugins of folders: read at the start, and again when somebody asks.</content>
internal sealed partial class PluginHost
{
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly PluginLeftovers _leftovers = new(static () => GC.CollectionCount(GC.MaxGeneration));
    private PluginWatch? _watch;
    private volatile IReadOnlyList<PluginReload> _failures = [];

    /// <inheritdoc />
    public override IReadOnlyList<PluginReload> Failures => _failures;

    /// <inheritdoc />
    public override Task<IReadOnlyList<PluginReload>> ReloadAsync(string? id = null, CancellationToken cancellationToken = default)
    {
        if (server.State != ServerState.Running)
        {
            throw new InvalidOperationException("Plugins are reloaded while the server runs: it does not yet, or does not any more.");
        }

        // On the pool, and with nothing of the caller's: it may be a handler of what is to go.
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => ReloadInTurnAsync(id, isAsked: true), CancellationToken.None).WaitAsync(cancellationToken);
        }
    }

    /// <summary>At the start: what is wrong with any of them keeps the server from starting.</summary>
    /// <exception cref="PluginLoadException">Something is.</exception>
    private async Task StartFoldersAsync(CancellationToken cancellationToken)
    {
        if (folders.Roots.Count == 0)
        {
            return;
        }

        if (folders.Refusal is { } refusal)
        {
            throw new PluginLoadException([refusal]);
        }

        var scan = await ScanAsync(cancellationToken).ConfigureAwait(false);
        List<string> faults = [.. scan.Faults];
        foreach (var found in scan.Found)
        {
            if (faults.Count == 0 && await TryChangeAsync(found.Files!.Manifest.Id, found, cancellationToken).ConfigureAwait(false) is { Error: { } error })
            {
                faults.Add(error);
            }
        }

        if (faults.Count > 0)
        {
            throw new PluginLoadException(faults);
        }

        Context.Metrics.PluginReloaded("", "failed", 0);
        StartWatching();
    }

    private async Task<IReadOnlyList<PluginReload>> ReloadInTurnAsync(string? id, bool isAsked)
    {
        await _reloading.WaitAsync().ConfigureAwait(false);
        IReadOnlyList<PluginReload> results;
        List<Task> handedOver = [];
        try
        {
            var before = _running;
            results = await ReloadFoldersAsync(id).ConfigureAwait(false);
            _failures = [.. _failures.Where(failure => id is not null && failure.Id != id), .. results.Where(static result => result.Error is not null)];
            if (isAsked && id is null)
            {
                // What stays may have files of its own that have changed: its section names them and says the same.
                handedOver.AddRange(_running.Intersect(before).Select(static stays => stays.ReconfigureAsync()));
            }
        }
        finally
        {
            _reloading.Release();
        }

        // What they say of it belongs to this reload; one that does not answer is late by then, and told.
        using var late = new CancellationTokenSource(Context.HookTimeout, Time);
        await Task.WhenAll(handedOver).WaitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return results;
    }

    private async Task<IReadOnlyList<PluginReload>> ReloadFoldersAsync(string? id)
    {
        TellLeftovers();
        var scan = folders.Refusal is null ? await ScanAsync(CancellationToken.None).ConfigureAwait(false) : new FolderScan([], []);
        CheckId(id, scan);
        List<PluginReload> results = [.. scan.Unreadable.Where(_ => id is null).Select(Unreadable)];
        foreach (var found in scan.Found)
        {
            var before = Array.Find(_running, running => running.Entry.Folder == found.Path);
            var name = found.Files?.Manifest.Id ?? before?.Id;
            if (id is not null && id != name)
            {
                continue;
            }

            if (found.Files is null)
            {
                results.Add(Failed(name, found.Path, found.Fault!));
            }
            else if (id is not null || before is null || before.Id != name || before.Entry.Stamp != found.Files.Stamp)
            {
                var change = await TryChangeAsync(name!, found, CancellationToken.None).ConfigureAwait(false);
                results.Add(change);
                if (change.Error is null && before is not null && before.Id != name)
                {
                    results.Add(new PluginReload(before.Id, 0, null));
                }
            }
        }

        foreach (var gone in _running.Where(running => running.Entry.Folder is { } folder && (id is null || id == running.Id) && IsGone(folder)))
        {
            await ChangeAsync(gone.Id, null, CancellationToken.None).ConfigureAwait(false);
            Log.PluginRemoved(gone.Id, gone.Entry.Folder!);
            Context.Metrics.PluginReloaded(gone.Id, "removed");
            results.Add(new PluginReload(gone.Id, 0, null));
        }

        return results;
    }

    // A whole disk that is gone for the moment takes no plugin with it.
    private static bool IsGone(string folder) => !Directory.Exists(folder) && Directory.Exists(Path.GetDirectoryName(folder));

    private void CheckId(string? id, FolderScan scan)
    {
        if (id is null)
        {
            return;
        }

        if (entries.Any(entry => entry.Id == id))
        {
            throw new ArgumentException($"The plugin \"{id}\" is compiled in: there is nothing new to load.", nameof(id));
        }

        if (!_running.Any(running => running.Id == id) && !scan.Found.Any(found => found.Files?.Manifest.Id == id))
        {
            throw new ArgumentException($"There is no plugin \"{LogText.Escape(id)}\", neither running nor in a folder.", nameof(id));
        }
    }

    /// <summary>Loads what was found and puts it in force. What fails is told and leaves the old one running.</summary>
    private async Task<PluginReload> TryChangeAsync(string id, FoundFolder found, CancellationToken cancellationToken)
    {
        try
        {
            // What stood in the folder until now was another plugin: it goes when this one has come.
            var other = Array.Find(_running, running => running.Entry.Folder == found.Path && running.Id != id);
            var loaded = await GivenUpAsync($"{NameOf(id, found.Path)}: its constructor", _ => Task.FromResult(folders.Load(found.Files!)), cancellationToken).ConfigureAwait(false);
            var made = await ChangeAsync(id, loaded, cancellationToken).ConfigureAwait(false);
            Log.PluginLoaded(id, made!.Entry.Version, found.Path, made.Generation);
            if (other is not null)
            {
                await ChangeAsync(other.Id, null, CancellationToken.None).ConfigureAwait(false);
                Log.PluginReplaced(other.Id, found.Path, id);
                Context.Metrics.PluginReloaded(other.Id, "removed");
            }

            Context.Metrics.PluginReloaded(id, "loaded");
            Context.Metrics.PluginReloaded(id, "failed", 0);
            return new PluginReload(id, made.Generation, null);
        }
        catch (PluginFault fault)
        {
            return Failed(id, found.Path, fault.Message, fault.Trace);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Code of a plugin: whatever its start throws is told, and not kept, since it may hold the plugin.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Failed(id, found.Path, $"{found.Files!.Main.Path}: the start of {found.Files.Manifest.TypeName} failed: {failure.GetType().Name}: {LogText.Escape(failure.Message)}", failure.Data[PluginLoadException.TraceKey] as string);
        }
    }

    private async Task<PluginGeneration?> ChangeAsync(string id, PluginEntry? next, CancellationToken cancellationToken) =>
        (await SwapAsync(id, next, cancellationToken).ConfigureAwait(false)).Made;

    private PluginReload Failed(string? id, string folder, string sentence, string? trace = null)
    {
        var running = Array.Find(_running, running => running.Id == id || running.Entry.Folder == folder);
        Log.PluginFailed(sentence, running is not null);
        Log.PluginThrew(folder, trace);
        Context.Metrics.PluginReloaded(running?.Id ?? "", "failed");
        return new PluginReload(id ?? folder, running?.Generation ?? 0, sentence);
    }

    private PluginReload Unreadable(PluginFault fault)
    {
        Log.PluginFailed(fault.Message, isRunning: true);
        Context.Metrics.PluginReloaded("", "failed");
        return new PluginReload("", 0, fault.Message);
    }

    /// <summary>Generations of all plugins before that are still in memory.</summary>
    public IEnumerable<(string Plugin, int Count)> Leftovers() => _leftovers.Count();

    /// <summary>Generations of a plugin before that are still in memory.</summary>
    private int Unloading(string id) => _leftovers.Count(id);

    private void StartWatching()
    {
        if (folders.IsWatched && folders.Roots.Count > 0)
        {
            _watch = new PluginWatch(folders.Roots, Time, Log, ReloadChanged);
        }
    }

    private void StopWatching() => Interlocked.Exchange(ref _watch, null)?.Dispose();

    private void ReloadChanged()
    {
        if (server.State == ServerState.Running)
        {
            _ = Task.Run(() => ReloadInTurnAsync(null, isAsked: false));
        }
    }

    /// <summary>Nothing of a load context is called any more: lets go of all that holds code of it, and of the context, whose end may call code of the plugin once more.</summary>
    private async Task UnloadAsync(PluginGeneration ended, AssemblyLoadContext context, bool hasRun)
    {
        new PluginTraces(context).Forget(Sockets);
        new PluginTraces(context).DropPosted(Sockets);
        _leftovers.Add(ended.Id, context);
        (context as PluginAssemblies)?.DeleteCopies();
        await GuardedStop.RunAsync(Context, ended.Id, () =>
        {
            context.Unload();
            return ValueTask.CompletedTask;
        }, Context.StopTimeout).ConfigureAwait(false);
        if (hasRun)
        {
            Log.PluginEnded(ended.Id, ended.Generation);
        }
    }

    private void TellLeftovers()
    {
        foreach (var (id, count) in _leftovers.Count())
        {
            Log.PluginStays(id, count);
        }
    }
}
