using System.Collections;
using Microsoft.Extensions.Configuration;
using Sockeye.Host.Config;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host.Tests.Telemetry;

/// <summary>The section <c>Telemetry</c> and the variables of OpenTelemetry.</summary>
public sealed class TelemetrySettingsTests
{
    private const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317";

    [Theory]
    [InlineData]
    [InlineData("OTEL_SERVICE_NAME=chat", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData(Collector, "OTEL_SDK_DISABLED=true")]
    [InlineData(Collector, "OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none")]
    [InlineData(Collector, "Telemetry:Metrics=false", "Telemetry:Traces=False")]
    [InlineData("Telemetry:Endpoint=http://collector:4317", "OTEL_SDK_DISABLED=true")]
    [InlineData(Collector, "OTEL_SDK_DISABLED=true", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json")]
    [InlineData("Telemetry:Metrics=false", "Telemetry:Traces=false")]
    public void Nothing_is_sent_unless_a_collector_is_named_and_nothing_says_no(params string[] said) => Assert.Null(Read(said));

    [Theory]
    [InlineData("http://collector:4317/", "grpc", false, Collector)]
    [InlineData("http://collector:4318/", "http/protobuf", false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318")]
    [InlineData("http://collector:4318/", "grpc", false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")]
    [InlineData("https://collector/otlp", "http/protobuf", false, "Telemetry:Endpoint=https://collector/otlp", "Telemetry:Protocol=HTTP/protobuf")]
    [InlineData("http://mine:4317/", "grpc", false, "Telemetry:Endpoint=http://mine:4317", Collector, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://theirs:4317")]
    [InlineData("http://other:9/x", "http/protobuf", true, Collector, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://other:9/x", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf")]
    [InlineData("http://mine:4317/", "http/protobuf", false, "Telemetry:Endpoint=http://mine:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")]
    public void The_section_wins_over_the_variables_and_the_port_says_the_protocol_where_nothing_does(string endpoint, string protocol, bool isWhole, params string[] said)
    {
        var metrics = Read(said)!.Metrics!;
        Assert.Equal((endpoint, protocol, isWhole), (metrics.Endpoint.ToString(), metrics.Protocol, metrics.IsWhole));
    }

    [Fact]
    public void What_is_said_for_one_kind_does_not_touch_the_other()
    {
        var settings = Read(Collector, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4318/v1/traces", "OTEL_METRICS_EXPORTER=none");
        Assert.Null(settings!.Metrics);
        Assert.Equal("http://traces:4318/v1/traces", settings.Traces!.Endpoint.ToString());
        Assert.Equal("http://collector:4317/", Read(Collector, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4318/v1/traces")!.Metrics!.Endpoint.ToString());
        Assert.NotNull(Read(Collector, "OTEL_METRICS_EXPORTER=none", "Telemetry:Metrics=true")!.Metrics);
    }

    [Fact]
    public void The_section_is_what_the_variables_would_say()
    {
        var settings = Read(
            Collector, "OTEL_METRIC_EXPORT_INTERVAL=5000", "OTEL_BSP_MAX_QUEUE_SIZE=4096",
            "Telemetry:Interval=00:00:10", "Telemetry:SamplingRatio=0.25", "Telemetry:ServiceName=chat", "Telemetry:Headers:api-key=a b%=", "Telemetry:Attributes:deployment.environment.name=test");
        var variables = settings!.Traces!.Variables;
        Assert.Equal(
            ("10000", "4096", "parentbased_traceidratio", "0.25", "chat", "api-key=a%20b%25%3D"),
            (variables["OTEL_METRIC_EXPORT_INTERVAL"], variables["OTEL_BSP_MAX_QUEUE_SIZE"], variables["OTEL_TRACES_SAMPLER"], variables["OTEL_TRACES_SAMPLER_ARG"], variables["OTEL_SERVICE_NAME"], variables["OTEL_EXPORTER_OTLP_HEADERS"]));
        Assert.Equal("test", settings.Attributes["deployment.environment.name"]);
    }

    [Theory]
    [InlineData("Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317", "Telemetry:Endpoint=collector:4317")]
    [InlineData("Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317", "Telemetry:Endpoint=http://user:hidden-4711@collector:4317")]
    [InlineData("Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317", "Telemetry:Endpoint=http://collector:4317?key=hidden-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT: is not an address such as http://127.0.0.1:4317", "OTEL_EXPORTER_OTLP_ENDPOINT=nonsense")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: is not an address such as http://127.0.0.1:4317", Collector, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=nonsense")]
    [InlineData("Telemetry:Protocol: 'http/json' is not one of grpc, http/protobuf", Collector, "Telemetry:Protocol=http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' is not one of grpc, http/protobuf", Collector, "OTEL_EXPORTER_OTLP_PROTOCOL=http/json")]
    [InlineData("Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317", "Telemetry:Endpoint=nonsense", "Telemetry:Metrics=false", "Telemetry:Traces=false")]
    [InlineData("Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317", "Telemetry:Endpoint=nonsense", "OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none")]
    [InlineData("Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317", "Telemetry:Endpoint=nonsense", "OTEL_SDK_DISABLED=true", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=nonsense")]
    [InlineData("Telemetry:Protocol: 'http/json' is not one of grpc, http/protobuf", "Telemetry:Protocol=http/json", "Telemetry:Metrics=false", "Telemetry:Traces=false")]
    [InlineData("Telemetry:Headers:api-key: is not a header that a request may have", Collector, "Telemetry:Headers:api-key=hidden-4711\nmore: 1")]
    [InlineData("Telemetry:Headers:api key: is not a header that a request may have", Collector, "Telemetry:Headers:api key=hidden-4711")]
    [InlineData("Telemetry:Headers:api-key: has a comma", Collector, "Telemetry:Headers:api-key=hidden,4711")]
    [InlineData("Telemetry:Headers:user-agent: is a header that the exporter sends itself", Collector, "Telemetry:Headers:user-agent=hidden-4711")]
    [InlineData("Telemetry:Headers: is a group with a name and a value for each", Collector, "Telemetry:Headers=api-key=hidden-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS: is not a list of headers", Collector, "OTEL_EXPORTER_OTLP_HEADERS=hidden-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS: is not a list of headers", Collector, "OTEL_EXPORTER_OTLP_HEADERS=a=hidden-4711,A=2")]
    [InlineData("Telemetry:Metrics: 'yes' is not true or false", Collector, "Telemetry:Metrics=yes")]
    [InlineData("Telemetry:SamplingRatio: '1.1' is not a number of 0 to 1", Collector, "Telemetry:SamplingRatio=1.1")]
    [InlineData("Telemetry:SamplingRatio: 'NaN' is not a number of 0 to 1", Collector, "Telemetry:SamplingRatio=NaN")]
    [InlineData("Telemetry:Interval: '60' is not a duration of 00:00:01 to 01:00:00", Collector, "Telemetry:Interval=60")]
    [InlineData("Telemetry:Interval: '00:00:00.9' is not a duration of 00:00:01 to 01:00:00", Collector, "Telemetry:Interval=00:00:00.9")]
    [InlineData("Telemetry:Interval: '01:00:01' is not a duration of 00:00:01 to 01:00:00", Collector, "Telemetry:Interval=01:00:01")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL: '0' is not a whole number of 1 to 2147483647", Collector, "OTEL_METRIC_EXPORT_INTERVAL=0")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE: '2147483647' is not a whole number of 1 to 1048576", Collector, "OTEL_BSP_MAX_QUEUE_SIZE=2147483647")]
    [InlineData("OTEL_TRACES_SAMPLER: 'garbage' is not one of always_on, always_off, traceidratio, ", Collector, "OTEL_TRACES_SAMPLER=garbage")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG: '2' is not a number of 0 to 1", Collector, "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=2")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION: 'zip' is not one of none, gzip", Collector, "OTEL_EXPORTER_OTLP_COMPRESSION=zip")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'br' is not one of none, gzip", Collector, "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=br")]
    [InlineData("OTEL_BSP_MAX_EXPORT_BATCH_SIZE: is more than OTEL_BSP_MAX_QUEUE_SIZE holds", Collector, "OTEL_BSP_MAX_QUEUE_SIZE=100")]
    [InlineData("Telemetry:Endpont: unknown key; did you mean Telemetry:Endpoint?", Collector, "Telemetry:Endpont=http://collector:4317")]
    [InlineData("Telemetry:Endpoint: takes one value", Collector, "Telemetry:Endpoint:Url=http://collector:4317")]
    [InlineData("Telemetry: is a group of settings", "Telemetry=true")]
    [InlineData("Telemetry: does not say where to send", "Telemetry:SamplingRatio=0.5")]
    public void What_is_wrong_is_told_by_its_name_and_no_secret_with_it(string fault, params string[] said)
    {
        var faults = Assert.Throws<SockeyeConfigurationException>(() => Read(said)).Faults;
        Assert.StartsWith(fault, Assert.Single(faults), StringComparison.Ordinal);
        Assert.DoesNotContain("4711", faults[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Telemetry:Endpoint: is not an address", "Telemetry:Endpoint=127.0.0.1:4317")]
    [InlineData("Telemetry: does not say where to send", "Telemetry:Metrics=true")]
    public void A_fault_of_the_endpoint_hides_none_of_the_protocol(string fault, string said)
    {
        var faults = Assert.Throws<SockeyeConfigurationException>(() => Read(said, "Telemetry:Protocol=http")).Faults;
        Assert.Collection(
            faults,
            told => Assert.StartsWith(fault, told, StringComparison.Ordinal),
            static told => Assert.Equal("Telemetry:Protocol: 'http' is not one of grpc, http/protobuf", told));
    }

    [Theory]
    [InlineData("Telemetry:Interval=00:00:01")]
    [InlineData("Telemetry:Interval=01:00:00")]
    [InlineData("Telemetry:SamplingRatio=0")]
    [InlineData("Telemetry:SamplingRatio=1")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL=1")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE=512")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE=1048576")]
    [InlineData("OTEL_TRACES_SAMPLER=Always_On")]
    [InlineData("OTEL_TRACES_SAMPLER=parentbased_traceidratio")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION=gzip")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=a=1,b=2")]
    public void Values_at_the_edge_are_taken(string said) => Assert.NotNull(Read(Collector, said));

    [Theory]
    [InlineData("Telemetry:Headers:X-Plain", "value")]
    [InlineData("Telemetry:Headers", "a=b")]
    public void Headers_are_not_shown(string key, string value) => Assert.Equal("***", ConfigCommand.Shown(key, value));

    [Fact]
    public async Task The_page_of_options_names_every_key_of_the_section_and_no_other()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(WorkingCopy.Root, "docs", "configuration.md"));
        var documented = page.Where(static line => line.StartsWith("| `Telemetry:", StringComparison.Ordinal)).Select(static line => line.Split('`')[1]);
        Assert.Equal([.. TelemetrySettings.Keys.Select(static key => key.Name).Concat(TelemetrySettings.Maps).Order(StringComparer.Ordinal)], documented.Order(StringComparer.Ordinal));
    }

    private static TelemetrySettings? Read(params string[] said)
    {
        var pairs = said.Select(static one => one.Split('=', 2)).ToLookup(static pair => pair[0].StartsWith("OTEL_", StringComparison.Ordinal), static pair => new KeyValuePair<string, string?>(pair[0], pair[1]));
        return TelemetrySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(pairs[false]).Build(), (IDictionary)pairs[true].ToDictionary());
    }
}
