using System.Globalization;
using Microsoft.Extensions.Configuration;
using Sockeye.Hosting;

namespace Sockeye.Cluster.Nats;

/// <summary>The options of the bus as a section of the configuration, read strictly: what is unknown or no value of its kind is a fault, and all of them are told together. It has no state.</summary>
internal static class NatsSettings
{
    private static readonly Key[] s_keys =
    [
        new(nameof(NatsBusOptions.Servers), ConfigurationValue.Text, static options => string.Join(';', options.Servers), static (options, text) => Text(text, value => options.Servers = value.Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))),
        new(nameof(NatsBusOptions.User), ConfigurationValue.Text, static options => options.User, static (options, text) => Text(text, value => options.User = value)),
        new(nameof(NatsBusOptions.Password), ConfigurationValue.Text, static options => options.Password, static (options, text) => Text(text, value => options.Password = value)),
        new(nameof(NatsBusOptions.Token), ConfigurationValue.Text, static options => options.Token, static (options, text) => Text(text, value => options.Token = value)),
        new(nameof(NatsBusOptions.NKeySeed), ConfigurationValue.Text, static options => options.NKeySeed, static (options, text) => Text(text, value => options.NKeySeed = value)),
        new(nameof(NatsBusOptions.CredentialsFile), ConfigurationValue.Text, static options => options.CredentialsFile, static (options, text) => Text(text, value => options.CredentialsFile = value)),
        new(nameof(NatsBusOptions.Tls), ConfigurationValue.Flag, static options => options.Tls, static (options, text) => Flag(text, value => options.Tls = value)),
        new(nameof(NatsBusOptions.CaFile), ConfigurationValue.Text, static options => options.CaFile, static (options, text) => Text(text, value => options.CaFile = value)),
        new(nameof(NatsBusOptions.CertificateFile), ConfigurationValue.Text, static options => options.CertificateFile, static (options, text) => Text(text, value => options.CertificateFile = value)),
        new(nameof(NatsBusOptions.KeyFile), ConfigurationValue.Text, static options => options.KeyFile, static (options, text) => Text(text, value => options.KeyFile = value)),
        new(nameof(NatsBusOptions.AllowPlaintext), ConfigurationValue.Flag, static options => options.AllowPlaintext, static (options, text) => Flag(text, value => options.AllowPlaintext = value)),
        new(nameof(NatsBusOptions.AllowAnonymous), ConfigurationValue.Flag, static options => options.AllowAnonymous, static (options, text) => Flag(text, value => options.AllowAnonymous = value)),
        new(nameof(NatsBusOptions.ConnectTimeout), ConfigurationValue.Duration, static options => options.ConnectTimeout, static (options, text) => Time(text, value => options.ConnectTimeout = value)),
        new(nameof(NatsBusOptions.StartTimeout), ConfigurationValue.Duration, static options => options.StartTimeout, static (options, text) => Time(text, value => options.StartTimeout = value)),
        new(nameof(NatsBusOptions.ProbeInterval), ConfigurationValue.Duration, static options => options.ProbeInterval, static (options, text) => Time(text, value => options.ProbeInterval = value)),
        new(nameof(NatsBusOptions.ReconnectWait), ConfigurationValue.Duration, static options => options.ReconnectWait, static (options, text) => Time(text, value => options.ReconnectWait = value)),
        new(nameof(NatsBusOptions.OutageBytes), ConfigurationValue.Number, static options => options.OutageBytes, static (options, text) => Number(text, value => options.OutageBytes = value)),
        new(nameof(NatsBusOptions.OutageTime), ConfigurationValue.Duration, static options => options.OutageTime, static (options, text) => Time(text, value => options.OutageTime = value)),
        new(nameof(NatsBusOptions.PendingMessages), ConfigurationValue.Number, static options => options.PendingMessages, static (options, text) => Number(text, value => options.PendingMessages = value)),
        new(nameof(NatsBusOptions.PendingBytes), ConfigurationValue.Number, static options => options.PendingBytes, static (options, text) => Number(text, value => options.PendingBytes = value)),
    ];

    private static readonly Dictionary<string, Key> Keys = s_keys.ToDictionary(static key => key.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every key that there is.</summary>
    public static IReadOnlyList<ConfigurationKey> Described()
    {
        var defaults = new NatsBusOptions();
        return
        [
            .. s_keys.Select(key => new ConfigurationKey(key.Name, key.Kind, key.Get(defaults) is { } value ? FormattableString.Invariant($"{value}") : null)
            {
                IsList = key.Name == nameof(NatsBusOptions.Servers),
                IsOptional = key.Get(defaults) is null,
            }),
        ];
    }

    /// <summary>Fills options, and checks them.</summary>
    /// <returns>A sentence for each fault, which begins with its key; empty if there are none.</returns>
    public static List<string> Bind(NatsBusOptions options, IConfiguration section)
    {
        var path = (section as IConfigurationSection)?.Path is { Length: > 0 } known ? known + ":" : "";
        List<string> faults = [];
        HashSet<string> meant = new(StringComparer.Ordinal);
        if (!string.IsNullOrEmpty((section as IConfigurationSection)?.Value))
        {
            faults.Add($"{path.TrimEnd(':')}: is a group of settings and takes no value of its own; did you mean {path}{nameof(options.Servers)}?");
        }

        foreach (var child in section.GetChildren())
        {
            if (!Keys.TryGetValue(child.Key, out var key))
            {
                var suggestion = OptionSuggestion.For(child.Key, Keys.Keys, [], "", path);
                meant.UnionWith(OptionSuggestion.Near(child.Key, Keys.Keys, []));
                faults.Add($"{path}{child.Key}: unknown key; {(suggestion.Length > 0 ? suggestion : $"there are {string.Join(", ", Keys.Keys)}")}");
            }
            else if (child.Value is null && !child.Key.Equals(nameof(options.Servers), StringComparison.OrdinalIgnoreCase))
            {
                faults.Add($"{path}{child.Key}: takes one value, not a group");
            }
            else if (key.Set(options, child.Value ?? string.Join(';', child.GetChildren().Select(static item => item.Value))) is { } wanted)
            {
                // The value is not repeated: it may be a secret under the wrong key.
                faults.Add($"{path}{child.Key}: is not {wanted}");
            }
        }

        // What an unknown key was to say would be missed here.
        return [.. faults, .. NatsOptionRules.Check(options).Where(fault => !fault.Missing.Any(meant.Contains)).Select(fault => $"{path.TrimEnd(':')}: {fault.Sentence}".TrimStart(':', ' '))];
    }

    private static string? Text(string text, Action<string> set)
    {
        set(text);
        return null;
    }

    private static string? Flag(string text, Action<bool> set)
    {
        if (!bool.TryParse(text, out var value))
        {
            return "true or false";
        }

        set(value);
        return null;
    }

    private static string? Number(string text, Action<int> set)
    {
        if (!int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value))
        {
            return "a whole number below 2^31";
        }

        set(value);
        return null;
    }

    private static string? Time(string text, Action<TimeSpan> set)
    {
        if (!DurationText.TryParse(text, out var value))
        {
            return "a duration like 00:00:25";
        }

        set(value);
        return null;
    }

    /// <summary>A setting.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Kind">What a value looks like.</param>
    /// <param name="Get">Reads it.</param>
    /// <param name="Set">Writes it, or says what was wanted.</param>
    private sealed record Key(string Name, ConfigurationValue Kind, Func<NatsBusOptions, object?> Get, Func<NatsBusOptions, string, string?> Set);
}
