using Microsoft.CodeAnalysis;
using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>Every block of C# on the pages for users compiles against the packages as it is written; programs are started, tests are run.</summary>
public sealed class SampleTests(PackageFeed feed)
{
    /// <summary>What a fragment may leave lying about; a whole file may not.</summary>
    private static readonly string[] s_unusedInFragments = ["CS0168", "CS0219", "CS8321", "CS0169", "CS0414", "CS0162", "CS0649", "CS1998"];

    private static readonly Lock s_making = new();
    private static Dictionary<string, Task>? s_results;

    public static TheoryData<string> Samples => [.. Documents.In("csharp").Select(block => block.Name)];

    /// <summary>The first one that asks starts them all, as many at a time as there are processors.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_compiles_and_does_what_it_says(string sample)
    {
        Task result;
        lock (s_making)
        {
            result = (s_results ??= RunAll(feed))[sample];
        }

        await result;
    }

    private static Dictionary<string, Task> RunAll(PackageFeed feed)
    {
        var (compiler, web) = (new SampleCompiler(feed.Consumer), new SampleCompiler(feed.WebConsumer));
        var room = new SemaphoreSlim(Math.Max(2, Environment.ProcessorCount));
        return Documents.In("csharp").ToDictionary(block => block.Name, block => Task.Run(async () =>
        {
            await room.WaitAsync();
            try
            {
                var isWeb = block.Text.StartsWith("#:sdk Microsoft.NET.Sdk.Web", StringComparison.Ordinal);
                await TryAsync(isWeb ? feed.WebConsumer : feed.Consumer, isWeb ? web : compiler, block);
            }
            finally
            {
                room.Release();
            }
        }));
    }

    private static async Task TryAsync(ConsumerProject consumer, SampleCompiler compiler, CodeBlock block)
    {
        var port = SampleProcess.FreePort();
        var name = string.Concat(block.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        var compiled = compiler.Compile(name, SampleProcess.OnPort(SampleSource.Of(block), port));
        if (block.Refused is { } refused)
        {
            Assert.Contains(refused, compiled.Complaints.Where(found => found.Severity == DiagnosticSeverity.Error).Select(found => found.Id));
            return;
        }

        var complaints = compiled.Complaints.Where(found => found.Severity == DiagnosticSeverity.Error || block.Surroundings is null || !s_unusedInFragments.Contains(found.Id)).ToArray();
        Assert.True(complaints.Length == 0, string.Join('\n', complaints.Select(found => $"{found.Location.GetMappedLineSpan()}: {found.Id} {found.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}")));
        var runs = compiled.IsProgram && block.Surroundings is null;
        if (!runs && !compiled.HasTests)
        {
            return;
        }

        var path = Path.Combine(consumer.Output, name + ".dll");
        compiled.Write(path);
        string[] host = ["exec", "--runtimeconfig", Path.Combine(consumer.Output, consumer.Name + ".runtimeconfig.json"), "--depsfile", Path.Combine(consumer.Output, consumer.Name + ".deps.json")];
        if (compiled.HasTests)
        {
            Assert.Contains("passed ", await CommandLine.RunAsync(CommandLine.Start(consumer.Folder, "dotnet", [.. host, Path.Combine(consumer.Output, consumer.Name + ".dll"), path])), StringComparison.Ordinal);
        }

        if (runs)
        {
            Assert.True(await SampleProcess.RunAsync(CommandLine.Start(consumer.Folder, "dotnet", [.. host, path]), port) is "" or ['0', '{', ..]);
        }
    }
}
