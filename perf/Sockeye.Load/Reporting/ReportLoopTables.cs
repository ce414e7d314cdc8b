using System.Text;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>The tables of the page about event loops and game loops.</summary>
internal sealed class ReportLoopTables(SuiteResults results)
{
    public string Turns()
    {
        TurnReport[] runs = [.. results.Benchmarks.SelectMany(benchmark => benchmark.Runs.GetValueOrDefault(ServerKind.Sockeye) ?? []).Select(run => run.Turns).OfType<TurnReport>()];
        if (runs.Length == 0)
        {
            return "The length of turns was not measured.";
        }

        double p999 = Median(runs, run => run.P999), pause = runs.Max(run => run.LongestPauseMilliseconds);
        return Format($"""
            | | goal | reached |
            |---|---|---|
            | p50 of turns | | {Median(runs, run => run.P50):#,0} µs |
            | p99 | | {Median(runs, run => run.P99):#,0} µs |
            | p99.9 | under {TurnReport.GoalMicroseconds:#,0} µs | {Mark(p999 > TurnReport.GoalMicroseconds)}{p999:#,0} µs ({runs.Min(run => run.P999):#,0}–{runs.Max(run => run.P999):#,0}) |
            | the longest turn of all runs | | {runs.Max(run => run.Max):#,0} µs |
            | longest pause of the collector | at most {TurnReport.PauseGoalMilliseconds:0} ms | {Mark(pause > TurnReport.PauseGoalMilliseconds)}{pause:0.0} ms, {runs.Sum(run => run.Collections)} collections |

            {runs.Sum(run => run.Turns):#,0} turns in {runs.Length} runs, medians of the runs with the smallest and the largest in brackets; each figure is the upper bound of its bucket, at most a quarter too much. In these runs the kernel took the processor from a thread of the server {runs.Sum(run => run.Preemptions):#,0} times; such a time is in the length of its turn.
            """);
    }

    public string Loops()
    {
        string[] servers = [ServerKind.Floor, ServerKind.Sockeye, ServerKind.Sockeye2Loops, ServerKind.Sockeye4Loops];
        var table = new StringBuilder("| server CPU, µs | floor, 1 thread | 1 loop | 2 loops | 4 loops |\n|---|---|---|---|---|\n");
        foreach (var benchmark in results.Benchmarks.Where(benchmark => benchmark.Runs.ContainsKey(ServerKind.Sockeye2Loops)))
        {
            table.Append(Format($"| {benchmark.Name}, per {benchmark.Unit} |"));
            foreach (var server in servers)
            {
                table.Append(benchmark.Runs.ContainsKey(server) ? $" {Cpu(benchmark, server)} |" : " – |");
            }

            table.Append('\n');
        }

        return table.ToString().TrimEnd('\n');
    }

    public string GameLoops()
    {
        BenchmarkResult[] hops = [.. results.Benchmarks.Where(benchmark => benchmark.Runs.ContainsKey(ServerKind.SockeyeGameLoop) && benchmark.Runs.ContainsKey(ServerKind.Sockeye))];
        BenchmarkResult[] ticks = [.. results.Benchmarks.Where(benchmark => benchmark.Runs.GetValueOrDefault(ServerKind.SockeyeGameLoop)?[^1].Ticks is not null)];
        var page = new StringBuilder();
        if (hops.Length > 0)
        {
            page.Append("| server CPU, µs | floor | handlers on the event loop | on a game loop | the hop |\n|---|---|---|---|---|\n");
            foreach (var benchmark in hops)
            {
                var floor = benchmark.Runs.ContainsKey(ServerKind.Floor) ? Cpu(benchmark, ServerKind.Floor) : "–";
                page.Append(Format($"| {benchmark.Name}, per {benchmark.Unit} | {floor} | {Cpu(benchmark, ServerKind.Sockeye)} | {Cpu(benchmark, ServerKind.SockeyeGameLoop)} | {benchmark.Median(ServerKind.SockeyeGameLoop) - benchmark.Median(ServerKind.Sockeye):0.00} |\n"));
            }

            page.Append('\n');
        }

        if (ticks.Length > 0)
        {
            page.Append("| | late p50, µs | p99 | the latest | skipped | sends per member and tick | server CPU per event delivered, µs |\n|---|---|---|---|---|---|---|\n");
            foreach (var benchmark in ticks)
            {
                TickReport[] runs = [.. benchmark.Runs[ServerKind.SockeyeGameLoop].Select(run => run.Ticks).OfType<TickReport>()];
                page.Append(Format($"| {benchmark.Name} | {Median(runs, run => run.LateP50):#,0} | {Median(runs, run => run.LateP99):#,0} | {runs.Max(run => run.LateMax):#,0} | {runs.Sum(run => run.Skipped)} of {runs.Sum(run => run.Ticks + run.Skipped):#,0} | {Median(runs, run => run.SendsPerMember):0.00} | {Cpu(benchmark, ServerKind.SockeyeGameLoop)} |\n"));
            }
        }

        return page.Length == 0 ? "Game loops were not measured." : page.ToString().TrimEnd('\n');
    }

    private static string Mark(bool isAbove) => isAbove ? "**above:** " : "";

    private static double Median<T>(IEnumerable<T> runs, Func<T, double> figure) => BenchmarkResult.MedianOf(runs.Select(figure));
}
