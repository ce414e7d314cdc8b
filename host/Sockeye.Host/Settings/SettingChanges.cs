using Microsoft.Extensions.Configuration;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Settings;

/// <summary>One setting that says something else than before.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Before">What it said; null: nothing.</param>
/// <param name="Now">What it says.</param>
internal sealed record SettingChange(string Key, string? Before, string? Now)
{
    // Sections whose values may be secrets: that they have changed is told, and not how.
    private static readonly string[] s_shown = ["Logging:", "Limits:", "Rates:"];

    // What takes them while the host runs, beside the options of the server that may change.
    private static readonly string[] s_live = ["Logging:", $"{BuiltInPlugins.Section}:", $"{AdministrationSettings.Section}:Users:", $"{AdministrationSettings.Section}:Tokens:"];

    /// <summary>The name of the listener that it is about; null: of none.</summary>
    public string? Listener => Key.Split(':') is [var group, var name, _, ..] && group.Equals(nameof(SockeyeServerOptions.Listeners), StringComparison.OrdinalIgnoreCase) ? name : null;

    /// <summary>The id of the plugin whose section it is in, and who decides whether it is taken; null: of none.</summary>
    public string? Plugin => !IsOfEngine && Key.Split(':') is [var group, var id, _, ..] && group.Equals(BuiltInPlugins.Section, StringComparison.OrdinalIgnoreCase) ? id : null;

    /// <summary>Whether it is about the listener of operators.</summary>
    public bool IsOfAdministration => Key.StartsWith($"{AdministrationSettings.Section}:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it holds without another start; what it is about has to be there before and after.</summary>
    public bool IsLive => ServerReconfiguration.TakesLive(Key) || (!IsOfEngine && s_live.Any(section => Key.StartsWith(section, StringComparison.OrdinalIgnoreCase)));

    // A plugin that comes with the host starts with it, and what its section says to the engine holds from then on.
    private bool IsOfEngine => Key.Split(':') is [var group, var id, var key] && group.Equals(BuiltInPlugins.Section, StringComparison.OrdinalIgnoreCase)
        && BuiltInPlugins.Ids.Contains(id, StringComparer.OrdinalIgnoreCase) && BuiltInPlugins.EngineKeys.ContainsKey(key);

    /// <inheritdoc />
    public override string ToString() => ServerReconfiguration.TakesLive(Key) || s_shown.Any(section => Key.StartsWith(section, StringComparison.OrdinalIgnoreCase))
        ? $"{Key}: {Before ?? "(not set)"} -> {Now ?? "(not set)"}"
        : Key;
}

/// <summary>What two readings of the settings say differently.</summary>
internal static class SettingChanges
{
    /// <summary>Every value of the settings by its key.</summary>
    public static Dictionary<string, string?> Of(IConfigurationRoot settings) =>
        settings.AsEnumerable().Where(static setting => setting.Value is not null).ToDictionary(static setting => setting.Key, static setting => setting.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>The changes, in the order of their keys. What comes to the same, such as a default that is written down, is none.</summary>
    public static IReadOnlyList<SettingChange> Between(Dictionary<string, string?> before, Dictionary<string, string?> now) =>
    [
        .. before.Keys.Union(now.Keys, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)
            .Select(key => new SettingChange(key, before.GetValueOrDefault(key), now.GetValueOrDefault(key))).Where(change => change.Before != change.Now && !EffectiveSettings.IsSame(change.Key, before, now)),
    ];
}
