using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Sockeye.Cluster;
using Sockeye.Host.Administration;
using Sockeye.Host.Tests.Administration;
using Sockeye.Plugin.Auth;
using Sockeye.Plugin.Routing;

namespace Sockeye.Host.Tests.Metrics;

/// <summary>The page on metrics, beside the instruments that a host in a cluster makes, with the bus over NATS and the plugins that come with it.</summary>
public sealed partial class MetricTableTests
{
    [Fact]
    public async Task The_page_has_the_unit_of_each_instrument_and_its_name_in_Prometheus()
    {
        List<Instrument> made = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            lock (made)
            {
                made.Add(instrument);
            }
        };
        listener.Start();
        await using var host = await OperatedHost.StartAsync(static clients => clients.Configure(static server =>
        {
            server.Bus = new InProcessBus(new InProcessBusOptions());
            server.UseCluster(new ClusterOptions());
            server.AddPlugin(new AuthPlugin(), Section(("AllowAnonymous", "true")));
            server.AddPlugin(new RoutingPlugin(), Section(("rules:0:id", "a"), ("rules:0:match:event", "x"), ("rules:0:actions:0:drop", "true")));
        }));

        // A bus has its instruments before it connects.
        await using NatsClusterBus bus = new(new NatsBusOptions { MeterFactory = host.Get<IMeterFactory>() });
        string[] instruments;
        lock (made)
        {
            instruments = [.. made
                .Where(instrument => instrument.Meter.Scope == host.Get<IMeterFactory>() && instrument.Name.StartsWith("sockeye.", StringComparison.Ordinal))
                .Select(static instrument => $"{instrument.Name} {PrometheusNames.Series(instrument.Name, instrument.Unit, PrometheusNames.KindOf(instrument))} {instrument.Unit}")
                .Distinct()
                .Order(StringComparer.Ordinal)];
        }

        var page = await File.ReadAllTextAsync(Path.Combine(WorkingCopy.Root, "docs", "metrics.md"));
        Assert.Equal(instruments, Row().Matches(page).Select(static row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}").Order(StringComparer.Ordinal));
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>("plugin:" + setting.Key, setting.Value))).Build().GetSection("plugin");

    [GeneratedRegex(@"^\| `(sockeye\.[a-z_.]+)` \| `([a-z_]+)` \| (?:`([^`]+)`)? ?\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
