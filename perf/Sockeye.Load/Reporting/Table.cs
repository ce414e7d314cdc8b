using System.Globalization;

namespace Sockeye.Load;

/// <summary>The rows of a benchmark as text.</summary>
internal static class Table
{
    public static void Print(BenchmarkResult result)
    {
        var goal = result.Bar is { } bar ? Format($", bar {bar:0.00} x") : "";
        Console.WriteLine(Format($"{result.Name} (server CPU in µs per {result.Unit}{goal}; load average {result.LoadAverage:0.0})"));
        foreach (var server in result.Runs.Keys.OrderBy(Order))
        {
            var last = result.Runs[server][^1];
            var memory = last.MemoryBytes is { } bytes ? Format($"   memory {bytes:#,0} B") : "";
            var note = (last.Note ?? last.Turns?.ToString() ?? last.Ticks?.ToString()) is { } text ? $"   {text}" : "";
            Console.WriteLine(Format($"  {server,-24} {Cpu(result, server),-28} {Ratio(result, server),8}   {result.Median(server, run => run.UnitsPerSecond),9:#,0}/s   p50 {result.Median(server, run => run.P50):#,0} p99 {result.Median(server, run => run.P99):#,0} p99.9 {result.Median(server, run => run.P999):#,0} µs   server {result.Median(server, run => run.ServerCpuShare),4:0 %}   generator {result.Median(server, run => run.GeneratorCpuMicroseconds):0.00} µs{memory}{note}"));
        }
    }

    /// <summary>Median (smallest–largest) of the server's CPU time per unit.</summary>
    public static string Cpu(BenchmarkResult result, string server)
    {
        var runs = result.Runs[server];
        return Format($"{result.Median(server):0.00} ({runs.Min(run => run.ServerCpuMicroseconds):0.00}–{runs.Max(run => run.ServerCpuMicroseconds):0.00})");
    }

    public static string Ratio(BenchmarkResult result, string server) => result.Ratio(server) is { } ratio ? Format($"{ratio:0.00} x") : "–";

    /// <summary>The order of the catalogue.</summary>
    public static int Order(string server) => Array.FindIndex(ServerKind.All, kind => kind.Name == server);

    public static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
