using System.Text;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>Writes the page of figures from the results of a suite.</summary>
internal static class Report
{
    public static void Write() => Write(Results.Load(Setup.Figures("suite.json")), Path.Combine(Setup.Root, "docs/performance.md"));

    private static void Write(Results results, string path)
    {
        var page = new StringBuilder();
        page.Append("# Performance\n\n");
        page.Append(Format($"Written by `./build.ps1 perf report` from the figures of `{results.Command}`, {results.Time:yyyy-MM-dd HH:mm} UTC.\n\n"));
        WriteMachine(page, results);
        page.Append("""
            ## How it is measured

            Each server is a process of its own; all are up at once, each benchmark runs them in random order, and runs are counted once the
            server's compiler has settled. The generator never sleeps, so no server pays for waking it. The figure is the time that the kernel
            has booked to the *server's* process, divided by what it did; a busy machine disturbs that less than rates and latencies, which are
            for orientation only. **x** is the median divided by the median of the C floor in the same benchmark: one thread, one `recv` and one
            `send` per wake-up, and no check of anything (`perf/floor`). On loopback the server's `send` also does the receiver's half of TCP,
            so the kernel's share is larger than on a wire. Latencies of a benchmark without a rate are round trips of a closed loop; those at a rate count from the
            moment at which the message should have left.


            """.ReplaceLineEndings("\n"));
        WriteGoals(page, results);
        page.Append("## All figures\n\n");
        foreach (BenchmarkResult benchmark in results.Benchmarks)
        {
            WriteBenchmark(page, benchmark);
        }

        WriteSlower(page, results);
        File.WriteAllText(path, page.ToString().TrimEnd('\n') + "\n");
    }

    private static void WriteMachine(StringBuilder page, Results results)
    {
        page.Append("| | |\n|---|---|\n");
        foreach ((string name, string version) in results.Versions)
        {
            page.Append(Format($"| {name} | {version} |\n"));
        }

        string pinning = results.Pinned ? "the generator on processor 0, the servers on processor 1" : "none: one processor, or no `taskset`";
        page.Append(Format($"| pinned | {pinning} |\n\n"));
        foreach ((string server, string why) in results.Missing)
        {
            page.Append(Format($"Not measured: {server}, because {why}.\n\n"));
        }
    }

    private static void WriteGoals(StringBuilder page, Results results)
    {
        page.Append("## Goals\n\n| what | goal | Sockeye | reached |\n|---|---|---|---|\n");
        foreach (BenchmarkResult benchmark in results.Benchmarks)
        {
            if (benchmark.Bar is { } goal && benchmark.Ratio(ServerKind.Sockeye) is { } ratio)
            {
                page.Append(Format($"| {benchmark.Name}, per {benchmark.Unit} | {goal:0.00} x | {ratio:0.00} x | {(ratio <= goal ? "yes" : "**no**")} |\n"));
            }

            if (Memory(benchmark, ServerKind.Sockeye) is { } bytes)
            {
                double bar = benchmark.MemoryBarBytes ?? double.MaxValue;
                page.Append(Format($"| {benchmark.Name}, memory | {bar:#,0} B | {bytes:#,0} B | {(bytes <= bar ? "yes" : "**no**")} |\n"));
            }
        }

        page.Append('\n');
    }

    private static void WriteBenchmark(StringBuilder page, BenchmarkResult benchmark)
    {
        bool hasMemory = benchmark.Runs.Values.Any(runs => runs[^1].MemoryBytes is not null);
        bool hasLatency = benchmark.Runs.Values.Any(runs => runs[^1].P50 > 0);
        page.Append(Format($"### {benchmark.Name}\n\nServer CPU in µs per {benchmark.Unit}, median (smallest–largest).\n\n"));
        page.Append("| server | CPU | x | per second |");
        page.Append(hasLatency ? " p50 µs | p99 µs | p99.9 µs |" : "").Append(hasMemory ? " memory B | |" : "");
        page.Append("\n|---|---|---|---|").Append(hasLatency ? "---|---|---|" : "").Append(hasMemory ? "---|---|" : "").Append('\n');
        foreach (string server in benchmark.Runs.Keys.OrderBy(Order))
        {
            page.Append(Format($"| {server} | {Cpu(benchmark, server)} | {Ratio(benchmark, server)} | {benchmark.Median(server, run => run.UnitsPerSecond):#,0} |"));
            if (hasLatency)
            {
                page.Append(Format($" {benchmark.Median(server, run => run.P50):#,0} | {benchmark.Median(server, run => run.P99):#,0} | {benchmark.Median(server, run => run.P999):#,0} |"));
            }

            if (hasMemory)
            {
                page.Append(Format($" {Memory(benchmark, server):#,0} | {benchmark.Runs[server][^1].Note} |"));
            }

            page.Append('\n');
        }

        page.Append('\n');
    }

    private static void WriteSlower(StringBuilder page, Results results)
    {
        page.Append("## Where a peer costs less\n\n");
        int found = 0;
        foreach (BenchmarkResult benchmark in results.Benchmarks)
        {
            double own = benchmark.Median(ServerKind.Sockeye);
            foreach (ServerKind peer in ServerKind.All.Where(kind => kind.IsPeer))
            {
                if (own > 0 && benchmark.Median(peer.Name) is > 0 and var theirs && theirs < own)
                {
                    page.Append(Format($"- {benchmark.Name}: {peer.Name} {theirs:0.00} µs, Sockeye {own:0.00} µs per {benchmark.Unit}\n"));
                    found++;
                }
            }
        }

        if (found == 0)
        {
            page.Append("In none of these benchmarks.\n");
        }
    }

    private static double? Memory(BenchmarkResult benchmark, string server) =>
        benchmark.Runs.TryGetValue(server, out List<Measurement>? runs) ? runs[^1].MemoryBytes : null;
}
