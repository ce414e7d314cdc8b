using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Server.Plugins;

/// <summary>The folders that the operator has named, and what lies in them. Any thread; reads files.</summary>
/// <param name="roots">The folders; below each there is one for each plugin.</param>
/// <param name="settings">The sections of the plugins; null: they have none.</param>
/// <param name="isWatched">Whether changes there lead to a reload.</param>
internal sealed class FolderPlugins(IReadOnlyList<string> roots, IConfiguration? settings, bool isWatched)
{
    public bool IsWatched => isWatched;

    /// <summary>The folders.</summary>
    public IReadOnlyList<string> Roots => roots;

    /// <summary>Why there can be none in this program; null: there can.</summary>
    public string? Refusal => roots.Count > 0 && !RuntimeFeature.IsDynamicCodeSupported
        ? $"The folder of plugins {roots[0]} cannot be used: this program was compiled ahead of time (Native AOT) and loads no further code; AddPlugin<T>() compiles a plugin in."
        : null;

    /// <summary>Reads all of them as they are now.</summary>
    /// <param name="taken">Ids of plugins that are compiled in.</param>
    public FolderScan Scan(IReadOnlyCollection<string> taken)
    {
        List<FoundFolder> found = [];
        List<PluginFault> unreadable = [];
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            try
            {
                foreach (var folder in PluginFolder.In(root))
                {
                    found.Add(Read(folder, taken, owners));
                }

                if (PluginFolder.StrayIn(root) is { } stray)
                {
                    unreadable.Add(stray);
                }
            }
            catch (PluginFault fault)
            {
                unreadable.Add(fault);
            }
        }

        // By their ids: in what order they are asked does not depend on what the folders are called.
        found.Sort(static (a, b) => string.CompareOrdinal(a.Files?.Manifest.Id ?? a.Path, b.Files?.Manifest.Id ?? b.Path));
        return new FolderScan(found, unreadable);
    }

    /// <summary>Loads the code of a plugin and makes its object.</summary>
    /// <exception cref="PluginFault">It cannot be.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "An application that is trimmed has no folders of plugins: docs/plugins.md. Under Native AOT they are refused.")]
    public PluginEntry Load(PluginFolder folder)
    {
        var plugin = PluginAssemblies.Load(folder);
        return new PluginEntry(plugin, settings?.GetSection(folder.Manifest.Section), folder.Path, AssemblyLoadContext.GetLoadContext(plugin.GetType().Assembly)) { Stamp = folder.Stamp };
    }

    private static FoundFolder Read(string path, IReadOnlyCollection<string> taken, Dictionary<string, string> owners)
    {
        try
        {
            var files = PluginFolder.Read(path);
            var id = files.Manifest.Id;
            return taken.Contains(id) ? new FoundFolder(path, null, $"{files.Main.Path}: the id \"{id}\" belongs to a plugin that is compiled in.")
                : !owners.TryAdd(id, path) ? new FoundFolder(path, null, $"{files.Main.Path}: the id \"{id}\" is that of the plugin in {owners[id]} already.")
                : new FoundFolder(path, files, null);
        }
        catch (PluginFault fault)
        {
            return new FoundFolder(path, null, fault.Message);
        }
    }
}

/// <summary>What the folders hold at one moment.</summary>
/// <param name="Found">The folders of plugins.</param>
/// <param name="Unreadable">Of the folders that the operator has named, why some could not be read.</param>
internal sealed record FolderScan(IReadOnlyList<FoundFolder> Found, IReadOnlyList<PluginFault> Unreadable)
{
    /// <summary>All that is wrong, a sentence each.</summary>
    public IEnumerable<string> Faults => [.. Unreadable.Select(static fault => fault.Message), .. Found.Select(static found => found.Fault).OfType<string>()];
}

/// <summary>The folder of a plugin.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Files">What it holds; null: nothing that can be loaded.</param>
/// <param name="Fault">Why not.</param>
internal sealed record FoundFolder(string Path, PluginFolder? Files, string? Fault);
