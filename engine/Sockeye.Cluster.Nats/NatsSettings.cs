using System.Globalization;
using Microsoft.Extensions.Configuration;
using Sockeye.Hosting;

namespace Sockeye.Cluster.Nats;

/// <summary>The options of the bus as a section of the configuration, read strictly: what is unknown or no value of its kind is a fault, and all of them are told together. It has no state.</summary>
internal static class NatsSettings
{
    private static readonly Dictionary<string, Func<NatsBusOptions, string, string?>> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(NatsBusOptions.Servers)] = static (options, text) => Text(text, value => options.Servers = value.Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        [nameof(NatsBusOptions.User)] = static (options, text) => Text(text, value => options.User = value),
        [nameof(NatsBusOptions.Password)] = static (options, text) => Text(text, value => options.Password = value),
        [nameof(NatsBusOptions.Token)] = static (options, text) => Text(text, value => options.Token = value),
        [nameof(NatsBusOptions.NKeySeed)] = static (options, text) => Text(text, value => options.NKeySeed = value),
        [nameof(NatsBusOptions.CredentialsFile)] = static (options, text) => Text(text, value => options.CredentialsFile = value),
        [nameof(NatsBusOptions.Tls)] = static (options, text) => Flag(text, value => options.Tls = value),
        [nameof(NatsBusOptions.CaFile)] = static (options, text) => Text(text, value => options.CaFile = value),
        [nameof(NatsBusOptions.CertificateFile)] = static (options, text) => Text(text, value => options.CertificateFile = value),
        [nameof(NatsBusOptions.KeyFile)] = static (options, text) => Text(text, value => options.KeyFile = value),
        [nameof(NatsBusOptions.AllowPlaintext)] = static (options, text) => Flag(text, value => options.AllowPlaintext = value),
        [nameof(NatsBusOptions.AllowAnonymous)] = static (options, text) => Flag(text, value => options.AllowAnonymous = value),
        [nameof(NatsBusOptions.ConnectTimeout)] = static (options, text) => Time(text, value => options.ConnectTimeout = value),
        [nameof(NatsBusOptions.StartTimeout)] = static (options, text) => Time(text, value => options.StartTimeout = value),
        [nameof(NatsBusOptions.ProbeInterval)] = static (options, text) => Time(text, value => options.ProbeInterval = value),
        [nameof(NatsBusOptions.ReconnectWait)] = static (options, text) => Time(text, value => options.ReconnectWait = value),
        [nameof(NatsBusOptions.OutageBytes)] = static (options, text) => Number(text, value => options.OutageBytes = value),
        [nameof(NatsBusOptions.OutageTime)] = static (options, text) => Time(text, value => options.OutageTime = value),
        [nameof(NatsBusOptions.PendingMessages)] = static (options, text) => Number(text, value => options.PendingMessages = value),
        [nameof(NatsBusOptions.PendingBytes)] = static (options, text) => Number(text, value => options.PendingBytes = value),
    };

    /// <summary>Every key that there is.</summary>
    public static IEnumerable<string> Names => Keys.Keys;

    /// <summary>Fills options, and checks them.</summary>
    /// <returns>A sentence for each fault, which begins with its key; empty if there are none.</returns>
    public static List<string> Bind(NatsBusOptions options, IConfiguration section)
    {
        var path = (section as IConfigurationSection)?.Path is { Length: > 0 } known ? known + ":" : "";
        List<string> faults = [];
        if (!string.IsNullOrEmpty((section as IConfigurationSection)?.Value))
        {
            faults.Add($"{path.TrimEnd(':')}: is a group of settings and takes no value of its own; did you mean {path}{nameof(options.Servers)}?");
        }

        foreach (var child in section.GetChildren())
        {
            if (!Keys.TryGetValue(child.Key, out var set))
            {
                faults.Add($"{path}{child.Key}: unknown key; {OptionSuggestion.For(child.Key, Keys.Keys, [], $"there are {string.Join(", ", Keys.Keys)}")}");
            }
            else if (child.Value is null && !child.Key.Equals(nameof(options.Servers), StringComparison.OrdinalIgnoreCase))
            {
                faults.Add($"{path}{child.Key}: takes one value, not a group");
            }
            else if (set(options, child.Value ?? string.Join(';', child.GetChildren().Select(static item => item.Value))) is { } wanted)
            {
                // The value is not repeated: it may be a secret under the wrong key.
                faults.Add($"{path}{child.Key}: is not {wanted}");
            }
        }

        return faults.Count > 0 ? faults : [.. options.Validate().Select(fault => $"{path.TrimEnd(':')}: {fault}".TrimStart(':', ' '))];
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
        // A number alone would be days, which nobody means who writes 25.
        if (text != "0" && (!text.Contains(':', StringComparison.Ordinal) || !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _)))
        {
            return "a duration like 00:00:25";
        }

        set(TimeSpan.Parse(text, CultureInfo.InvariantCulture));
        return null;
    }
}
