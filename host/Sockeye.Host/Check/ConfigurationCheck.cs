using Microsoft.Extensions.Configuration;
using Sockeye.Host.Administration;
using Sockeye.Host.Settings;
using Sockeye.Hosting;

namespace Sockeye.Host.Check;

/// <summary>All that is wrong with the settings, of all parts at once. Nothing is started, nobody is contacted, and of plugins of folders only those run code that say that they can read their section without a start.</summary>
internal static class ConfigurationCheck
{
    /// <param name="settings">The settings, as the start reads them.</param>
    /// <returns>The faults in the order of files and lines, those that stand nowhere first.</returns>
    public static async Task<IReadOnlyList<SettingFault>> RunAsync(IConfigurationRoot settings)
    {
        SockeyeServerOptions options = new();
        List<string> faults = [.. HostConfiguration.OwnFaults(settings), .. options.Check(settings, HostCluster.IsMeant(settings), HostConfiguration.OwnKeys), .. HostCluster.Faults(settings), .. AdministrationSettings.Faults(settings)];
        string[] folders = [.. options.PluginFolders];
        faults.AddRange([.. BuiltInPlugins.SectionFaults(settings, folders), .. BuiltInPlugins.EngineFaults(settings, folders)]);
        faults.AddRange(PluginFolders.Examine(folders, BuiltInPlugins.In(settings)).Select(static found => found.Fault).OfType<string>().Select(static fault => $"{nameof(options.PluginFolders)}: {fault}"));
        faults.AddRange(await BuiltInPlugins.ReadSectionsAsync(settings, folders));
        var places = new SettingPlaces(settings);
        return [.. faults.Select(places.Of).Distinct().OrderBy(static fault => fault.Source, StringComparer.Ordinal).ThenBy(static fault => fault.Line)];
    }
}
