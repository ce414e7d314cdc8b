using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting;

/// <summary>Starts the server with the host and stops it with the host; the container disposes it.</summary>
internal sealed class SockeyeHostedService(SockeyeServer server) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => server.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);
}
