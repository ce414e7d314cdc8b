using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Sockeye.Cluster;
using Sockeye.Host.Administration;
using Sockeye.Host.Tests.Administration;

namespace Sockeye.Host.Tests.Metrics;

/// <summary>The page on metrics, beside the instruments that a host in a cluster makes.</summary>
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
        }));
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

    [GeneratedRegex(@"^\| `(sockeye\.[a-z.]+)` \| `([a-z_]+)` \| (?:`([^`]+)`)? ?\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
