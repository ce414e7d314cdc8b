using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Sockeye.Plugins;

namespace Sockeye;

/// <summary>A plugin of a server, with what its attribute says.</summary>
internal sealed class PluginEntry
{
    public PluginEntry(ISockeyePlugin plugin, IConfigurationSection? section)
    {
        Plugin = plugin;
        var manifest = plugin.GetType().GetCustomAttribute<SockeyePluginAttribute>();
        Id = manifest?.Id ?? plugin.GetType().Name;
        Version = manifest?.Version ?? "";
        Section = section ?? new EmptySection(manifest?.ConfigurationSection ?? Id);
    }

    public ISockeyePlugin Plugin { get; }

    public string Id { get; }

    public string Version { get; }

    public IConfigurationSection Section { get; }

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
