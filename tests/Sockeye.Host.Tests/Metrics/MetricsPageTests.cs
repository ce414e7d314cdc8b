using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.Host.Administration;
using Sockeye.Host.Tests.Administration;

namespace Sockeye.Host.Tests.Metrics;

/// <summary><c>/metrics</c> over the wire.</summary>
public sealed class MetricsPageTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("*/*", false)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true)]
    [InlineData("application/openmetrics-text;q=0.2,text/plain;q=0.9", false)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("application/openmetrics-text;q=nonsense, ;;,", false)]
    public void A_scraper_gets_the_format_that_it_asks_for(string? accept, bool isOpen) => Assert.Equal(isOpen, PrometheusText.WantsOpenMetrics(accept));

    [Fact]
    public async Task The_page_shows_the_server_of_clients_the_host_and_the_runtime_and_not_the_listener_of_operators()
    {
        await using var host = await OperatedHost.StartAsync(clients => clients.Map(static server => server.On("x", static () => { })));
        var client = await host.ConnectAsync();
        await client.SendAsync("42[\"x\"]");
        await client.SendAsync("42[\"x\"]");
        await host.Server.CheckLoopsAsync();
        var (type, page) = await ScrapeAsync(host);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", type);
        Assert.Equal(1, Value(page, "sockeye_connections"));
        Assert.Equal(2, Value(page, "sockeye_events_received_total"));
        Assert.Equal(0, Value(page, "sockeye_faults_total"));
        Assert.Equal(1, Value(page, "sockeye_health{check=\"server\"}"));
        Assert.Equal(0, Value(page, "sockeye_configuration_readings_total{result=\"refused\"}"));
        Assert.True(Value(page, "sockeye_memory_budget_bytes") > 0);
        Assert.InRange(Value(page, "sockeye_descriptors_open"), 10, Value(page, "sockeye_descriptors_limit"));
        Assert.Contains("\n# TYPE dotnet_gc_collections_total counter\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("administration", page, StringComparison.Ordinal);
        var names = page.Split('\n').Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());

        host.Http.DefaultRequestHeaders.Accept.ParseAdd("application/openmetrics-text");
        var (open, metrics) = await ScrapeAsync(host);
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", open);
        Assert.EndsWith("\n# EOF\n", metrics, StringComparison.Ordinal);
        Assert.Equal(2, Value(metrics, "sockeye_events_received_total"));
    }

    [Fact]
    public async Task Counters_count_from_the_start_and_not_from_the_first_scrape()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        (await host.Http.GetAsync(new Uri($"{host.Clients}/socket.io/?EIO=4&transport=carrier-pigeon"))).Dispose();
        Assert.Equal(1, Value((await ScrapeAsync(host)).Page, "sockeye_requests_refused_total{code=\"TransportUnknown\"}"));
    }

    [Fact]
    public async Task A_scrape_that_waits_for_an_instrument_holds_up_neither_probes_nor_the_scrapes_beside_it()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        using var meter = new Meter(new MeterOptions("Sockeye.Plugin.slow") { Scope = host.Get<IMeterFactory>() });
        using var go = new SemaphoreSlim(0);
        var isAsked = new TaskCompletionSource();
        meter.CreateObservableGauge("slow", () =>
        {
            isAsked.TrySetResult();
            go.Wait();
            return 1;
        });
        var scrapes = Enumerable.Range(0, 5).Select(_ => ScrapeAsync(host)).ToArray();
        await isAsked.Task;

        // The listener answers while an instrument does not.
        using var live = await host.Http.GetAsync(new Uri(host.Operators + "/livez"));
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        go.Release(5);
        Assert.All(await Task.WhenAll(scrapes), static scrape => Assert.Contains("slow{otel_scope_name=\"Sockeye.Plugin.slow\"} 1\n", scrape.Page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scraper_that_hangs_up_or_does_not_read_holds_up_nobody()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        List<TcpClient> stuck = [];
        for (var i = 0; i < 20; i++)
        {
            var scraper = new TcpClient { ReceiveBufferSize = 1_024 };
            await scraper.ConnectAsync(IPEndPoint.Parse(new Uri(host.Operators).Authority));
            await scraper.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            if (i % 2 == 0)
            {
                scraper.Dispose();
            }
            else
            {
                stuck.Add(scraper);
            }
        }

        Assert.Equal(0, Value((await ScrapeAsync(host)).Page, "sockeye_connections"));
        stuck.ForEach(static scraper => scraper.Dispose());
    }

    private static async Task<(string Type, string Page)> ScrapeAsync(OperatedHost host)
    {
        using var answer = await host.Http.GetAsync(new Uri(host.Operators + "/metrics"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (answer.Content.Headers.ContentType!.ToString(), await answer.Content.ReadAsStringAsync());
    }

    private static double Value(string page, string series)
    {
        var line = page.Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
