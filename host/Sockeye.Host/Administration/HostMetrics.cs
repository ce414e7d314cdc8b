using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Sockeye.Host.Administration;

/// <summary>What the host itself counts: the meter <c>Sockeye.Host</c>.</summary>
/// <remarks>Nothing of it is worked out before somebody asks. Any thread; lives as long as the host, whose factory owns the meter.</remarks>
internal sealed class HostMetrics
{
    public const string MeterName = "Sockeye.Host";

    public HostMetrics(IMeterFactory meters, HostHealth health, ConfigurationState configuration, Descriptors descriptors)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("sockeye.health", () => health.Look().Select(static check =>
            new Measurement<int>(check.Ok ? 1 : 0, new KeyValuePair<string, object?>("check", check.Name))), null, "Whether a check of /readyz is as it should be: 1 it is, 0 it is not");
        meter.CreateObservableCounter("sockeye.configuration.readings", () => new[]
        {
            new Measurement<long>(configuration.Taken, new KeyValuePair<string, object?>("result", "taken")),
            new Measurement<long>(configuration.Refused, new KeyValuePair<string, object?>("result", "refused")),
        }, "{reading}", "Readings of the settings after the start, by result");
        if (descriptors.Limit is not null)
        {
            meter.CreateObservableUpDownCounter("sockeye.descriptors.open", () => descriptors.Open, "{descriptor}", "Files, sockets and others that the process has open, as they were counted within the last 10 s");
            meter.CreateObservableUpDownCounter("sockeye.descriptors.limit", () => descriptors.Limit ?? 0, "{descriptor}", "How many it may have open");
        }
    }

    /// <summary>Adds what they are made of, once.</summary>
    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton(static services => new HostHealth(
            services.GetService<AdministrationSettings>()?.Health ?? HealthRules.Default,
            services.GetRequiredService<SockeyeServer>,
            services.GetRequiredService<ConfigurationState>(),
            services.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<Descriptors>();
        services.TryAddSingleton<HostMetrics>();
    }
}
