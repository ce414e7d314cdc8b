using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Sockeye.Host.Settings;

/// <summary>A JSON file with settings that may be many, such as 10,000 keys of clients: what stands below a section is looked up.</summary>
/// <remarks>Otherwise as the source of .NET, which goes through the whole file for each section that is asked for, so that reading all of it takes the square of its length.</remarks>
internal sealed class SettingsSource : JsonConfigurationSource
{
    /// <summary>The file that settings are read from.</summary>
    public static string PathOf(FileConfigurationProvider file) => System.IO.Path.Combine((file.Source.FileProvider as PhysicalFileProvider)?.Root ?? "", file.Source.Path ?? HostConfiguration.FileName);

    /// <inheritdoc />
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    /// <summary>The settings of one file, with an index of its sections that is made when one is asked for first, and anew when the file was read again. Any thread.</summary>
    internal class Provider(JsonConfigurationSource source) : JsonConfigurationProvider(source)
    {
        private volatile Index? _index;

        /// <summary>Whether the file was there when it was read.</summary>
        public bool WasThere { get; private set; }

        /// <summary>Takes what another reading of the file has found; nobody is told yet.</summary>
        public void Take(Provider next) => (Data, WasThere) = (next.Data, next.WasThere);

        /// <inheritdoc />
        public override void Load(Stream stream)
        {
            base.Load(stream);
            WasThere = true;
        }

        /// <summary>Whoever listens to the settings hears that they have changed.</summary>
        public void Tell() => OnReload();

        /// <inheritdoc />
        public override void Set(string key, string? value)
        {
            base.Set(key, value);
            _index = null;
        }

        /// <inheritdoc />
        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            var index = _index;
            if (index is null || !ReferenceEquals(index.Of, Data))
            {
                _index = index = new Index(Data);
            }

            List<string> keys = [.. index.Below(parentPath), .. earlierKeys];
            keys.Sort(ConfigurationKeyComparer.Instance);
            return keys;
        }
    }

    private sealed class Index
    {
        private readonly Dictionary<string, List<string>> _below = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<string> _top = [];

        public Index(IDictionary<string, string?> settings)
        {
            Of = settings;
            HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
            foreach (var key in settings.Keys)
            {
                // Up from the setting to the first section that is known.
                for (var path = key; path is not null && seen.Add(path);)
                {
                    var parent = ConfigurationPath.GetParentPath(path);
                    ListOf(parent).Add(ConfigurationPath.GetSectionKey(path));
                    path = parent;
                }
            }
        }

        public IDictionary<string, string?> Of { get; }

        /// <param name="path">The section; null: all of it.</param>
        public List<string> Below(string? path) => path is null ? _top : _below.GetValueOrDefault(path) ?? [];

        private List<string> ListOf(string? parent)
        {
            if (parent is null)
            {
                return _top;
            }

            if (!_below.TryGetValue(parent, out var children))
            {
                _below.Add(parent, children = []);
            }

            return children;
        }
    }
}
