using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting;

/// <summary>Starts the server with the host and drains it when the host stops, within the host's shutdown timeout; the container disposes it.</summary>
internal sealed class SockeyeHostedService(SockeyeServer server) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => server.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => server.DrainAsync(null, cancellationToken);
}
