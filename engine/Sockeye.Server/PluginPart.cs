using Sockeye.Plugins;
using Sockeye.Server.Common;

namespace Sockeye;

/// <summary>A plugin among the parts of its server, which disposes it.</summary>
internal sealed class PluginPart(PluginEntry entry, PluginContext context, ServerLog log) : IServerPart
{
    public string Name => entry.Id;

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await entry.Plugin.StartAsync(context, cancellationToken).ConfigureAwait(false);
        log.PluginStarted(entry.Id, entry.Version);
    }

    public ValueTask StopAsync() => entry.Plugin.DisposeAsync();
}
