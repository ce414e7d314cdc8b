using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sockeye.Hosting;

/// <summary>Whether a server takes clients: it listens, does not end, and each of its event loops comes round in time.</summary>
internal sealed class SockeyeHealthCheck(SockeyeServer server, TimeSpan patience) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["state"] = server.State.ToString(),
            ["endpoints"] = string.Join(' ', server.Endpoints),
        };
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
            return HealthCheckResult.Healthy("The server takes clients.", data);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(FormattableString.Invariant($"An event loop has not come round for {patience.TotalSeconds:0.###} s: a handler blocks it, and the log names it."));
        }

        HealthCheckResult Failed(string description) => new(context.Registration.FailureStatus, description, data: data);
    }
}
