using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sockeye.Host.Lifecycle;

/// <summary>The host as a service of systemd: says when it listens, when it ends, and, where a watchdog is asked for (<c>WATCHDOG_USEC</c>), that it lives, as long as all loops of clients tick.</summary>
/// <remarks>Started and stopped by the host. The watchdog is told at half of its time, from the start to the end of the drain, by a task of its own on the thread pool.</remarks>
internal sealed class SystemdService(SockeyeServer server, Func<(TimeSpan Drain, TimeSpan Stop)> ending, SystemdNotifier systemd, ILogger logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>What the end takes beside DrainTime and StopTimeout: the listener of operators, plugins that are disposed (own).</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _end = new();
    private Task _watch = Task.CompletedTask;

    /// <summary>Half of the watchdog's time; null: there is none, or not for this process.</summary>
    public static TimeSpan? Interval(Func<string, string?> variable, int process) =>
        long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time > 1
        && (variable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == process.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(time / 2d) : null;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        systemd.Ready($"Listening on {string.Join(", ", Addresses.Of(server))}");
        if (systemd.IsEnabled && Interval(Environment.GetEnvironmentVariable, Environment.ProcessId) is { } interval)
        {
            _watch = WatchAsync(interval);
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        var (drain, stop) = ending();
        systemd.Stopping($"Draining over at most {drain}", drain + stop + Rest);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _end.CancelAsync();
        await _watch;
    }

    public void Dispose() => _end.Dispose();

    /// <summary>Tells the watchdog once, if all loops tick within a time.</summary>
    /// <returns>Whether they do.</returns>
    internal async Task<bool> TellAsync(TimeSpan within)
    {
        try
        {
            await server.CheckLoopsAsync(_end.Token).WaitAsync(within);
            systemd.Alive();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (TimeoutException)
        {
            HostLog.WatchdogNotTold(logger, within);
            return false;
        }
    }

    private async Task WatchAsync(TimeSpan interval)
    {
        using PeriodicTimer timer = new(interval);
        try
        {
            do
            {
                await TellAsync(interval);
            }
            while (await timer.WaitForNextTickAsync(_end.Token));
        }
        catch (OperationCanceledException)
        {
            // The host has stopped.
        }
    }
}
