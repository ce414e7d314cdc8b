using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Telemetry;

/// <summary>The SDK of OpenTelemetry as the host has it set up: what it listens to, and where that goes. It has no state.</summary>
/// <remarks>
/// <para><b>Thread.</b> Metrics are asked for and sent on a thread of their reader, once in an interval; spans are sent on a thread of their processor. No event loop waits for either.</para>
/// <para><b>Limits.</b> <see cref="InstrumentSeries.MaxSeries"/> for each instrument, as at <c>/metrics</c>; 2,048 spans wait at most, further ones are dropped (<c>OTEL_BSP_MAX_QUEUE_SIZE</c>); 10 s for a request (<c>OTEL_EXPORTER_OTLP_TIMEOUT</c>). Metrics do not wait at all: what could not be sent is in the next sum.</para>
/// </remarks>
internal static class TelemetryProviders
{
    private const string Sockeye = "Sockeye";

    private static readonly MetricStreamConfiguration s_stream = new() { CardinalityLimit = InstrumentSeries.MaxSeries };

    /// <summary>Listens to the instruments of this host, of its plugins and of the runtime.</summary>
    public static MeterProvider Metrics(TelemetrySignal signal, TelemetrySettings settings, IMeterFactory meters) => Sdk.CreateMeterProviderBuilder()
        .ConfigureServices(services => services.AddSingleton(signal.Configuration()))
        .ConfigureResource(resource => Describe(resource, settings))
        .AddMeter($"{Sockeye}*", HostMeters.Runtime)
        .AddView(instrument => HostMeters.IsShown(instrument, meters) ? s_stream : MetricStreamConfiguration.Drop)
        .AddOtlpExporter((exporter, _) => Direct(exporter, signal))
        .Build();

    /// <summary>Listens to the spans of the server and of plugins.</summary>
    public static TracerProvider Traces(TelemetrySignal signal, TelemetrySettings settings) => Sdk.CreateTracerProviderBuilder()
        .ConfigureServices(services => services.AddSingleton(signal.Configuration()))
        .ConfigureResource(resource => Describe(resource, settings))
        .AddSource(Sockeye, HostMeters.PluginPrefix + "*")
        .AddOtlpExporter(exporter => Direct(exporter, signal))
        .Build();

    // An address that was set is taken as it is; otherwise the SDK appends the path of the kind.
    private static void Direct(OtlpExporterOptions exporter, TelemetrySignal signal)
    {
        if (signal.IsWhole)
        {
            exporter.Endpoint = signal.Endpoint;
        }
    }

    // A later one wins: the host's own, the variables, the section.
    private static void Describe(ResourceBuilder resource, TelemetrySettings settings) => resource.Clear()
        .AddService("sockeye", serviceVersion: Version())
        .AddAttributes([new("host.name", Environment.MachineName), new("process.pid", (long)Environment.ProcessId)])
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector()
        .AddAttributes(settings.Attributes.Select(static attribute => new KeyValuePair<string, object>(attribute.Key, attribute.Value)));

    private static string? Version() => typeof(TelemetryProviders).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
}
