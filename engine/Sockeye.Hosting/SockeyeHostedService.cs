using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting;

/// <summary>Starts the server with the host and drains it when the host stops, within the host's shutdown timeout; the container disposes it.</summary>
internal sealed class SockeyeHostedService(SockeyeServer server) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => server.StartAsync(cancellationToken);

    /// <summary>A signal that comes meanwhile, the second as a rule, closes what is left at once: whoever asks twice does not want to wait.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Hurry);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hurry);
        await server.DrainAsync(null, hurry.Token);

        void Hurry(PosixSignalContext signal)
        {
            // The process ends when the host has stopped, not before.
            signal.Cancel = true;
            hurry.Cancel();
        }
    }
}
