using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;

namespace Sockeye.Host.Settings;

/// <summary>Says where settings were set: the file with its line, the variable, the arguments. Made when something is wrong, since it reads the files again. One thread.</summary>
/// <param name="settings">The settings.</param>
internal sealed class SettingPlaces(IConfigurationRoot settings)
{
    /// <summary>What is named where arguments have set it.</summary>
    public const string Arguments = "an argument";

    private readonly Dictionary<string, SettingsFile> _files = [];
    private string[]? _blankKeys;

    /// <summary>A sentence about a setting, which begins with its key or with a place in a file of a plugin, with where that was set.</summary>
    /// <param name="fault">The sentence, such as <c>Engine:PingIntervall: unknown key</c>, <c>MaxConnections is 0; it must be …</c>, <c>rules.json(3,14): 'evnt' is unknown</c>.</param>
    public SettingFault Of(string fault)
    {
        if (InFile(fault) is { } inFile)
        {
            return inFile;
        }

        var key = KeyOf(fault);
        var rest = fault[key.Length..];
        var joint = rest.StartsWith(": ", StringComparison.Ordinal) ? ": " : rest.StartsWith(' ') ? " " : "";
        if (joint.Length == 0 || key.StartsWith('/') || key.Contains('\\', StringComparison.Ordinal))
        {
            // It is about a file.
            return new SettingFault(null, null, null, fault);
        }

        rest = rest[joint.Length..];
        var word = rest.Split([':', ' '], 2)[0];
        if (joint == ": " && IsName(word) && IsSet($"{key}:{word}"))
        {
            // A group says which of its keys it means: "Cluster:Nats: CaFile: there is no file".
            key = $"{key}:{word}";
            rest = rest[word.Length..];
            joint = rest.StartsWith(": ", StringComparison.Ordinal) ? ": " : " ";
            rest = rest[Math.Min(joint.Length, rest.Length)..];
        }

        var (source, line, isInFile) = Find(Set(key, rest));
        return new SettingFault(source, line, key, rest) { IsInFile = isInFile, Joint = joint };
    }

    /// <summary>Where a setting was set.</summary>
    /// <param name="key">The key, or a group.</param>
    /// <returns>The file with its line, or another source, which is no file; no source: nobody has set it, or the host itself.</returns>
    public (string? Source, int? Line, bool IsInFile) Find(string key)
    {
        foreach (var provider in settings.Providers.Reverse())
        {
            if (!provider.TryGet(key, out _) && !provider.GetChildKeys([], key).Any())
            {
                continue;
            }

            if (provider is FileConfigurationProvider file)
            {
                var read = Read(file);
                return (read.Path, read.LineOf(key), true);
            }

            return provider is CommandLineConfigurationProvider ? (Arguments, null, false)
                : HostEnvironment.VariableOf(key) is { } variable ? ($"the environment variable {variable}", null, false)
                : (null, null, false);
        }

        return (null, null, false);
    }

    /// <summary>The keys that have a value, by their sources: the later ones win.</summary>
    /// <remarks>The library goes through all that it has for each section, which takes minutes with ten thousand of them: what files have is known already.</remarks>
    public IEnumerable<(string Name, string Key)> Values() => settings.Providers.SelectMany(provider =>
        provider is FileConfigurationProvider file ? Read(file).Values.Select(key => (SettingsSource.PathOf(file), key))
        : Below(provider, null).Select(key => (provider is CommandLineConfigurationProvider ? "arguments" : HostEnvironment.VariableOf(key) is null ? "" : "the environment", key)));

    private static IEnumerable<string> Below(IConfigurationProvider provider, string? path) => provider.GetChildKeys([], path).Distinct(StringComparer.OrdinalIgnoreCase)
        .Select(name => path is null ? name : $"{path}:{name}")
        .SelectMany(key => provider.TryGet(key, out _) ? [key, .. Below(provider, key)] : Below(provider, key));

    private SettingsFile Read(FileConfigurationProvider provider)
    {
        var path = SettingsSource.PathOf(provider);
        if (!_files.TryGetValue(path, out var read))
        {
            _files.Add(path, read = SettingsFile.Read(path));
        }

        return read;
    }

    /// <summary>The key at the beginning of a sentence; names of users' own may have blanks.</summary>
    private string KeyOf(string fault)
    {
        _blankKeys ??= [.. Values().Select(static setting => setting.Key).Where(static key => key.Contains(' ', StringComparison.Ordinal))];
        var plain = fault.Split(": ", 2)[0].Split(' ', 2)[0];

        // Of a list the key itself has no value: what stands below it has.
        return fault[..Math.Max(plain.Length, _blankKeys.Select(key => LongestPart(key, fault)).DefaultIfEmpty().Max())];
    }

    /// <summary>The length of the key, or of a group around it, with which a sentence begins; 0: with none.</summary>
    private static int LongestPart(string key, string fault)
    {
        for (var end = key.Length; end > 0; end = key.LastIndexOf(':', end - 1))
        {
            if (fault.Length > end && fault.AsSpan(0, end).Equals(key.AsSpan(0, end), StringComparison.OrdinalIgnoreCase) && fault[end] is ' ' or ':')
            {
                return end;
            }
        }

        return 0;
    }

    /// <summary>What has been set of what a fault speaks of: the key, another one beside it that the sentence names, or the group around it.</summary>
    private string Set(string key, string rest)
    {
        var end = key.LastIndexOf(':');
        if (IsSet(key))
        {
            return key;
        }

        var group = end < 0 ? "" : key[..(end + 1)];
        if (rest.Split([' ', ',', ';', '.', ':', '\'']).Where(IsName).Select(word => group + word).FirstOrDefault(IsSet) is { } beside)
        {
            return beside;
        }

        while (end > 0)
        {
            key = key[..end];
            if (IsSet(key))
            {
                return key;
            }

            end = key.LastIndexOf(':');
        }

        return key;
    }

    private bool IsSet(string key) => settings.Providers.Any(provider => provider.TryGet(key, out _) || provider.GetChildKeys([], key).Any());

    private static bool IsName(string word) => word.Length > 2 && char.IsAsciiLetterUpper(word[0]) && word.All(char.IsAsciiLetterOrDigit);

    /// <summary>A fault of a file that is not of the configuration: <c>rules.json(3,14): </c> stands in front. Null: it is none.</summary>
    private static SettingFault? InFile(string fault)
    {
        var end = fault.IndexOf("): ", StringComparison.Ordinal);
        var start = end < 0 ? -1 : fault.LastIndexOf('(', end);
        return start > 0 && fault[(start + 1)..end].Split(',') is [var line, _] && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && File.Exists(fault[..start])
            ? new SettingFault(fault[..start], number, null, fault[(end + 3)..])
            : null;
    }
}
