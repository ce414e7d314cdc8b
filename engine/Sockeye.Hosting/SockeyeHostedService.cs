using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting;

/// <summary>Starts the server with the host and drains it when the host stops, within the host's shutdown timeout; the container disposes it.</summary>
/// <param name="server">The server.</param>
/// <param name="lifetime">Says whether the host is asked to end; null: there is nothing that says it.</param>
internal sealed class SockeyeHostedService(SockeyeServer server, IHostApplicationLifetime? lifetime) : IHostedService
{
    /// <summary>A start that is given up because the host is asked to end is no failure: the server has stopped, and the host ends in order. The second signal closes at once what has started.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var signals = 0;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (lifetime?.ApplicationStopping.IsCancellationRequested == true)
        {
        }

        // What a signal means is the host's to say: it is only counted here.
        void OnSignal(PosixSignalContext signal)
        {
            if (Interlocked.Increment(ref signals) > 1)
            {
                _ = server.StopAsync(new CancellationToken(canceled: true));
            }
        }
    }

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
