using System.Text.RegularExpressions;

namespace Sockeye.Architecture.Tests;

public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. Repository.Documents.Select(Repository.Relative)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_of_a_document_leads_to_a_file(string document)
    {
        string path = Path.Combine(Repository.Root, document);
        foreach (Match match in Link().Matches(File.ReadAllText(path)))
        {
            string target = match.Groups[1].Value.Split('#')[0];
            if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            string file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target));
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{document} links to {target}, which does not exist");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_source_file_that_a_document_names_exists(string document)
    {
        foreach (Match match in SourceFile().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))))
        {
            string name = match.Groups[1].Value;
            if (name.StartsWith("socket.io.", StringComparison.Ordinal))
            {
                continue; // a bundle of the JavaScript client, which comes from its package
            }

            bool exists = name.Contains('/')
                ? File.Exists(Path.Combine(Repository.Root, name))
                : File.Exists(Path.Combine(Repository.Root, name)) || new[] { "engine", "host", "tests", "plugins" }.Any(folder => Directory.Exists(Path.Combine(Repository.Root, folder)) && Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), name, SearchOption.AllDirectories).Any());
            Assert.True(exists, $"{document} names {name}, which does not exist");
        }
    }

    [Fact]
    public void No_source_file_is_longer_than_600_lines()
    {
        string[] folders = ["engine", "plugins", "host", "tests", "perf"];
        string[] tooLong = folders
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(Repository.SourcesBelow)
            .Where(path => File.ReadLines(path).Count() > 600)
            .Select(Repository.Relative)
            .ToArray();
        Assert.Empty(tooLong);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([\w./-]+\.(?:cs|js|mjs|ps1|css|html))`")]
    private static partial Regex SourceFile();
}
