using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Sockeye.Benchmarks;

/// <summary><c>Sockeye.Benchmarks [--short] [part of a name]</c>: all benchmarks, or those whose name contains the part.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var part = args.FirstOrDefault(argument => !argument.StartsWith('-')) ?? "";

        // In this process: what is measured was built by this repository's own rules, not by a generated project.
        var job = (args.Contains("--short") ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
        var config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .WithArtifactsPath(Path.Combine(Environment.CurrentDirectory, "artifacts", "perf", "micro"));
        return BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(["--filter", $"*{part}*"], config).Any() ? 0 : 1;
    }
}
