using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Says that what holds a loop is a handler of a plugin.</summary>
/// <remarks>It knows nothing of the plugin but its id, so that a loop that still names it does not hold the plugin. Never changes.</remarks>
internal sealed class PluginActivity(string plugin) : IActivitySource
{
    string IActivitySource.Describe(string activity) => $"\"{LogText.Escape(activity)}\" of plugin \"{plugin}\"";
}
