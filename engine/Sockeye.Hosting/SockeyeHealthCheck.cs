using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sockeye.Cluster;

namespace Sockeye.Hosting;

/// <summary>Whether a server takes clients: it listens, does not end, and each of its event loops comes round in time; one of a cluster that does not reach the others is degraded.</summary>
internal sealed class SockeyeHealthCheck(SockeyeServer server, TimeSpan patience) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["state"] = server.State.ToString(),
            ["endpoints"] = string.Join(' ', server.Endpoints),
        };
        if (server.Cluster is { } cluster)
        {
            data["bus"] = cluster.Bus.ToString();
            data["nodes"] = string.Join(' ', cluster.Nodes.Select(static node => $"{node.Name}:{node.State}"));
            data["gaps"] = cluster.Gaps;
            data["unheard"] = cluster.Unheard;
        }

        switch (server.State)
        {
            case ServerState.Created or ServerState.Starting:
                return Failed("The server has not started.");
            case ServerState.Ending or ServerState.Stopped:
                return Failed("The server has been asked to end and takes no new clients.");
        }

        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(patience);
        try
        {
            await server.CheckLoopsAsync(late.Token).ConfigureAwait(false);
            return server.Cluster switch
            {
                { Bus: not BusState.Open } => HealthCheckResult.Degraded("The server takes clients, and does not reach the others of its cluster: the bus is away.", data: data),
                { Unheard: > 0 and var unheard } => HealthCheckResult.Degraded(FormattableString.Invariant($"The server takes clients, and does not hear the others of its cluster on {unheard} subjects: the bus denies them, and the log names them."), data: data),
                _ => HealthCheckResult.Healthy("The server takes clients.", data),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(FormattableString.Invariant($"An event loop has not come round for {patience.TotalSeconds:0.###} s: a handler blocks it, and the log names it."));
        }

        HealthCheckResult Failed(string description) => new(context.Registration.FailureStatus, description, data: data);
    }
}
