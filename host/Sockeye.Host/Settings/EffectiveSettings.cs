using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Administration;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host.Settings;

/// <summary>What settings come to: a default that is written down changes nothing, nor does <c>0:0:10</c> in the place of <c>00:00:10</c>. It has no state.</summary>
/// <remarks>Where it is not certain that a default holds, such as below <see cref="ServerPreset.Hardened"/>, in a group that has just come, or beside variables of OpenTelemetry, none is taken for one.</remarks>
internal static class EffectiveSettings
{
    private const string Listeners = nameof(SockeyeServerOptions.Listeners);
    private const string Administration = AdministrationSettings.Section;
    private const string Cluster = "Cluster";

    // Of two names of one setting neither is at its default because it is not said, and operators share their port where clients do.
    private static readonly string[] s_withoutDefault = ["Path", "Engine:Path", $"{Administration}:Path", $"{Administration}:Engine:Path", $"{Administration}:{nameof(SockeyeServerOptions.ReusePort)}"];

    private static readonly Dictionary<string, ConfigurationKey> s_keys = Keys().ToDictionary(static key => key.Name, static key => s_withoutDefault.Contains(key.Name) ? key with { Default = null } : key, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a setting comes to the same in two readings; false where that is not known.</summary>
    /// <param name="key">Its key, of a list with the place of one value.</param>
    /// <param name="before">Every value of the one by its key.</param>
    /// <param name="now">Those of the other.</param>
    public static bool IsSame(string key, Dictionary<string, string?> before, Dictionary<string, string?> now)
    {
        var name = key;
        if (Find(name) is not { } setting)
        {
            name = key[..Math.Max(0, key.LastIndexOf(':'))];
            if (Find(name) is not { IsList: true } list)
            {
                return false;
            }

            setting = list;
        }

        var hasDefault = HasDefault(name, setting, before) && HasDefault(name, setting, now);
        return Value(before) is { } value && value == Value(now);

        string? Value(Dictionary<string, string?> settings) => (Said(name, setting, settings) ?? (hasDefault ? Default(setting, settings) : null)) is { } text ? Plain(setting.Value, text) : null;
    }

    private static ConfigurationKey? Find(string key)
    {
        var steps = key.Split(':');
        if (steps.Length > 2 && Is(steps[0], "Logging") && Is(steps[^2], "LogLevel"))
        {
            return new ConfigurationKey(key, ConfigurationValue.Choice, Is(key, "Logging:LogLevel:Default") ? nameof(LogLevel.Information) : null);
        }

        if (steps.Length > 2 && Is(steps[0], Listeners))
        {
            steps[1] = "NAME";
        }

        return s_keys.GetValueOrDefault(string.Join(':', steps)) ?? PluginKeys.Find(key);
    }

    private static string? Said(string name, ConfigurationKey setting, Dictionary<string, string?> settings)
    {
        if (!setting.IsList)
        {
            return settings.GetValueOrDefault(name);
        }

        string[] said = [.. settings.Where(one => Is(one.Key, name) || IsBelow(one.Key, name)).OrderBy(static one => one.Key, ConfigurationKeyComparer.Instance).Select(static one => one.Value!)];
        return said.Length > 0 ? string.Join(';', said) : null;
    }

    private static string? Default(ConfigurationKey setting, Dictionary<string, string?> settings) =>
        setting.Name == nameof(HostConfiguration.Playground) && settings.GetValueOrDefault(nameof(SockeyeServerOptions.Development)) is { } development ? development : setting.Default;

    private static bool HasDefault(string name, ConfigurationKey setting, Dictionary<string, string?> settings)
    {
        var steps = name.Split(':');
        var section = setting.Name.Split(':')[0];
        if (section is BuiltInPlugins.Section && steps.Any(static step => step.All(char.IsAsciiDigit)))
        {
            return false; // what stands in a list has a default that depends on what stands beside it
        }

        // Without the group what it belongs to is off.
        var group = section is BuiltInPlugins.Section or Listeners ? $"{steps[0]}:{steps[1]}"
            : section is Administration or Cluster ? section
            : setting.IsInAbsentGroup ? string.Join(':', steps[..^1])
            : null;
        return (group is null || HasGroup(group))
            && !Is(settings.GetValueOrDefault((section is Administration ? $"{section}:" : "") + nameof(SockeyeServerOptions.Preset)), nameof(ServerPreset.Hardened))
            && !(setting.Name is nameof(SockeyeServerOptions.Urls) && HasGroup(Listeners))
            && !(section is TelemetrySettings.Section && TelemetryVariables.Of(Environment.GetEnvironmentVariables()).Count > 0);

        bool HasGroup(string name) => settings.Keys.Any(key => IsBelow(key, name));
    }

    private static string Plain(ConfigurationValue kind, string text) => kind switch
    {
        ConfigurationValue.Number when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number.ToString(CultureInfo.InvariantCulture),
        ConfigurationValue.Duration when DurationText.TryParse(text, out var time) => time.ToString("c", CultureInfo.InvariantCulture),
        ConfigurationValue.Flag or ConfigurationValue.Choice => text.ToUpperInvariant(),
        _ => text,
    };

    private static bool Is(string? one, string other) => other.Equals(one, StringComparison.OrdinalIgnoreCase);

    private static bool IsBelow(string key, string group) => key.StartsWith(group + ":", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<ConfigurationKey> Keys()
    {
        SockeyeServerOptions clients = new() { Urls = [HostConfiguration.ClientUrl] }, operators = new();
        AdministrationSettings.Defaults(operators);
        return
        [
            .. SockeyeHostingExtensions.ConfigurationKeys(clients),
            .. Below(Administration, [.. SockeyeHostingExtensions.ConfigurationKeys(operators), .. HealthRules.Described]),
            .. Below(HostCluster.Section, NatsBuilderExtensions.ConfigurationKeys()),
            .. TelemetrySettings.Keys,
            new(nameof(HostConfiguration.WatchSettings), ConfigurationValue.Flag, "true"),
            new(nameof(HostConfiguration.Playground), ConfigurationValue.Flag, FormattableString.Invariant($"{clients.Development}")),
            new(HostLogging.FormatKey, ConfigurationValue.Choice, nameof(LogFormat.Text)),
        ];

        static IEnumerable<ConfigurationKey> Below(string section, IEnumerable<ConfigurationKey> keys) => keys.Select(key => key with { Name = $"{section}:{key.Name}" });
    }
}
