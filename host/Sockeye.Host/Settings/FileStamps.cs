using Microsoft.Extensions.Configuration;

namespace Sockeye.Host.Settings;

/// <summary>What files with settings look like at one moment: those of the host, and those that plugins are told of by keys that end in <c>File</c>. Does not change.</summary>
/// <remarks>Of each file its time, its length and where it is behind links: nothing is read.</remarks>
internal sealed class FileStamps : IEquatable<FileStamps>
{
    private readonly IReadOnlyDictionary<string, string> _files;

    internal FileStamps(IReadOnlyDictionary<string, string> files) => _files = files;

    /// <summary>The files that settings stand in and name, as they are now.</summary>
    public static FileStamps Of(IConfigurationRoot settings) => new(
        settings.Providers.OfType<FileConfigurationProvider>().Select(SettingsSource.PathOf)
            .Concat(settings.GetSection(BuiltInPlugins.Section).AsEnumerable()
                .Where(static setting => setting.Key.EndsWith("File", StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(setting.Value)).Select(static setting => setting.Value!))
            .Distinct(StringComparer.Ordinal).ToDictionary(static path => path, StampOf, StringComparer.Ordinal));

    /// <summary>The same files, each as it was at a moment before if it was looked at then.</summary>
    public FileStamps AsOf(FileStamps before) => new(_files.ToDictionary(static file => file.Key, file => before._files.GetValueOrDefault(file.Key) ?? file.Value, StringComparer.Ordinal));

    /// <inheritdoc />
    public bool Equals(FileStamps? other) => other is not null && _files.Count == other._files.Count && _files.All(file => other._files.GetValueOrDefault(file.Key) == file.Value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as FileStamps);

    /// <inheritdoc />
    public override int GetHashCode() => _files.Count;

    private static string StampOf(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            {
                file = target;
            }

            // The folder may be the link that is exchanged.
            var folder = file.Directory?.ResolveLinkTarget(returnFinalTarget: true) ?? file.Directory;
            return file.Exists ? FormattableString.Invariant($"{folder?.FullName} {file.Name} {file.LastWriteTimeUtc.Ticks} {file.Length}") : "-";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "?";
        }
    }
}
