using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using Sockeye.Host.Telemetry;
using Sockeye.Host.Tests.Administration;
using Sockeye.Hosting;
using Sockeye.Plugins;
using Sockeye.Shared;

namespace Sockeye.Host.Tests.Telemetry;

/// <summary>What a collector gets of a host, by OTLP over HTTP. Alone, since spans of all servers of a process are of one source.</summary>
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests : IDisposable
{
    private static readonly double[] s_heartbeatBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

    private readonly OtlpReceiver _collector = OtlpReceiver.Start();

    public void Dispose() => _collector.Dispose();

    [Fact]
    public async Task A_provider_that_throws_at_the_end_is_a_line_and_ends_nothing_else()
    {
        var log = new AwaitedLog();
        var provider = OpenTelemetry.Sdk.CreateMeterProviderBuilder().Build();
        await TelemetryService.End(provider, static _ => throw new InvalidOperationException("the exporter is gone"), log);
        Assert.Equal("The last metrics or traces have not left: the exporter is gone", Assert.Single(log.Lines));
    }

    [Fact]
    public async Task Metrics_of_the_server_the_host_plugins_and_the_runtime_arrive_with_names_units_tags_and_values()
    {
        await using var host = await StartAsync(
            static clients =>
            {
                clients.Map(static server => server.On("x", static () => { }));
                clients.Configure(static server => server.AddPlugin(new CountingPlugin()));
            },
            ("Telemetry:Interval", "00:00:01"),
            ("Telemetry:Headers:Authorization", "Bearer %41=b"),
            ("Telemetry:Attributes:deployment.environment.name", "test"));
        var client = await host.ConnectAsync();
        await client.SendAsync("42[\"x\"]");
        await client.SendAsync("42[\"x\"]");
        var metrics = await _collector.MetricsAsync(static metrics => ValueOf(metrics, "sockeye.events.received") == 2);

        Assert.Equal(1, ValueOf(metrics, "sockeye.connections"));
        var connections = One(metrics, "sockeye.connections");
        Assert.Equal(("Sockeye", "{connection}", "Open Engine.IO sessions", "updowncounter"), (connections.Scope, connections.Unit, connections.Description, connections.Kind));
        Assert.Equal(("counter", "{event}"), (One(metrics, "sockeye.events.received").Kind, One(metrics, "sockeye.events.received").Unit));
        Assert.Equal("By", One(metrics, "sockeye.memory.held").Unit);
        Assert.True(One(metrics, "sockeye.loop.turns").Points.First(static point => point.Attributes["le"] == "+Inf").Value > 0);
        Assert.Equal(1, One(metrics, "sockeye.health").Points.Single(static point => point.Attributes["check"] == "server").Value);
        Assert.Equal("Sockeye.Host", One(metrics, "sockeye.health").Scope);
        Assert.Equal(("Sockeye.Plugin.counting", 7), (One(metrics, "seen").Scope, ValueOf(metrics, "seen")));
        Assert.Equal("counter", One(metrics, "dotnet.gc.collections").Kind);
        Assert.DoesNotContain(metrics, static metric => metric.Points.Any(static point => point.Attributes.Values.Contains("administration")));

        var request = _collector.Requests[0];
        Assert.Equal(("application/x-protobuf", "Bearer %41=b"), (request.ContentType, request.Authorization));
        var resource = OtlpAttributes.OfResource(request.Body);
        Assert.Equal(("sockeye", "test", "opentelemetry"), (resource["service.name"], resource["deployment.environment.name"], resource["telemetry.sdk.name"]));
        Assert.True(Guid.TryParse(resource["service.instance.id"], out _));
        Assert.Equal(Environment.MachineName, resource["host.name"]);
    }

    [Fact]
    public async Task A_histogram_arrives_with_the_bounds_that_its_instrument_advises()
    {
        await using var host = await StartAsync(static clients => clients.Configure(static server => server.Options.Engine.PingInterval = TimeSpan.FromMilliseconds(50)), ("Telemetry:Interval", "00:00:01"));
        var client = await host.ConnectAsync();
        Assert.Equal("2", await client.ReceiveAsync());
        await client.SendAsync("3");
        var metrics = await _collector.MetricsAsync(static metrics => metrics.Any(static metric => metric.Name == "sockeye.heartbeat.rtt"));
        var times = One(metrics, "sockeye.heartbeat.rtt");
        var point = Assert.Single(times.Points);
        Assert.Equal(("histogram", "s"), (times.Kind, times.Unit));
        Assert.Equal(s_heartbeatBounds, point.Bounds);
        Assert.Equal((s_heartbeatBounds.Length + 1, point.Count), (point.Buckets.Count, point.Buckets.Sum()));
    }

    [Fact]
    public async Task Spans_of_clients_and_of_plugins_arrive_and_nobody_listens_when_traces_are_off()
    {
        using ActivitySource plugins = new("Sockeye.Plugin.counting");
        await using (var host = await StartAsync(static clients => clients.Map(static server => server.On("x", static (SockeyeSocket socket) => { }))))
        {
            Assert.True(plugins.HasListeners());
            var client = await host.ConnectAsync();
            await client.SendAsync("42[\"x\"]");
            await host.Server.CheckLoopsAsync();
            plugins.StartActivity("look up")!.Dispose();
        }

        // What is left is sent at the end.
        var spans = await _collector.SpansAsync(static span => span.Name == "look up");
        var connect = Assert.Single(spans, static span => span.Name == "connect");
        Assert.Equal(("Sockeye", "server", true), (connect.Scope, connect.Kind, connect.IsRoot));
        Assert.Equal(("socketio", "/", "http"), (connect.Attributes["messaging.system"], connect.Attributes["messaging.destination.name"], connect.Attributes["network.protocol.name"]));
        Assert.Equal("consumer", Assert.Single(spans, static span => span.Name == "process x").Kind);
        Assert.Equal("Sockeye.Plugin.counting", Assert.Single(spans, static span => span.Name == "look up").Scope);

        await using var quiet = await StartAsync(static _ => { }, ("Telemetry:Traces", "false"));
        Assert.False(plugins.HasListeners());
    }

    [Fact]
    public async Task A_part_of_the_traces_is_sent_where_that_is_asked_for()
    {
        using ActivitySource plugins = new("Sockeye.Plugin.counting");
        await using var host = await StartAsync(static _ => { }, ("Telemetry:SamplingRatio", "0"));
        using var span = plugins.StartActivity("look up");
        Assert.False(span!.Recorded);
    }

    [Fact]
    public async Task What_was_counted_last_leaves_at_the_end()
    {
        await using (var host = await StartAsync(static clients => clients.Map(static server => server.On("x", static () => { })), ("Telemetry:Interval", "01:00:00")))
        {
            var client = await host.ConnectAsync();
            await client.SendAsync("42[\"x\"]");
        }

        var metrics = OtlpMetric.Read(Assert.Single(_collector.Requests, static request => request.Path == "/v1/metrics").Body);
        Assert.Equal(1, ValueOf(metrics, "sockeye.events.received"));
        Assert.Equal(0, ValueOf(metrics, "sockeye.connections"));
        Assert.Equal(1, One(metrics, "sockeye.disconnects").Points.Sum(static point => point.Value));

        // What has not happened is 0, and not missing.
        Assert.Equal(0, Assert.Single(One(metrics, "sockeye.disconnects").Points, static point => point.Attributes.GetValueOrDefault("reason") == "ping timeout").Value);
    }

    [Fact]
    public async Task An_instrument_that_throws_leaves_out_itself_alone_and_one_that_does_not_come_back_holds_no_end()
    {
        using ManualResetEventSlim go = new();
        await using var host = await StartAsync(static _ => { }, ("Telemetry:Interval", "00:00:01"));
        using Meter meter = new(new MeterOptions("Sockeye.Plugin.bad") { Scope = host.Get<IMeterFactory>() });
        meter.CreateObservableGauge("bad", new Func<int>(static () => throw new InvalidOperationException("broken")));
        meter.CreateObservableGauge("good", static () => 1);
        await _collector.MetricsAsync(static metrics => metrics.Any(static metric => metric.Name == "good") && ValueOf(metrics, "sockeye.connections") == 0);

        var isAsked = new TaskCompletionSource();
        meter.CreateObservableGauge("held", () =>
        {
            isAsked.TrySetResult();
            go.Wait();
            return 1;
        });
        await isAsked.Task;
        await host.StopAsync();
        go.Set();
    }

    [Fact]
    public async Task Instruments_of_a_plugin_that_was_replaced_a_thousand_times_are_sent()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var settings = TelemetrySettings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Telemetry:Endpoint", _collector.Url), new("Telemetry:Protocol", TelemetrySettings.Http)]).Build())!;
        using var provider = TelemetryProviders.Metrics(settings.Metrics!, settings, meters);
        for (var generation = 1; generation <= 1_100; generation++)
        {
            using Meter meter = new(new MeterOptions("Sockeye.Plugin.often") { Scope = meters });
            meter.CreateCounter<int>("seen").Add(generation);
            meter.CreateObservableGauge("generation", () => generation);
            Assert.True(provider.ForceFlush());
        }

        await _collector.MetricsAsync(static metrics => metrics.Any(static metric => metric.Name == "generation" && metric.Points.Any(static point => point.Value == 1_100)));
    }

    private Task<OperatedHost> StartAsync(Action<SockeyeHostBuilder> clients, params (string Key, string Value)[] settings) =>
        OperatedHost.StartAsync(clients, [("Telemetry:Endpoint", _collector.Url), ("Telemetry:Protocol", TelemetrySettings.Http), .. settings]);

    private static OtlpMetric One(IReadOnlyList<OtlpMetric> metrics, string name) => Assert.Single(metrics, metric => metric.Name == name);

    private static double? ValueOf(IReadOnlyList<OtlpMetric> metrics, string name) => metrics.FirstOrDefault(metric => metric.Name == name) is { } metric ? Assert.Single(metric.Points).Value : null;

    [SockeyePlugin("counting", "1.0.0")]
    private sealed class CountingPlugin : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            context.Meter.CreateObservableGauge("seen", static () => 7);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
