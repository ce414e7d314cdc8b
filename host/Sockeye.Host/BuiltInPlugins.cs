using System.Reflection;
using Microsoft.Extensions.Configuration;
using Sockeye.Host.Settings;
using Sockeye.Hosting;
using Sockeye.Plugin.Auth;
using Sockeye.Plugin.Routing;
using Sockeye.Plugins;

namespace Sockeye.Host;

/// <summary>The plugins that come with the host, each of which runs when it has a section. A folder cannot take the id of one that does: the host refuses it.</summary>
internal static class BuiltInPlugins
{
    public const string Section = "Plugins";

    /// <summary>Their ids, in the order in which they are asked: who may not send something must not have it routed.</summary>
    public static readonly string[] Ids = ["auth", "routing"];

    /// <summary>They read their sections by these, which are never started.</summary>
    public static readonly IReadOnlyDictionary<string, IConfigurationCheck> Checks = new Dictionary<string, IConfigurationCheck> { [Ids[0]] = new AuthPlugin(), [Ids[1]] = new RoutingPlugin() };

    /// <summary>The keys of a section that are the engine's, with what they may say. They hold from the next start of the plugin on.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> EngineKeys = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase) { ["Refusals"] = Enum.GetNames<RefusalAnswer>(), [WhenFaulted] = Enum.GetNames<FaultMode>() };

    private const string WhenFaulted = "WhenFaulted";

    /// <summary>Adds those that have a section.</summary>
    public static void Add(SockeyeHostBuilder builder, IConfiguration settings)
    {
        if (Has(settings, Ids[0]))
        {
            builder.AddPlugin<AuthPlugin>();
        }

        if (Has(settings, Ids[1]))
        {
            builder.AddPlugin<RoutingPlugin>();
        }
    }

    /// <summary>Whether each section belongs to a plugin and says something: one that is misspelt or empty would leave its plugin out without a word, and a server without auth lets everybody in. And the keys that are the engine's.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="HostConfigurationException">They have faults, or an option of the server has.</exception>
    public static void Check(IConfigurationRoot settings)
    {
        string[] folders = [.. HostConfiguration.Options(settings).PluginFolders], faults = [.. SectionFaults(settings, folders), .. EngineFaults(settings, folders)];
        if (faults.Length > 0)
        {
            var places = new SettingPlaces(settings);
            throw new HostConfigurationException([.. faults.Select(places.Of)]);
        }
    }

    /// <summary>What is wrong with the sections as such, a sentence for each: whose they are, and whether they say something.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="folders">The folders of plugins.</param>
    public static IReadOnlyList<string> SectionFaults(IConfiguration settings, IReadOnlyList<string> folders)
    {
        var found = folders.Count == 0 ? [] : PluginFolders.Examine(folders);
        List<string> faults = [];
        IConfigurationSection[] sections = [.. settings.GetSection(Section).GetChildren()];
        if (settings[Section] is { } value)
        {
            // An empty list is an empty text here.
            faults.Add($"{Section}: is {(value.Length == 0 ? "an empty list or text" : "one value")}, and has to have a section for each plugin");
        }
        else if (sections.Length > 0 && sections.All(static section => section.Key.All(char.IsAsciiDigit)))
        {
            return [$"{Section}: is a list, and has to be a group with a section for each plugin, such as {Section}:{Ids[0]}"];
        }

        foreach (var section in sections)
        {
            if (section.Value is { } single && Ids.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                faults.Add($"{section.Path}: is {(single.Length == 0 ? "an empty list or text" : "one value")}, and has to be a group of settings");
            }
            else if (Ids.FirstOrDefault(id => id.Equals(section.Key, StringComparison.OrdinalIgnoreCase)) is { } id)
            {
                if (!section.Exists() && !found.Any(plugin => plugin.Id == id))
                {
                    faults.Add($"{section.Path}: is empty, so that the plugin would not run; leave the section out where that is meant");
                }
            }
            else if (!found.Any(plugin => plugin.Section is null || section.Key.Equals(plugin.Section, StringComparison.OrdinalIgnoreCase)))
            {
                // One that cannot be read may be that of the section, and is told itself.
                string[] known = [.. Ids.Union(found.Select(static plugin => plugin.Section).OfType<string>(), StringComparer.OrdinalIgnoreCase)];
                faults.Add($"{section.Path}: is the section of no plugin; {OptionSuggestion.For(section.Path, known.Select(static id => $"{Section}:{id}"), [], $"there are {string.Join(", ", known)}{(folders.Count == 0 ? ", and no folder of plugins" : "")}")}");
            }
        }

        return faults;
    }

    /// <summary>As <see cref="SectionFaults"/>, with where each stands.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="folders">The folders of plugins.</param>
    public static IEnumerable<SettingFault> LocatedSectionFaults(IConfigurationRoot settings, IReadOnlyList<string> folders) => SectionFaults(settings, folders).Select(new SettingPlaces(settings).Of);

    /// <summary>What is wrong with the keys of sections that are the engine's, a sentence for each fault.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="folders">The folders of plugins.</param>
    public static IReadOnlyList<string> EngineFaults(IConfiguration settings, IReadOnlyList<string> folders)
    {
        List<string> faults = [];
        IConfigurationSection[] sections = [.. settings.GetSection(Section).GetChildren().Where(static section => section.GetChildren().Any(static child => EngineKeys.ContainsKey(child.Key)))];
        var found = folders.Count == 0 || sections.Length == 0 ? [] : PluginFolders.Examine(folders);
        foreach (var section in sections)
        {
            faults.AddRange(EngineKeys.Where(key => section.GetSection(key.Key).GetChildren().Any()).Select(key => $"{section.Path}:{key.Key}: takes one value, of {string.Join(", ", key.Value)}"));
            faults.AddRange(EngineKeys.Where(key => section[key.Key] is { } text && !key.Value.Contains(text, StringComparer.OrdinalIgnoreCase))
                .Select(key => $"{section.Path}:{key.Key}: '{LogText.Escape(section[key.Key]!)}' is not one of {string.Join(", ", key.Value)}"));
            var declared = Checks.GetValueOrDefault(section.Key.ToLowerInvariant())?.GetType().GetCustomAttribute<SockeyePluginAttribute>()!.WhenFaulted
                ?? found.FirstOrDefault(plugin => section.Key.Equals(plugin.Section, StringComparison.OrdinalIgnoreCase))?.WhenFaulted;
            if (declared == FaultMode.Closed && nameof(FaultMode.Open).Equals(section[WhenFaulted], StringComparison.OrdinalIgnoreCase))
            {
                faults.Add($"{section.Path}:{WhenFaulted}: is Open, and the plugin protects something: it is declared Closed and stays so");
            }
        }

        return faults;
    }

    /// <summary>Has the plugins that have a section read it as their start would, those of folders as far as they can without one. Nothing is started.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="folders">The folders of plugins.</param>
    /// <returns>A sentence for each fault.</returns>
    public static async Task<IReadOnlyList<string>> ReadSectionsAsync(IConfiguration settings, IReadOnlyList<string> folders)
    {
        List<string> faults = [];
        var sections = settings.GetSection(Section);
        foreach (var id in In(settings))
        {
            faults.AddRange(Checks[id].Check(sections.GetSection(id)));
        }

        faults.AddRange((await PluginFolders.ReadSectionsAsync(folders, sections, In(settings))).SelectMany(static read => read.Faults));
        return faults;
    }

    /// <summary>Those that have a section.</summary>
    public static string[] In(IConfiguration settings) => [.. Ids.Where(id => Has(settings, id))];

    private static bool Has(IConfiguration settings, string id) => settings.GetSection(Section).GetSection(id).Exists();
}
