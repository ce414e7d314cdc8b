using Sockeye.Plugins;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Holds that no gate of another plugin sees an event before this plugin does, since the token of a refresh stands in one.</summary>
internal static class GateOrder
{
    private const string Gate = "EventGate";

    /// <summary>Refuses to start behind another gate.</summary>
    /// <param name="plugins">The plugins in the order in which they are asked; those that start later need not be there.</param>
    /// <param name="id">This one.</param>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    public static void ThrowIfBehindAnother(IReadOnlyList<PluginStatus> plugins, string id)
    {
        foreach (var plugin in plugins)
        {
            if (plugin.Id == id)
            {
                return;
            }

            if (plugin.Hooks.Any(static hook => hook.Name == Gate))
            {
                throw new InvalidOperationException(
                    $"The plugin \"{id}\" has to be asked before \"{plugin.Id}\", which would see the tokens of refreshes: add it first.");
            }
        }
    }
}
