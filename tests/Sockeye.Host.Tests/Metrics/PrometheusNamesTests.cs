using System.Diagnostics.Metrics;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Tests.Metrics;

public sealed class PrometheusNamesTests
{
    [Theory]
    [InlineData("sockeye.connections", "{connection}", MetricKind.Gauge, "sockeye_connections")]
    [InlineData("sockeye.events.received", "{event}", MetricKind.Counter, "sockeye_events_received_total")]
    [InlineData("sockeye.memory.held", "By", MetricKind.Gauge, "sockeye_memory_held_bytes")]
    [InlineData("sockeye.bytes.sent", "By", MetricKind.Counter, "sockeye_bytes_sent_total")]
    [InlineData("sockeye.heartbeat.rtt", "s", MetricKind.Histogram, "sockeye_heartbeat_rtt_seconds")]
    [InlineData("system.cpu.utilization", "1", MetricKind.Gauge, "system_cpu_utilization_ratio")]
    [InlineData("hits", "1", MetricKind.Counter, "hits_total")]
    [InlineData("network.io", "By/s", MetricKind.Gauge, "network_io_bytes_per_second")]
    [InlineData("requests", "{request}/s", MetricKind.Gauge, "requests_per_second")]
    [InlineData("jobs_total", null, MetricKind.Counter, "jobs_total")]
    [InlineData("9lives...left", "", MetricKind.Gauge, "_9lives_left")]
    public void A_name_is_translated_as_OpenTelemetry_does_it(string name, string? unit, object kind, string expected) =>
        Assert.Equal(expected, PrometheusNames.Series(name, unit, (MetricKind)kind));

    [Fact]
    public void Each_kind_of_instrument_is_told_from_the_others()
    {
        using var meter = new Meter("kinds");
        Assert.Equal(MetricKind.Counter, PrometheusNames.KindOf(meter.CreateCounter<int>("a")));
        Assert.Equal(MetricKind.Counter, PrometheusNames.KindOf(meter.CreateObservableCounter("b", () => 1.0)));
        Assert.Equal(MetricKind.Histogram, PrometheusNames.KindOf(meter.CreateHistogram<long>("c")));
        Assert.Equal(MetricKind.Gauge, PrometheusNames.KindOf(meter.CreateUpDownCounter<long>("d")));
        Assert.Equal(MetricKind.Gauge, PrometheusNames.KindOf(meter.CreateObservableGauge("e", () => 1)));
    }
}
