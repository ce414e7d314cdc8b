using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Sockeye.Load;

/// <summary>
/// Memory of idle connections: every server in a fresh process with a generator of its own (each may have 20,000 descriptors), all at the
/// same time, since resident memory does not care what else runs.
/// </summary>
internal sealed class IdleMeasurement(int[] steps, double seconds)
{
    public IEnumerable<BenchmarkResult> Run(IReadOnlyList<ServerKind> kinds)
    {
        BenchmarkResult[] results = [.. steps.Select(step => new BenchmarkResult
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{step:#,0} idle connections"),
            Unit = "idle connection",
            Reference = ServerKind.Floor,
            MemoryBarBytes = Catalogue.IdleMemoryBarBytes,
        })];
        List<(ServerKind Kind, ServerProcess Server, Process Generator)> running = [];
        try
        {
            foreach (var kind in kinds)
            {
                var server = ServerProcess.Start(kind, new ServerSettings { IdleTrimSeconds = Catalogue.IdleTrimSeconds });
                running.Add((kind, server, StartGenerator(server.Target)));
            }

            foreach ((var kind, _, var generator) in running)
            {
                var output = generator.StandardOutput.ReadToEnd();
                generator.WaitForExit();
                Collect(results, kind, generator.ExitCode, output);
            }
        }
        finally
        {
            foreach ((_, var server, var generator) in running)
            {
                generator.Dispose();
                server.Dispose();
            }
        }

        foreach (var result in results)
        {
            result.LoadAverage = ProcessFigures.LoadAverage();
            Table.Print(result);
        }

        return results;
    }

    private static void Collect(BenchmarkResult[] results, ServerKind kind, int exitCode, string output)
    {
        var measured = exitCode == 0 ? JsonSerializer.Deserialize<Measurement[]>(output) ?? [] : [];
        for (var i = 0; i < results.Length; i++)
        {
            if (i < measured.Length)
            {
                results[i].Add(kind.Name, measured[i]);
            }
            else
            {
                results[i].Failures[kind.Name] = "its connections could not be opened or were closed";
            }
        }
    }

    private Process StartGenerator(Target target)
    {
        string[] arguments =
        [
            .. Affinity.OwnCommand(), "run", "idle", "--json",
            "--port", $"{target.Port}", "--pid", $"{target.ProcessId}", "--dialect", target.Dialect.Name,
            "--connections", string.Join(',', steps), "--seconds", seconds.ToString(CultureInfo.InvariantCulture),
        ];
        return Process.Start(new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardOutput = true })!;
    }
}
