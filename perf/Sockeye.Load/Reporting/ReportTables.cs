using System.Text;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>The tables of the page.</summary>
internal sealed class ReportTables(SuiteResults results)
{
    private const double Mebibyte = 1024 * 1024;

    private static readonly string[] Peers = [ServerKind.Node, ServerKind.SignalR, ServerKind.Kestrel];

    public string Bars()
    {
        var table = new StringBuilder($"| what | bar | Sockeye | floor | {string.Join(" | ", Peers)} |\n|---|---|---|---|---|---|---|\n");
        foreach (var benchmark in results.Benchmarks.Where(benchmark => benchmark.Bar is not null))
        {
            var own = benchmark.Ratio(ServerKind.Sockeye) is { } ratio ? Format($"{(ratio <= benchmark.Bar ? "" : "**above:** ")}{ratio:0.00} x, {benchmark.Median(ServerKind.Sockeye):0.00} µs") : "–";
            table.Append(Format($"| {benchmark.Name}, per {benchmark.Unit} | {benchmark.Bar:0.00} x | {own} | {benchmark.Median(benchmark.Reference):0.00} µs |"));
            foreach (var peer in Peers)
            {
                table.Append($" {Ratio(benchmark, peer)} |");
            }

            table.Append('\n');
        }

        return table.ToString().TrimEnd('\n');
    }

    public string Memory()
    {
        BenchmarkResult[] idle = [.. results.Benchmarks.Where(benchmark => benchmark.Name.Contains("idle", StringComparison.Ordinal))];
        if (idle.Length == 0)
        {
            return "Memory of idle connections was not measured.";
        }

        var hasNoTrim = idle.Any(benchmark => benchmark.Memory(ServerKind.SockeyeNoTrim) is not null);
        string[] servers = [ServerKind.Sockeye, .. hasNoTrim ? [ServerKind.SockeyeNoTrim] : Array.Empty<string>(), ServerKind.Floor, .. Peers];
        var without = hasNoTrim ? $"`{ServerKind.SockeyeNoTrim}` is the same server without it, as it is embedded by default." : "The default of an embedded server is not to trim; it keeps more, and was not measured here.";
        var table = new StringBuilder($"Resident memory per idle connection that is joined to `/`, half a minute after the last connect, in bytes. The process has served before and has idled as long; kernel memory is not part of it. Sockeye trims after {Catalogue.IdleTrimSeconds} s of quiet (`IdleTrim`), as the standalone host does. {without}\n\n| connections | bar | {string.Join(" | ", servers)} |\n|---|---|{string.Concat(servers.Select(_ => "---|"))}\n");
        foreach (var benchmark in idle)
        {
            table.Append(Format($"| {benchmark.Name} | {benchmark.MemoryBarBytes:#,0} |"));
            foreach (var server in servers)
            {
                var mark = server == ServerKind.Sockeye && benchmark.Memory(server) > benchmark.MemoryBarBytes ? "**above:** " : "";
                table.Append(benchmark.Memory(server) is { } bytes ? Format($" {mark}{bytes:#,0} |") : " – |");
            }

            table.Append('\n');
        }

        return table.ToString().TrimEnd('\n');
    }

    public string SlowReader()
    {
        if (results.Benchmarks.Find(benchmark => benchmark.Name.StartsWith("slow reader", StringComparison.Ordinal)) is not { } slow)
        {
            return "The slow reader was not measured.";
        }

        var table = new StringBuilder(Format($"A reader that stops while 200 MiB are sent to it, and reads on some seconds later. Bar: growth of at most {slow.MemoryBarBytes / Mebibyte:0} MiB, which is the outbox's hard limit plus 16 MiB, and the sender is told.\n\n| server | growth, MiB | messages |\n|---|---|---|\n"));
        foreach (var server in slow.Runs.Keys.OrderBy(Order))
        {
            table.Append(Format($"| {server} | {slow.Memory(server) / Mebibyte:0} | {slow.Runs[server][^1].Note} |\n"));
        }

        return table.ToString().TrimEnd('\n');
    }

    public string Machine()
    {
        var table = new StringBuilder("| | |\n|---|---|\n");
        foreach (var (name, version) in results.Versions)
        {
            table.Append($"| {name} | {version} |\n");
        }

        return table.Append(results.Pinned ? "| pinned | the generator to processor 0, the servers to processor 1 |" : "| pinned | nothing: one processor, or no `taskset` |").ToString();
    }

    public string Generator() => results.Find("echo, 1 in flight, 32 B") is { } echo && results.Find("echo, 16 in one read, 32 B") is { } batch
        ? Format($"Beside the floor it spends {echo.Median(ServerKind.Floor, run => run.GeneratorCpuMicroseconds):0.0} µs per echo with 1 in flight and {batch.Median(ServerKind.Floor, run => run.GeneratorCpuMicroseconds):0.0} µs with 16, polling included: that bounds the rates, and is no part of any server's figure.")
        : "";

    public string Latency()
    {
        if (results.Benchmarks.Find(benchmark => benchmark.Name.Contains("half", StringComparison.Ordinal)) is not { } half)
        {
            return "Latency was not measured.";
        }

        var table = new StringBuilder("| server | messages per second | p50, µs | p99, µs | p99.9, µs |\n|---|---|---|---|---|\n");
        foreach (var server in half.Runs.Keys.OrderBy(Order))
        {
            table.Append(Format($"| {server} | {half.Median(server, run => run.UnitsPerSecond):#,0} | {half.Median(server, run => run.P50):#,0} | {half.Median(server, run => run.P99):#,0} | {half.Median(server, run => run.P999):#,0} |\n"));
        }

        return table.ToString().TrimEnd('\n');
    }

    public string Slower()
    {
        var list = new StringBuilder();
        foreach (var benchmark in results.Benchmarks.Where(benchmark => benchmark.Unit is not ("idle connection" or "delivered message")))
        {
            var own = benchmark.Median(ServerKind.Sockeye);
            foreach (var peer in Peers.Where(peer => own > 0 && benchmark.Median(peer) is > 0 and var theirs && theirs < own))
            {
                list.Append(Format($"- {benchmark.Name}: {peer} {benchmark.Median(peer):0.00} µs, Sockeye {own:0.00} µs per {benchmark.Unit}\n"));
            }
        }

        foreach (var benchmark in results.Benchmarks)
        {
            foreach (var peer in Peers.Where(peer => benchmark.Memory(peer) < benchmark.Memory(ServerKind.Sockeye)))
            {
                list.Append(Format($"- {benchmark.Name}, memory: {peer} {benchmark.Memory(peer):#,0} B, Sockeye {benchmark.Memory(ServerKind.Sockeye):#,0} B\n"));
            }
        }

        return list.Length == 0 ? "In none of these benchmarks." : list.ToString().TrimEnd('\n');
    }

    public string Details()
    {
        var page = new StringBuilder("Server CPU in µs per unit, median (smallest–largest); x is the multiple of the floor's median. Latencies here are round trips of a closed loop (each answer lets the next message go).\n\n");
        foreach (var benchmark in results.Benchmarks.Where(benchmark => benchmark.Unit is not ("idle connection" or "delivered message")))
        {
            Detail(page, benchmark);
        }

        return page.ToString().TrimEnd('\n');
    }

    /// <summary>The most telling figures, as rows of a table.</summary>
    public string ReadmeRows()
    {
        var rows = new StringBuilder("| | Sockeye | socket.io on Node | SignalR |\n|---|---|---|---|\n");
        foreach (var name in (string[])["echo, 1 in flight, 32 B", "broadcast to 1,000, 128 B"])
        {
            if (results.Find(name) is { } benchmark)
            {
                rows.Append(Format($"| {name}: server CPU per {benchmark.Unit} | {benchmark.Median(ServerKind.Sockeye):0.0} µs ({Ratio(benchmark, ServerKind.Sockeye)} a C server) | {benchmark.Median(ServerKind.Node):0.0} µs | {benchmark.Median(ServerKind.SignalR):0.0} µs |\n"));
            }
        }

        if (results.Benchmarks.Find(benchmark => benchmark.Name.StartsWith("10,000 idle", StringComparison.Ordinal)) is { } idle)
        {
            rows.Append(Format($"| 10,000 idle connections, `IdleTrim` on: memory of each | {idle.Memory(ServerKind.Sockeye):#,0} B | {idle.Memory(ServerKind.Node):#,0} B | {idle.Memory(ServerKind.SignalR):#,0} B |\n"));
        }

        return rows.ToString().TrimEnd('\n');
    }

    /// <summary>Rows that were measured apart from the rest.</summary>
    public string Later()
    {
        IGrouping<string, BenchmarkResult>[] revisions = [.. results.Benchmarks.Where(benchmark => benchmark.Revision is not null && benchmark.Revision != results.Versions["Sockeye"]).GroupBy(benchmark => benchmark.Revision!)];
        return string.Concat(revisions.Select(rows => Format($" Measured {rows.Min(row => row.Time):yyyy-MM-dd HH:mm} UTC with {rows.Key}: {string.Join("; ", rows.Select(row => row.Name))}.")));
    }

    private static void Detail(StringBuilder page, BenchmarkResult benchmark)
    {
        var hasLatency = benchmark.Runs.Values.Any(runs => runs[^1].P50 > 0);
        page.Append(Format($"### {char.ToUpperInvariant(benchmark.Name[0])}{benchmark.Name[1..]}\n\n| server | µs per {benchmark.Unit} | x | per second |{(hasLatency ? " p50 µs | p99 µs |" : "")} generator µs |\n|---|---|---|---|{(hasLatency ? "---|---|" : "")}---|\n"));
        foreach (var server in benchmark.Runs.Keys.OrderBy(Order))
        {
            page.Append(Format($"| {server} | {Cpu(benchmark, server)} | {Ratio(benchmark, server)} | {benchmark.Median(server, run => run.UnitsPerSecond):#,0} |"));
            page.Append(hasLatency ? Format($" {benchmark.Median(server, run => run.P50):#,0} | {benchmark.Median(server, run => run.P99):#,0} |") : "");
            page.Append(Format($" {benchmark.Median(server, run => run.GeneratorCpuMicroseconds):0.0} |\n"));
        }

        page.Append('\n');
        foreach (var (server, why) in benchmark.Failures)
        {
            page.Append($"A run of {server} failed: {why}\n\n");
        }
    }
}
