using Microsoft.Extensions.Configuration;
using Sockeye.Hosting;
using Sockeye.Plugin.Auth;
using Sockeye.Plugin.Routing;

namespace Sockeye.Host;

/// <summary>The plugins that come with the host, each of which runs when it has a section. A folder cannot take the id of one that does: the host refuses it.</summary>
internal static class BuiltInPlugins
{
    public const string Section = "Plugins";

    /// <summary>Their ids, in the order in which they are asked: who may not send something must not have it routed.</summary>
    public static readonly string[] Ids = ["auth", "routing"];

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

    /// <summary>Whether each section belongs to a plugin and says something: one that is misspelt or empty would leave its plugin out without a word, and a server without auth lets everybody in.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="HostConfigurationException">One does not.</exception>
    /// <exception cref="SockeyeConfigurationException">An option of the server is at fault.</exception>
    public static void Check(IConfigurationRoot settings)
    {
        if (Faults(settings) is { Count: > 0 } faults)
        {
            throw new HostConfigurationException(string.Join('\n', faults));
        }
    }

    /// <summary>What <see cref="Check"/> finds, a sentence for each section.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="SockeyeConfigurationException">An option of the server is at fault.</exception>
    public static IReadOnlyList<string> Faults(IConfigurationRoot settings)
    {
        SockeyeServerOptions options = new();
        options.Bind(settings, HostConfiguration.OwnKeys);
        List<string> folders = [.. options.PluginFolders];
        var found = folders.Count == 0 ? [] : PluginFolders.Examine(folders);
        List<string> faults = [];
        if (settings[Section] is { Length: > 0 })
        {
            faults.Add($"{Section}: is one value, and has to have a section for each plugin");
        }

        foreach (var section in settings.GetSection(Section).GetChildren())
        {
            if (Ids.FirstOrDefault(id => id.Equals(section.Key, StringComparison.OrdinalIgnoreCase)) is { } own)
            {
                if (!section.Exists() && !found.Any(plugin => plugin.Id == own))
                {
                    faults.Add($"{section.Path}: is empty, so that the plugin would not run; leave the section out where that is meant");
                }
            }
            else if (!found.Any(plugin => plugin.Fault is not null || section.Key.Equals(plugin.Section, StringComparison.OrdinalIgnoreCase)))
            {
                string[] known = [.. Ids, .. found.Select(static plugin => plugin.Section).OfType<string>()];
                faults.Add($"{section.Path}: is the section of no plugin; there are {string.Join(", ", known)}");
            }
        }

        return [.. faults.Select(fault => HostConfiguration.WithSource(settings, fault))];
    }

    /// <summary>Those that have a section.</summary>
    public static string[] In(IConfiguration settings) => [.. Ids.Where(id => Has(settings, id))];

    private static bool Has(IConfiguration settings, string id) => settings.GetSection(Section).GetSection(id).Exists();
}
