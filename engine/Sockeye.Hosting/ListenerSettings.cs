using Microsoft.Extensions.Configuration;

namespace Sockeye.Hosting;

/// <summary>The section of the configuration with the listeners of a server, each in a group of the name that the operator gives it. It has no state.</summary>
internal static class ListenerSettings
{
    /// <summary>Where they stand among the settings of a server.</summary>
    public const string Name = nameof(SockeyeServerOptions.Listeners);

    /// <summary>What stands for the name of a listener where keys are listed.</summary>
    public const string AnyName = "NAME";

    /// <summary>The keys of any listener, for help texts, documents and schemas.</summary>
    public static IEnumerable<ConfigurationKey> Keys => OptionKey.Of(new ListenerOptions()).Select(static key => key.Describe(new ListenerOptions())).Select(static key => key.Name switch
    {
        nameof(ListenerOptions.Url) => key with { IsOptional = false },
        nameof(ListenerOptions.Routes) => key with { Default = null, Choices = ListenerOptions.RouteNames },
        _ => key,
    }).Select(static key => key with { Name = $"{Name}:{AnyName}:{key.Name}" });

    /// <summary>Whether a group of another name is meant to be this one.</summary>
    public static bool IsMeant(IConfigurationSection group) => EditDistance.Of(group.Key, Name) is 1 or 2 && group.GetChildren().Any(static child => child.GetChildren().Any());

    /// <summary>Fills the options of each listener that the section names.</summary>
    /// <param name="section">The section.</param>
    /// <param name="listeners">The listeners that there are by code; those of the section are added.</param>
    /// <returns>All faults, each with its key; empty if there are none.</returns>
    public static List<string> Bind(IConfigurationSection section, IDictionary<string, ListenerOptions> listeners)
    {
        if (section.Value is not null)
        {
            return [$"{Name}: is a group of listeners and takes no value of its own; {Name}:{AnyName}:{nameof(ListenerOptions.Url)} says where one is"];
        }

        List<string> faults = [];
        foreach (var child in section.GetChildren())
        {
            if (child.Value is not null)
            {
                faults.Add($"{Name}:{child.Key}: is a group of settings and takes no value of its own; {Name}:{child.Key}:{nameof(ListenerOptions.Url)} says where it listens");
                continue;
            }

            if (!listeners.TryGetValue(child.Key, out var listener))
            {
                listeners.Add(child.Key, listener = new ListenerOptions());
            }

            faults.AddRange(OptionBinding.Bind(child, listener, [], $"{Name}:{child.Key}:"));
        }

        return faults;
    }
}
