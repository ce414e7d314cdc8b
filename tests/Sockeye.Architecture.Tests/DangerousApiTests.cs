using System.Text.RegularExpressions;

namespace Sockeye.Architecture.Tests;

/// <summary>What other servers have had trouble with is not used here at all.</summary>
public sealed class DangerousApiTests
{
    [Theory]
    [InlineData(@"\bunsafe\b", "Sockeye.Transport", "CVE-2020-0603: no pointers where input is parsed; the native transport calls the kernel")]
    [InlineData(@"JsonExtensionData|DeserializeAsyncEnumerable", "", "CVE-2024-30105, CVE-2024-43485: both could be made to cost far more than their input")]
    [InlineData(@"BinaryFormatter|TypeNameHandling|Type\.GetType\(", "", "CVE-2025-61765: no input chooses a type")]
    [InlineData(@"new Random\(|Random\.Shared|Guid\.NewGuid", "", "CVE-2017-16031: ids and masks come from the generator of the operating system")]
    [InlineData(@"Thread\.Sleep", "", "a loop never sleeps")]
    public void A_dangerous_construct_is_used_at_most_where_it_is_meant_to_be(string pattern, string allowed, string reason)
    {
        string[] found = [.. Repository.Projects.Keys
            .Where(project => project != allowed)
            .SelectMany(Repository.SourcesOf)
            .Where(path => File.ReadLines(path).Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Regex.IsMatch(line, pattern)))
            .Select(Repository.Relative)];
        Assert.True(found.Length == 0, $"{reason}: {string.Join(", ", found)}");
    }

    /// <summary>It leaves all generators out but those that <c>Directory.Build.targets</c> names, and then does not compile what needs another one.</summary>
    [Fact]
    public void The_quick_build_of_run_has_the_generators_that_the_host_needs()
    {
        string[] found = [.. new[] { "engine", "plugins", "host" }
            .SelectMany(folder => Repository.SourcesBelow(Path.Combine(Repository.Root, folder)))
            .Where(path => File.ReadAllText(path).Contains("[GeneratedRegex", StringComparison.Ordinal))
            .Select(Repository.Relative)];
        Assert.Empty(found);
    }

    [Fact]
    public void CVE_2021_32640_and_CVE_2020_7662_every_regular_expression_runs_in_linear_time()
    {
        string[] found = [.. Repository.Projects.Keys
            .SelectMany(Repository.SourcesOf)
            .Where(path => File.ReadAllText(path) is var text && Regex.IsMatch(text, @"new Regex\(|GeneratedRegex|Regex\.(IsMatch|Match|Replace)\(") && !text.Contains("RegexOptions.NonBacktracking", StringComparison.Ordinal))
            .Select(Repository.Relative)];
        Assert.Empty(found);
    }
}
