using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>The programs of docs/samples are built beside the engine and run with their clients by the tests from outside; here they are compiled against the packages, as a copy of their folder is.</summary>
public sealed class WholeSampleTests(PackageFeed feed)
{
    public static TheoryData<string> Samples => [.. Directory.GetDirectories(Path.Combine(WorkingCopy.Root, "docs", "samples")).Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_program_compiles_against_the_packages(string sample)
    {
        var folder = Path.Combine(WorkingCopy.Root, "docs", "samples", sample);
        var sources = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Select(File.ReadAllText).ToArray();
        var compiled = new SampleCompiler(feed.Consumer).Compile(sample, sources);
        var isPlugin = File.ReadAllText(Directory.GetFiles(folder, "*.csproj").Single()).Contains("Sockeye.Abstractions", StringComparison.Ordinal);
        Assert.NotEqual(isPlugin, compiled.IsProgram);
        Assert.Empty(compiled.Complaints);
    }
}
