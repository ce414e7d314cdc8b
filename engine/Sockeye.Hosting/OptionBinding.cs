using Microsoft.Extensions.Configuration;

namespace Sockeye.Hosting;

/// <summary>Fills an options object from configuration, and refuses what it does not know.</summary>
/// <remarks>
/// The usual binder ignores unknown keys and stops at the first bad value. A server that starts with a misspelt limit runs without it, so
/// here every unknown key and every bad value is a fault, all are reported together, and an unknown key names its near neighbours.
/// Lists (<c>Urls</c>) take either several values or one text with <c>;</c> between them, which environment variables and arguments can carry.
/// </remarks>
internal static class OptionBinding
{
    /// <param name="configuration">The section that holds the settings.</param>
    /// <param name="options">The object to fill; settings that are absent keep their values.</param>
    /// <param name="foreign">Keys of the same section that belong to others, such as <c>Logging</c>, or <c>Cluster:Nats</c> in a group.</param>
    /// <param name="prefix">What stands before the keys where they are named.</param>
    /// <returns>All faults, each with its key; empty if there are none.</returns>
    public static List<string> Bind(IConfiguration configuration, object options, IReadOnlyList<string> foreign, string prefix = "")
    {
        var faults = new List<string>();
        var keys = OptionKey.Of(options).Select(key => key with { Name = prefix + key.Name }).ToDictionary(key => key.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in configuration.GetChildren())
        {
            if (options is SockeyeServerOptions server && child.Key.Equals(ListenerSettings.Name, StringComparison.OrdinalIgnoreCase) && !foreign.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                faults.AddRange(ListenerSettings.Bind(child, server.Listeners));
                continue;
            }

            if (options is SockeyeServerOptions && ListenerSettings.IsMeant(child))
            {
                faults.Add($"{child.Key}: unknown key; did you mean {ListenerSettings.Name}?");
                continue;
            }

            Bind(child, prefix + child.Key, options, keys, [.. foreign.Select(name => prefix + name)], faults);
        }

        return faults;
    }

    private static void Bind(
        IConfigurationSection section, string name, object options, Dictionary<string, OptionKey> keys, IReadOnlyList<string> foreign, List<string> faults)
    {
        if (foreign.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        if (keys.TryGetValue(name, out var key))
        {
            Apply(section, key, options, faults);
            return;
        }

        var any = false;
        foreach (var child in section.GetChildren())
        {
            any = true;
            Bind(child, $"{name}:{child.Key}", options, keys, foreign, faults);
        }

        var isGroup = keys.Keys.Any(known => known.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        if (!any && !isGroup)
        {
            faults.Add($"{name}: unknown key; {OptionSuggestion.For(name, keys.Keys, foreign)}");
        }
        else if (!any && section.Value is not null) // an empty list is an empty text here
        {
            faults.Add($"{name}: is a group of settings and takes no value of its own");
        }
    }

    private static void Apply(IConfigurationSection section, OptionKey key, object options, List<string> faults)
    {
        if (key.IsList)
        {
            List<string> values = section.Value is { } text
                ? [.. text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
                : [.. section.GetChildren().Select(child => child.Value ?? string.Empty)];
            key.Set(options, values);
            return;
        }

        if (section.GetChildren().Any())
        {
            faults.Add($"{key.Name}: takes one value, not a group");
            return;
        }

        // The ranges of the options refuse it where a limit is needed.
        var isUnlimited = (key.Type == typeof(int) || key.Type == typeof(int?)) && string.Equals(section.Value, nameof(LimitOptions.Unlimited), StringComparison.OrdinalIgnoreCase);
        object? value = LimitOptions.Unlimited;
        if (!isUnlimited && !OptionText.TryParse(section.Value, key.Type, out value))
        {
            faults.Add($"{key.Name}: '{section.Value}' is not {OptionText.Describe(key.Type)}");
        }
        else if (key.Set(options, value) is { } range)
        {
            faults.Add($"{key.Name} is {section.Value}; {char.ToLowerInvariant(range[0])}{range[1..]}");
        }
    }
}
