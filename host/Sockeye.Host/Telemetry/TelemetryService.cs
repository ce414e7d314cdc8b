using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Sockeye.Hosting;

namespace Sockeye.Host.Telemetry;

/// <summary>Sends metrics and traces from the start of the host to its end.</summary>
/// <remarks>
/// <para><b>Owns</b> the providers of the SDK, and the listener that tells of their failures.</para>
/// <para><b>Lifetime.</b> It starts before the server and stops after it, so that the end is in what is sent last.</para>
/// <para><b>Limit.</b> <see cref="LastPatience"/> at the end, with a collector that is away or an instrument of a plugin that does not come back: both are left behind, on threads that do not keep the process.</para>
/// </remarks>
internal sealed class TelemetryService(TelemetrySettings settings, IMeterFactory meters, TimeProvider time, ILogger logger) : IHostedService, IDisposable
{
    /// <summary>How long what was measured last may take to leave at the end. Own: less than half of what one request may take, and long for a collector that is there.</summary>
    public static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5);

    private readonly List<(BaseProvider Provider, Func<int, bool> Shutdown)> _providers = [];
    private TelemetryEvents? _events;

    /// <exception cref="SockeyeConfigurationException">The SDK does not take the settings: a certificate that it cannot read, for example.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _events = new TelemetryEvents(time, logger);
        try
        {
            if (settings.Metrics is { } metrics)
            {
                var provider = TelemetryProviders.Metrics(metrics, settings, meters);
                _providers.Add((provider, provider.Shutdown));
                HostLog.TelemetrySent(logger, "Metrics", metrics.Endpoint, metrics.Protocol);
            }

            if (settings.Traces is { } traces)
            {
                var provider = TelemetryProviders.Traces(traces, settings);
                _providers.Add((provider, provider.Shutdown));
                HostLog.TelemetrySent(logger, "Traces", traces.Endpoint, traces.Protocol);
            }
        }
#pragma warning disable CA1031 // Whatever the SDK says of what it was given is for the operator.
        catch (Exception refused)
#pragma warning restore CA1031
        {
            throw new SockeyeConfigurationException([$"{TelemetrySettings.Section}: OpenTelemetry cannot be set up: {LogText.Escape(refused.GetBaseException().Message)}"]);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var ends = _providers.ConvertAll(provider => End(provider.Provider, provider.Shutdown, logger));
        _providers.Clear();
        try
        {
            await Task.WhenAll(ends).WaitAsync(LastPatience, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            HostLog.TelemetryLeft(logger, LastPatience);
        }
    }

    public void Dispose()
    {
        // A start that has failed.
        _providers.ForEach(provider => End(provider.Provider, provider.Shutdown, logger));
        _events?.Dispose();
    }

    // A thread of its own: plugins may fill the thread pool, and an instrument may hold what collects.
    internal static Task End(BaseProvider provider, Func<int, bool> shutdown, ILogger logger)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                shutdown(2 * (int)LastPatience.TotalMilliseconds); // whoever waits gives up first, and says so
                provider.Dispose();
            }
#pragma warning disable CA1031 // Whatever an exporter or an instrument throws at the end does not end the process before its time.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                HostLog.TelemetryEndFailed(logger, LogText.Escape(failure.Message));
            }
            finally
            {
                ended.TrySetResult();
            }
        })
        { IsBackground = true, Name = "sockeye-telemetry-end" }.Start();
        return ended.Task;
    }
}
