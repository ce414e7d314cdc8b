using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;
using Sockeye.Server.Plugins;

namespace Sockeye;

/// <summary>Says what folders of plugins hold. Any thread; reads files.</summary>
public static class PluginFolders
{
    private static readonly Dictionary<string, string> s_none = [];

    /// <summary>Examines folders as the start of a server does before it runs any code: who may write there, manifests, references. Nothing of them is run.</summary>
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

        var scan = plugins.Scan(compiledIn, s_none);
        return
        [
            .. scan.Unreadable.Select(static fault => new PluginFolderStatus("", null, null, null, fault.Message)),
            .. scan.Found.Select(static found => new PluginFolderStatus(found.Path, found.Files?.Manifest.Id, found.Files?.Manifest.Version, found.Manifest?.Section, found.Fault)
            {
                WhenFaulted = found.Manifest?.WhenFaulted ?? FaultMode.Open,
                ReadsSection = found.Files?.Manifest.ChecksConfiguration == true,
            }),
        ];
    }

    /// <summary>Has the plugins of folders read their sections, those whose manifest says that this needs no start (<see cref="IConfigurationCheck"/>). Of others no code is run, and nothing is started.</summary>
    /// <param name="folders">The folders, below each of which there is one for each plugin.</param>
    /// <param name="sections">The sections of the plugins by their names.</param>
    /// <param name="compiledIn">Ids of plugins that are compiled in, which a folder cannot have.</param>
    /// <returns>One for each plugin that has read its section; what keeps a folder from being loaded at all is told by <see cref="Examine"/>.</returns>
    public static async Task<IReadOnlyList<PluginSectionStatus>> ReadSectionsAsync(IReadOnlyList<string> folders, IConfiguration sections, params IReadOnlyCollection<string> compiledIn)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(sections);
        ArgumentNullException.ThrowIfNull(compiledIn);
        var plugins = new FolderPlugins(folders, sections, isWatched: false);
        List<PluginSectionStatus> read = [];
        foreach (var folder in plugins.Refusal is null ? plugins.Scan(compiledIn, s_none).Found : [])
        {
            if (folder.Files is { Manifest.ChecksConfiguration: true } files)
            {
                read.Add(await ReadAsync(plugins, files).ConfigureAwait(false));
            }
        }

        return read;
    }

    private static async Task<PluginSectionStatus> ReadAsync(FolderPlugins plugins, PluginFolder folder)
    {
        PluginEntry entry;
        try
        {
            entry = plugins.Load(folder);
        }
        catch (PluginFault fault)
        {
            return new PluginSectionStatus(folder.Manifest.Section, [fault.Message], null);
        }

        try
        {
            var check = (IConfigurationCheck)entry.Plugin;
            return new PluginSectionStatus(folder.Manifest.Section, [.. check.Check(entry.Section)], check.Schema);
        }
#pragma warning disable CA1031 // Code of a plugin: whatever it throws is told in a sentence.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return new PluginSectionStatus(folder.Manifest.Section, [$"{entry.Section.Path}: the plugin cannot read its section: {failure.GetType().Name}: {LogText.Escape(failure.Message)}"], null);
        }
        finally
        {
            await EndAsync(entry).ConfigureAwait(false);
        }
    }

    private static async Task EndAsync(PluginEntry entry)
    {
        try
        {
            await entry.Plugin.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It was never started, and what it thinks of its end changes nothing.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        (entry.LoadContext as PluginAssemblies)?.DeleteCopies();
        entry.LoadContext?.Unload();
    }
}

/// <summary>What the folder of a plugin holds.</summary>
/// <param name="Folder">The folder; empty: the fault names it.</param>
/// <param name="Id">The plugin's id; null: there is none that can be loaded.</param>
/// <param name="Version">Its version.</param>
/// <param name="Section">The name of its section of the configuration; null: its manifest cannot be read.</param>
/// <param name="Fault">Why it cannot be loaded, a sentence; null: nothing is wrong so far.</param>
public sealed record PluginFolderStatus(string Folder, string? Id, string? Version, string? Section, string? Fault)
{
    /// <summary>What its manifest says becomes of what a hook should decide, while that hook fails.</summary>
    public FaultMode WhenFaulted { get; init; }

    /// <summary>Whether its manifest says that it reads its section without a start (<see cref="IConfigurationCheck"/>).</summary>
    public bool ReadsSection { get; init; }
}

/// <summary>What a plugin says of its section.</summary>
/// <param name="Section">The name of the section.</param>
/// <param name="Faults">A sentence for each fault; empty: the plugin would take it.</param>
/// <param name="Schema">Its schema, as JSON; null: it has none.</param>
public sealed record PluginSectionStatus(string Section, IReadOnlyList<string> Faults, string? Schema);
