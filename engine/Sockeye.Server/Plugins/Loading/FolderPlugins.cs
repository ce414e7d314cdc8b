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
    /// <param name="running">The folders of those that run, by their ids: each keeps its own, whatever another folder is called. Without those that are gone.</param>
    public FolderScan Scan(IReadOnlyCollection<string> taken, IReadOnlyDictionary<string, string> running)
    {
        List<FoundFolder> found = [];
        List<PluginFault> unreadable = [];
        foreach (var root in roots)
        {
            try
            {
                found.AddRange(PluginFolder.In(root).Select(Read));
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

        // A folder that has got another plugin gives its id away; one that cannot be read keeps it.
        var owners = running.Where(own => found.Find(folder => folder.Path == own.Value)?.Files is not { } files || files.Manifest.Id == own.Key).ToDictionary(StringComparer.Ordinal);
        found = [.. found.Select(folder => Claim(folder, taken, owners, running))];

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

    private static FoundFolder Read(string path)
    {
        try
        {
            return new FoundFolder(path, PluginFolder.Read(path), null);
        }
        catch (PluginFault fault)
        {
            return new FoundFolder(path, null, fault.Message);
        }
    }

    private static FoundFolder Claim(FoundFolder found, IReadOnlyCollection<string> taken, Dictionary<string, string> owners, IReadOnlyDictionary<string, string> running) =>
        found.Files is not { Manifest: var manifest, Main.Path: var file } ? found
        : taken.Contains(manifest.Id) ? new FoundFolder(found.Path, null, $"{file}: the id \"{manifest.Id}\" belongs to a plugin that is compiled in.") { Refused = manifest }
        : owners.TryAdd(manifest.Id, found.Path) || owners[manifest.Id] == found.Path ? found
        : new FoundFolder(found.Path, null, $"{file}: the id \"{manifest.Id}\" is that of the plugin in {owners[manifest.Id]} already{(running.ContainsKey(manifest.Id) ? ", which runs on" : "")}.") { Refused = manifest };
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
internal sealed record FoundFolder(string Path, PluginFolder? Files, string? Fault)
{
    /// <summary>What its manifest says whose id another plugin has; null: it has none, or is not refused for that.</summary>
    public PluginManifest? Refused { get; init; }

    /// <summary>What its manifest says; null: it cannot be read.</summary>
    public PluginManifest? Manifest => Files?.Manifest ?? Refused;
}
