using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Telemetry;

/// <summary>Adds what sends metrics and traces to a collector, where the settings ask for it; nothing of OpenTelemetry is loaded otherwise (docs/adr/0077-otlp.md).</summary>
internal static class HostTelemetry
{
    /// <summary>To be called before anything else that starts: what starts first stops last, and then sends what is left.</summary>
    /// <exception cref="Hosting.SockeyeConfigurationException">The section or the variables have faults.</exception>
    public static void Add(HostApplicationBuilder builder, IConfiguration settings)
    {
        if (TelemetrySettings.Read(settings) is not { } telemetry)
        {
            return;
        }

        if (telemetry.Traces is not null)
        {
            builder.Services.AddSingleton<Untraced>(static () => SuppressInstrumentationScope.Begin());
        }

        HostMetrics.Add(builder.Services);
        builder.Services.AddHostedService(services =>
        {
            services.GetRequiredService<HostMetrics>();
            return new TelemetryService(telemetry, services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>().CreateLogger("Sockeye.Host"));
        });
    }
}
