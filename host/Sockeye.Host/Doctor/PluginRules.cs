using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;

namespace Sockeye.Host.Doctor;

/// <summary>The plugins that the host would run, the folders that it would not take, and the sections that belong to no plugin. Nothing of them is run.</summary>
internal static class PluginRules
{
    public static IEnumerable<Finding> Of(IConfigurationRoot settings, SockeyeServerOptions options)
    {
        string[] compiledIn = BuiltInPlugins.In(settings), folders = [.. options.PluginFolders];
        return
        [
            .. compiledIn.Select(static id => new Finding($"plugin {id}", Verdict.Ok, "comes with the host", "it has a section")),
            .. PluginFolders.Examine(folders, compiledIn).Select(Of),
            .. BuiltInPlugins.LocatedSectionFaults(settings, folders).Select(static fault => new Finding(fault.Key ?? BuiltInPlugins.Section, Verdict.Raise, "nothing reads it", fault.Message + fault.Where)),
        ];
    }

    private static Finding Of(PluginFolderStatus found) => found.Fault is { } fault
        ? new Finding("plugin", Verdict.Raise, found.Folder.Length == 0 ? "none" : found.Folder, fault, Wanted: "one that can be loaded")
        : new Finding($"plugin {found.Id}", Verdict.Ok, found.Version!, found.Folder);
}
