using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.Host.Administration;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host.Settings;

/// <summary>What settings come to: a default that is written down changes nothing, nor does <c>0:0:10</c> in the place of <c>00:00:10</c>. It has no state.</summary>
/// <remarks>Where it is not certain that a default holds, such as below <see cref="ServerPreset.Hardened"/>, in a group that has just come, or beside variables of OpenTelemetry, none is taken for one.</remarks>
internal static class EffectiveSettings
{
    // What stands for the name of a listener in the keys of all.
    private const string AnyListener = "NAME";

    private const string ClientUrl = "http://127.0.0.1:3000";
    private const string LevelGroup = "LogLevel";
    private const string DefaultLevel = $"Logging:{LevelGroup}:Default";

    // Groups that turn something on when they come.
    private static readonly string[] s_switches = [AdministrationSettings.Section, "Cluster", TelemetrySettings.Section];

    private static readonly Dictionary<string, ConfigurationKey> s_keys = Keys().ToDictionary(static key => key.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a setting comes to the same in two readings; false where that is not known.</summary>
    /// <param name="key">Its key, of a list with the place of one value.</param>
    /// <param name="before">Every value of the one by its key.</param>
    /// <param name="now">Those of the other.</param>
    public static bool IsSame(string key, Dictionary<string, string?> before, Dictionary<string, string?> now)
    {
        var (name, setting) = Find(key);
        if (setting is null && key.LastIndexOf(':') is > 0 and var end && Find(key[..end]) is { Setting.IsList: true } list)
        {
            (name, setting) = list;
        }

        return setting is not null && Value(name, setting, before, now) is { } value && value == Value(name, setting, now, before);
    }

    private static (string Name, ConfigurationKey? Setting) Find(string key)
    {
        var steps = key.Split(':');
        if (steps.Length > 2 && IsAny(steps[0], nameof(SockeyeServerOptions.Listeners)))
        {
            steps[1] = AnyListener;
        }

        var isLevel = steps.Length > 2 && IsAny(steps[0], "Logging") && IsAny(steps[^2], LevelGroup);
        return (key, s_keys.GetValueOrDefault(string.Join(':', steps)) ?? (isLevel ? new ConfigurationKey(key, ConfigurationValue.Choice, null) : null));
    }

    /// <summary>The value as it is read; null: none is known.</summary>
    private static string? Value(string name, ConfigurationKey setting, Dictionary<string, string?> settings, Dictionary<string, string?> other)
    {
        string?[] said = [settings.GetValueOrDefault(name), .. setting.IsList ? settings.Where(one => one.Key.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).OrderBy(static one => one.Key, ConfigurationKeyComparer.Instance).Select(static one => one.Value) : []];
        var text = string.Join(';', said.Where(static one => one is not null));
        return said.Any(static one => one is not null) ? Plain(setting.Value, text)
            : Default(name, setting, settings) is { } value && HasDefault(name, setting, settings) && HasDefault(name, setting, other) ? Plain(setting.Value, value)
            : null;
    }

    private static string? Default(string name, ConfigurationKey setting, Dictionary<string, string?> settings) =>
        IsAny(name, nameof(HostConfiguration.Playground)) && settings.GetValueOrDefault(nameof(SockeyeServerOptions.Development)) is { } development ? development : setting.Default;

    private static bool HasDefault(string name, ConfigurationKey setting, Dictionary<string, string?> settings)
    {
        var steps = name.Split(':');
        var prefix = IsAny(steps[0], AdministrationSettings.Section) ? AdministrationSettings.Section + ":" : "";
        var group = IsAny(steps[0], nameof(SockeyeServerOptions.Listeners)) ? $"{steps[0]}:{steps[1]}"
            : s_switches.Contains(steps[0], StringComparer.OrdinalIgnoreCase) ? steps[0]
            : setting.IsInAbsentGroup ? string.Join(':', steps[..^1])
            : null;
        return (group is null || HasGroup(settings, group))
            && !IsAny(settings.GetValueOrDefault(prefix + nameof(SockeyeServerOptions.Preset)) ?? "", nameof(ServerPreset.Hardened))
            && !(IsAny(name, nameof(SockeyeServerOptions.Urls)) && HasGroup(settings, nameof(SockeyeServerOptions.Listeners)))
            && !(IsAny(steps[0], TelemetrySettings.Section) && TelemetryVariables.Of(Environment.GetEnvironmentVariables()).Count > 0);
    }

    private static bool HasGroup(Dictionary<string, string?> settings, string group) => settings.Keys.Any(key => key.StartsWith(group + ":", StringComparison.OrdinalIgnoreCase));

    private static string Plain(ConfigurationValue kind, string text) => kind switch
    {
        ConfigurationValue.Number when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number.ToString(CultureInfo.InvariantCulture),
        ConfigurationValue.Duration when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) => time.ToString("c", CultureInfo.InvariantCulture),
        ConfigurationValue.Flag or ConfigurationValue.Choice => text.ToUpperInvariant(),
        _ => text,
    };

    private static bool IsAny(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<ConfigurationKey> Keys()
    {
        // Of two names of one setting neither is at its default because it is not said, and the host has its own IdleTrim.
        ConfigurationKey[] server =
        [
            .. SockeyeHostingExtensions.ConfigurationKeys().Select(static key => key.Name switch
            {
                "Path" or "Engine:Path" or nameof(SockeyeServerOptions.IdleTrim) => key with { Default = null },
                nameof(SockeyeServerOptions.Urls) => key with { Default = ClientUrl },
                _ => key,
            }),
        ];
        SockeyeServerOptions operators = new();
        AdministrationSettings.Defaults(operators);
        return
        [
            .. server,
            .. server.Where(static key => !key.Name.StartsWith(nameof(SockeyeServerOptions.Listeners) + ":", StringComparison.Ordinal) && !key.Name.StartsWith("Cluster:", StringComparison.Ordinal)).Select(key => key with
            {
                Name = $"{AdministrationSettings.Section}:{key.Name}",
                Default = key.Name switch
                {
                    nameof(operators.Urls) => string.Join(';', operators.Urls),
                    nameof(operators.EventLoops) => FormattableString.Invariant($"{operators.EventLoops}"),
                    nameof(operators.MaxConnections) => FormattableString.Invariant($"{operators.MaxConnections}"),
                    nameof(operators.DrainTime) => FormattableString.Invariant($"{operators.DrainTime}"),
                    nameof(operators.StopTimeout) => FormattableString.Invariant($"{operators.StopTimeout}"),
                    nameof(operators.ReusePort) => null, // as that of clients
                    _ => key.Default,
                },
            }),
            .. HealthRules.Described.Select(static key => key with { Name = $"{AdministrationSettings.Section}:{key.Name}" }),
            .. NatsBuilderExtensions.ConfigurationKeys().Select(static key => key with { Name = $"{HostCluster.Section}:{key.Name}" }),
            .. TelemetrySettings.Keys.Select(static key => key with { IsInAbsentGroup = false }),
            new(nameof(HostConfiguration.WatchSettings), ConfigurationValue.Flag, "true"),
            new(nameof(HostConfiguration.Playground), ConfigurationValue.Flag, FormattableString.Invariant($"{new SockeyeServerOptions().Development}")),
            new(HostLogging.FormatKey, ConfigurationValue.Choice, nameof(LogFormat.Text)),
            new(DefaultLevel, ConfigurationValue.Choice, nameof(LogLevel.Information)),
        ];
    }
}
