using System.Text.Json;

namespace Sockeye.Server.Plugins;

/// <summary>The files of a plugin by what they are asked for: assemblies, those of a culture, native libraries. Of assets for several systems the nearest to this one counts, as its .deps.json lists them. Any thread.</summary>
internal sealed class PluginFiles
{
    private readonly IReadOnlyDictionary<string, byte[]> _all;
    private readonly Dictionary<string, string> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _native = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="folder">For sentences.</param>
    /// <param name="all">The files by their path in the folder, with slashes.</param>
    /// <param name="facts">The assemblies and libraries that lie in the folder itself.</param>
    public PluginFiles(string folder, IReadOnlyDictionary<string, byte[]> all, IEnumerable<AssemblyFacts> facts)
    {
        _all = all;
        foreach (var known in facts)
        {
            var file = Path.GetFileName(known.Path);
            (known.Name is null ? _native : _assemblies)[known.Name?.Name ?? file] = file;
        }

        foreach (var name in all.Keys.Where(static name => !name.Contains('/', StringComparison.Ordinal) && !IsManaged(name) && !name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)))
        {
            _native.TryAdd(name, name);
        }

        var listed = Listed(folder, all);
        foreach (var system in SystemNames.NearestLast)
        {
            foreach (var (path, rid, isNative) in listed.Where(asset => asset.Rid == system))
            {
                if (all.ContainsKey(path))
                {
                    (isNative ? _native : _assemblies)[isNative ? Path.GetFileName(path) : Path.GetFileNameWithoutExtension(path)] = path;
                }
            }
        }
    }

    /// <summary>The native libraries for this system, by the names of their files.</summary>
    public IEnumerable<KeyValuePair<string, byte[]>> Native => _native.Select(known => KeyValuePair.Create(known.Key, _all[known.Value]));

    public bool Has(string assembly) => _assemblies.ContainsKey(assembly);

    public bool HasNative(string file) => _native.ContainsKey(file);

    /// <summary>An assembly and its symbols; null: it is not here.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="culture">Of which culture; null or empty: of none.</param>
    public (byte[] Assembly, byte[]? Symbols)? Find(string name, string? culture)
    {
        if (!string.IsNullOrEmpty(culture))
        {
            return _all.TryGetValue($"{culture}/{name}.dll", out var texts) ? (texts, null) : null;
        }

        return _assemblies.TryGetValue(name, out var path) ? (_all[path], _all.GetValueOrDefault(Path.ChangeExtension(path, ".pdb"))) : null;
    }

    private static bool IsManaged(string name) =>
        name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase);

    /// <summary>The assets below <c>runtimes</c>: those that the .deps.json lists, or if there is none those that are there.</summary>
    private static List<(string Path, string Rid, bool IsNative)> Listed(string folder, IReadOnlyDictionary<string, byte[]> all)
    {
        List<(string, string, bool)> assets = [];
        var lists = all.Where(static file => file.Key.EndsWith(".deps.json", StringComparison.OrdinalIgnoreCase) && !file.Key.Contains('/', StringComparison.Ordinal)).ToArray();
        foreach (var (name, bytes) in lists)
        {
            try
            {
                using var json = JsonDocument.Parse(bytes);
                foreach (var target in json.RootElement.GetProperty("targets").EnumerateObject())
                {
                    foreach (var library in target.Value.EnumerateObject())
                    {
                        if (library.Value.TryGetProperty("runtimeTargets", out var found))
                        {
                            assets.AddRange(found.EnumerateObject().Select(static asset => (
                                asset.Name, asset.Value.GetProperty("rid").GetString() ?? "", asset.Value.GetProperty("assetType").GetString() == "native")));
                        }
                    }
                }
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                throw new PluginFault($"{Path.Combine(folder, name)} is not what the build of a plugin writes: {fault.Message.Split(" LineNumber:", 2)[0]}", fault);
            }
        }

        if (lists.Length == 0)
        {
            foreach (var path in all.Keys.Where(static path => !path.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase)))
            {
                if (path.Split('/') is ["runtimes", var rid, "native" or "lib", ..] steps)
                {
                    assets.Add((path, rid, steps[2] == "native"));
                }
            }
        }

        return assets;
    }
}

/// <summary>What this system is called in packages, from the most general name to the nearest.</summary>
internal static class SystemNames
{
    public static IReadOnlyList<string> NearestLast { get; } = Make();

    private static string[] Make()
    {
        var own = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;
        var processor = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var isMusl = own.Contains("musl", StringComparison.Ordinal) || own.StartsWith("alpine", StringComparison.Ordinal);
        string[] names =
        [
            "any",
            .. OperatingSystem.IsWindows() ? ["win", $"win-{processor}"]
                : OperatingSystem.IsMacOS() ? ["unix", $"unix-{processor}", "osx", $"osx-{processor}"]
                : OperatingSystem.IsLinux() ? (string[])["unix", $"unix-{processor}", "linux", $"linux-{processor}", .. isMusl ? (string[])["linux-musl", $"linux-musl-{processor}"] : []]
                : ["unix"],
            own,
        ];
        return [.. names.Distinct()];
    }
}
