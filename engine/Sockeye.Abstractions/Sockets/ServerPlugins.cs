namespace Sockeye.Plugins;

/// <summary>The plugins of a server. All members may be called from any thread.</summary>
public abstract class ServerPlugins
{
    internal ServerPlugins()
    {
    }

    /// <summary>How they stand now, in the order in which they are asked.</summary>
    public abstract IReadOnlyList<PluginStatus> All { get; }

    /// <summary>Plugins of folders that the last readings could not load or replace, each with its error; one that runs goes on. Empty: none.</summary>
    public abstract IReadOnlyList<PluginReload> Failures { get; }

    /// <summary>Reads the folders again and replaces what has changed there, or one plugin whether it has changed or not: the new generation starts and takes over; then the old one is drained, disposed and unloaded.
    /// One that fails to start leaves the old one running. Reloads follow each other.</summary>
    /// <remarks>Completes when the new generations are in force, and does not wait for the end of the old ones: it may be called by a handler of a plugin that is replaced. Without an id, a plugin that stays and has <see cref="IReloadHook"/> then gets
    /// its section again, also if that says the same: files that it names may have changed.</remarks>
    /// <param name="id">The plugin; null: all that have changed, came or went.</param>
    /// <param name="cancellationToken">Ends the wait, not what has begun.</param>
    /// <returns>What has become of each.</returns>
    /// <exception cref="ArgumentException">No plugin has the id, or it was compiled in, so that there is nothing new to load.</exception>
    /// <exception cref="InvalidOperationException">The server is not running.</exception>
    public abstract Task<IReadOnlyList<PluginReload>> ReloadAsync(string? id = null, CancellationToken cancellationToken = default);
}

/// <summary>How a plugin stands.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Folder">Where it was loaded from; null: it was compiled in.</param>
/// <param name="Generation">Which generation runs.</param>
/// <param name="Hooks">Its hooks.</param>
/// <param name="Unloading">Generations before that are still in memory after four full collections: something holds them.</param>
public sealed record PluginStatus(string Id, string Version, string? Folder, int Generation, IReadOnlyList<HookStatus> Hooks, int Unloading)
{
    /// <summary>Why it has not taken its configuration the last time it was handed over while it runs, so that what it had before holds; null: it has.</summary>
    public string? ConfigurationFault { get; init; }
}

/// <summary>How a hook of a plugin stands.</summary>
/// <param name="Name">The interface without its I: <c>EventGate</c>.</param>
/// <param name="Faults">What it has thrown, and how often it has overrun its budget, in this generation.</param>
/// <param name="IsOpen">Whether its circuit is open, so that it is not asked.</param>
public sealed record HookStatus(string Name, long Faults, bool IsOpen);

/// <summary>What has become of a plugin by a reload.</summary>
/// <param name="Id">Its id, or the folder if that could not be read.</param>
/// <param name="Generation">The generation that runs now; 0: none.</param>
/// <param name="Error">Why it was not replaced, or not loaded; null: it was.</param>
public sealed record PluginReload(string Id, int Generation, string? Error);
