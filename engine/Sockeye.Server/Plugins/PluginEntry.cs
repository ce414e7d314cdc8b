using System.Reflection;
using System.Runtime.Loader;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Sockeye.Plugins;

namespace Sockeye.Server.Plugins;

/// <summary>A plugin of a server, with what its attribute says.</summary>
internal sealed class PluginEntry
{
    /// <param name="plugin">Its object.</param>
    /// <param name="section">Its configuration; null: none.</param>
    /// <param name="folder">Where it was loaded from; null: it was compiled in.</param>
    /// <param name="loadContext">Where its code is, if that can be unloaded.</param>
    /// <param name="taken">Ids of others; one that has none of its own gets another one.</param>
    /// <exception cref="ArgumentException">Its own id is taken.</exception>
    public PluginEntry(ISockeyePlugin plugin, IConfigurationSection? section, string? folder = null, AssemblyLoadContext? loadContext = null, IReadOnlyCollection<string>? taken = null)
    {
        Folder = folder;
        LoadContext = loadContext;
        Plugin = plugin;
        var manifest = plugin.GetType().GetCustomAttribute<SockeyePluginAttribute>();
        Id = manifest is not null && taken?.Contains(manifest.Id) == true
            ? throw new ArgumentException($"There is a plugin \"{manifest.Id}\" already: {plugin.GetType()} has the same id.", nameof(plugin))
            : manifest?.Id ?? FreeName(plugin.GetType().Name, taken ?? []);
        Version = manifest?.Version ?? "";
        WhenFaulted = manifest?.WhenFaulted ?? FaultMode.Open;
        Refusals = manifest?.Refusals ?? RefusalAnswer.Event;
        Section = section ?? new EmptySection(manifest?.ConfigurationSection ?? Id);
    }

    public ISockeyePlugin Plugin { get; }

    public string Id { get; }

    public string Version { get; }

    /// <summary>What becomes of what a hook of it should decide, while that fails, unless its section closes it.</summary>
    public FaultMode WhenFaulted { get; }

    /// <summary>What a client hears of an event that it refuses, unless its section says otherwise.</summary>
    public RefusalAnswer Refusals { get; }

    public IConfigurationSection Section { get; }

    public string? Folder { get; }

    public AssemblyLoadContext? LoadContext { get; }

    /// <summary>What the folder held; null: it was compiled in.</summary>
    public string? Stamp { get; init; }

    private static string FreeName(string name, IReadOnlyCollection<string> taken)
    {
        var free = name;
        for (var i = 2; taken.Contains(free); i++)
        {
            free = $"{name}-{i}";
        }

        return free;
    }

    /// <summary>The section of a plugin that was configured nowhere.</summary>
    private sealed class EmptySection(string key) : IConfigurationSection
    {
        private static readonly IChangeToken Never = new CancellationChangeToken(CancellationToken.None);

        public string Key => key;

        public string Path => key;

        public string? Value
        {
            get => null;
            set => throw new NotSupportedException("This section is empty and stays so.");
        }

        public string? this[string key]
        {
            get => null;
            set => throw new NotSupportedException("This section is empty and stays so.");
        }

        public IEnumerable<IConfigurationSection> GetChildren() => [];

        public IChangeToken GetReloadToken() => Never;

        public IConfigurationSection GetSection(string key) => new EmptySection($"{Path}:{key}");
    }
}
