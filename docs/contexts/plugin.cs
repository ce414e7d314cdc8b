using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye;
using Sockeye.Cluster;
using Sockeye.Plugins;

[SockeyePlugin("page", "1.0.0")]
public sealed class Page : ISockeyePlugin
{
    public async ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        /* here */
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
