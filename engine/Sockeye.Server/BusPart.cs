using Sockeye.Cluster;
using Sockeye.Server.Common;

namespace Sockeye;

/// <summary>The bus among the parts of a server, the first to be there and the last to go. One that is not the server's own stays.</summary>
internal sealed class BusPart(IClusterBus bus, bool isOwn, ServerContext server) : IServerPart
{
    public string Name => "bus";

    public ValueTask StartAsync(CancellationToken cancellationToken) => bus.ConnectAsync(cancellationToken);

    public Task StopAsync(Func<TimeSpan> patience) => isOwn ? GuardedStop.RunAsync(server, Name, bus.DisposeAsync, patience()) : Task.CompletedTask;
}
