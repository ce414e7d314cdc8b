using Sockeye.Server.Plugins;

namespace Sockeye;

/// <summary>Says what folders of plugins hold. Any thread; reads files, and runs nothing of them.</summary>
public static class PluginFolders
{
    /// <summary>Examines folders as the start of a server does before it runs any code: who may write there, manifests, references.</summary>
    /// <param name="folders">The folders, below each of which there is one for each plugin.</param>
    /// <param name="compiledIn">Ids of plugins that are compiled in, which a folder cannot have.</param>
    /// <returns>One for each plugin, in the order in which they are asked, and for each folder that cannot be read.</returns>
    public static IReadOnlyList<PluginFolderStatus> Examine(IReadOnlyList<string> folders, params IReadOnlyCollection<string> compiledIn)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(compiledIn);
        var plugins = new FolderPlugins(folders, null, isWatched: false);
        if (plugins.Refusal is { } refusal)
        {
            return [new PluginFolderStatus(folders[0], null, null, null, refusal)];
        }

        var scan = plugins.Scan(compiledIn);
        return
        [
            .. scan.Unreadable.Select(static fault => new PluginFolderStatus("", null, null, null, fault.Message)),
            .. scan.Found.Select(static found => new PluginFolderStatus(found.Path, found.Files?.Manifest.Id, found.Files?.Manifest.Version, found.Files?.Manifest.Section, found.Fault)),
        ];
    }
}

/// <summary>What the folder of a plugin holds.</summary>
/// <param name="Folder">The folder; empty: the fault names it.</param>
/// <param name="Id">The plugin's id; null: there is none that can be loaded.</param>
/// <param name="Version">Its version.</param>
/// <param name="Section">The name of its section of the configuration.</param>
/// <param name="Fault">Why it cannot be loaded, a sentence; null: nothing is wrong so far.</param>
public sealed record PluginFolderStatus(string Folder, string? Id, string? Version, string? Section, string? Fault);
