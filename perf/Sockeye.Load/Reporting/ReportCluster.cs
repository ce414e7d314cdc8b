using System.Globalization;
using System.Text;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>The tables of the page about two nodes over NATS.</summary>
internal static class ReportCluster
{
    private const double OneMemberBar = 1.5, ManyMembersBar = 1.1, MoreBar = 250;

    public static string Write(ClusterResults? results)
    {
        if (results is null)
        {
            return "`./build.ps1 perf cluster` was not run.";
        }

        var page = new StringBuilder(Format($"Measured {results.Time:yyyy-MM-dd HH:mm} UTC by `{results.Command}` ([cluster.json](performance/cluster.json)), {results.Versions["Sockeye"]}, load average {results.LoadAverage:0.0} at the end, on {results.Versions["machine"]} that the nodes, NATS and the generator shared with whatever else ran. Medians, with the smallest and the largest round in brackets.\n\n"));
        page.Append("| members | messages | idle threads of the pool | alone, µs | by the bus, µs | bare client, µs | (bus - alone) / bare | bar |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var row in results.Rows)
        {
            var bar = row.Members == 1 ? OneMemberBar : ManyMembersBar;
            page.Append(Format($"| {row.Members} | {row.Rate:#,0}/s, {Shape(row)} | {Pool(row.IsSpinning)} | {Text(row.Local)} | {Text(row.Bus)} | {Text(row.Bare)} | {(row.Ratio > bar ? "**above** " : "")}{row.Ratio:0.00} x | {bar:0.0} x |\n"));
        }

        page.Append("\n| polls whose answer is there | rest before each, ms | idle threads of the pool | at the owner, µs | by way of another node, µs | more, µs | bar | over NATS and back by itself, µs |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var row in results.Polls)
        {
            page.Append(Format($"| p50 | {row.PauseMilliseconds:0.#} | {Pool(row.IsSpinning)} | {Text(row.Direct, "0")} | {Text(row.Relayed, "0")} | {(row.More > MoreBar ? "**above** " : "")}{row.More:0} | {MoreBar:0} | {Text(row.Bare, "0")} |\n"));
        }

        return page.ToString().TrimEnd('\n');
    }

    public static string Text(List<double> figures, string form = "0.00") =>
        Format($"{BenchmarkResult.MedianOf(figures).ToString(form, CultureInfo.InvariantCulture)} ({figures.Min().ToString(form, CultureInfo.InvariantCulture)}–{figures.Max().ToString(form, CultureInfo.InvariantCulture)})");

    private static string Shape(ClusterRow row) => row.Every >= 1000 ? "in bursts each millisecond" : "evenly";

    private static string Pool(bool isSpinning) => isSpinning ? "spin, the default" : "sleep at once";
}
