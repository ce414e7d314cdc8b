using System.Globalization;
using System.Text.RegularExpressions;
using Mono.Cecil;

namespace Sockeye.Architecture.Tests;

public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. Repository.Documents.Select(Repository.Relative)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_of_a_document_leads_to_a_file(string document)
    {
        var path = Path.Combine(Repository.Root, document);
        foreach (Match match in Link().Matches(File.ReadAllText(path)))
        {
            var (target, heading) = match.Groups[1].Value.Split('#') is [var before, var after] ? (before, after) : (match.Groups[1].Value, "");
            if (target.Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            var file = target.Length == 0 ? path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target));
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{document} links to {target}, which does not exist");
            Assert.True(heading.Length == 0 || Headings(file).Contains(heading), $"{document} links to {target}#{heading}, and there is no such heading");
        }
    }

    /// <summary>Decisions have a table of their own, and a sample's page is reached from that of all samples.</summary>
    [Fact]
    public void The_page_of_operations_says_what_to_do_for_each_alert()
    {
        string[] alerts = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "deploy", "alerts.yml")).Where(static line => line.Contains("- alert: ", StringComparison.Ordinal)).Select(static line => line.Split("- alert: ")[1].Trim())];
        string[] told = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "operations.md")).Where(static line => line.StartsWith("| `Sockeye", StringComparison.Ordinal)).Select(static line => line.Split('`')[1])];
        Assert.NotEmpty(alerts);
        Assert.Equal(alerts, told);
    }

    [Fact]
    public void What_the_page_of_operations_looks_at_for_an_alert_is_there()
    {
        var metrics = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));
        var entries = File.ReadAllText(Path.Combine(Repository.Root, "docs", "log-events.md"));
        var commands = File.ReadLines(Path.Combine(Repository.Root, "docs", "operations.md")).Where(static line => line.StartsWith("| `Sockeye", StringComparison.Ordinal))
            .Select(static line => line.Split('|')[2].Split('`').Where(static (_, index) => index % 2 == 1).Select(static command => command.Split(' ')).ToArray()).ToArray();
        Assert.All(commands, Assert.NotEmpty);
        Assert.All(commands.SelectMany(static row => row), command => Assert.All(command[1..], word => Assert.True(
            command[0] switch
            {
                "metric" => metrics.Contains("`sockeye_" + word, StringComparison.Ordinal),
                "log" => entries.Contains($"| {word} | ", StringComparison.Ordinal),
                _ => true,
            },
            string.Join(' ', command))));
    }

    [Fact]
    public void The_table_of_contents_leads_to_every_page()
    {
        var contents = Path.Combine(Repository.Root, "docs", "README.md");
        Assert.Empty(PagesWithoutLine(contents, Link()).Select(page => $"docs/README.md has no line for {page}"));
    }

    [Fact]
    public void The_table_beside_the_pages_of_the_site_leads_to_every_page()
    {
        var contents = Path.Combine(Repository.Root, "docs", "toc.yml");
        Assert.Empty(PagesWithoutLine(contents, Entry()).Select(page => $"docs/toc.yml has no line for {page}"));
    }

    private static IEnumerable<string> PagesWithoutLine(string contents, Regex link)
    {
        var linked = link.Matches(File.ReadAllText(contents))
            .Select(match => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(contents)!, match.Groups[1].Value.Split('#')[0])))
            .ToHashSet(StringComparer.Ordinal);
        return Repository.Documents
            .Where(page => Repository.Relative(page) is var name && name.StartsWith("docs/", StringComparison.Ordinal) && name != "docs/README.md"
                && (name.Count('/') == 1 || (!name.StartsWith("docs/adr/", StringComparison.Ordinal) && !name.StartsWith("docs/samples/", StringComparison.Ordinal))))
            .Where(page => !linked.Contains(Path.GetFullPath(page)))
            .Select(Repository.Relative);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_source_file_that_a_document_names_exists(string document)
    {
        if (document is "docs/tutorial.md" or "docs/plugins.md" || document.StartsWith("docs/guide/", StringComparison.Ordinal))
        {
            return; // files that its reader writes
        }

        foreach (Match match in SourceFile().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))))
        {
            var name = match.Groups[1].Value;
            if (name.StartsWith("socket.io.", StringComparison.Ordinal))
            {
                continue; // a bundle of the JavaScript client, which comes from its package
            }

            var exists = name.Contains('/')
                ? File.Exists(Path.Combine(Repository.Root, name)) || File.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, name))
                : File.Exists(Path.Combine(Repository.Root, name)) || new[] { "engine", "host", "tests", "plugins", "docs" }.Any(folder => Directory.Exists(Path.Combine(Repository.Root, folder)) && Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), name, SearchOption.AllDirectories).Any());
            Assert.True(exists, $"{document} names {name}, which does not exist");
        }
    }

    /// <summary>The pages on what is; decisions and the changelog also tell what was.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_member_that_a_document_names_exists(string document)
    {
        if (document.StartsWith("docs/adr/", StringComparison.Ordinal) || document == "CHANGELOG.md")
        {
            return;
        }

        var members = Members.Value;
        Assert.Empty(Member().Matches(File.ReadAllText(Path.Combine(Repository.Root, document)))
            .Select(match => (Type: match.Groups[1].Value, Name: match.Groups[2].Value))
            .Where(named => members.Contains(named.Type) && !members[named.Type].Contains(named.Name))
            .Select(named => $"{document} names {named.Type}.{named.Name}, and {named.Type} has no such member"));
    }

    [Fact]
    public void The_page_on_metrics_names_each_one_and_no_other()
    {
        string[] projects = ["Sockeye.Server", "Sockeye.Cluster.Nats", "Sockeye.Plugin.Auth", "Sockeye.Plugin.Routing"];
        var made = projects.SelectMany(Repository.SourcesOf).Append(Path.Combine(Repository.Root, "host", "Sockeye.Host", "Administration", "HostMetrics.cs"))
            .SelectMany(path => Metric().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value).Distinct().ToArray();
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));
        Assert.NotEmpty(made);
        Assert.Equal(made.Order(StringComparer.Ordinal), MetricRow().Matches(page).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_source_file_is_longer_than_600_lines()
    {
        string[] folders = ["engine", "plugins", "host", "tests", "perf", "docs"];
        var tooLong = folders
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(Repository.SourcesBelow)
            .Where(path => File.ReadLines(path).Count() > 600)
            .Select(Repository.Relative)
            .ToArray();
        Assert.Empty(tooLong);
    }

    /// <summary>The members of each type of the engine, nested types included, by the type's name.</summary>
    private static readonly Lazy<ILookup<string, string>> Members = new(() => Repository.Projects.Keys
        .Where(project => project != "Sockeye.Host")
        .SelectMany(MembersOf)
        .ToLookup(member => member.Type, member => member.Name, StringComparer.Ordinal));

    private static List<(string Type, string Name)> MembersOf(string project)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, project + ".dll"));
        return [.. assembly.MainModule.GetTypes().SelectMany(type => type.Fields.Select(field => field.Name)
            .Concat(type.Methods.Select(method => method.Name))
            .Concat(type.Properties.Select(property => property.Name))
            .Concat(type.Events.Select(raised => raised.Name))
            .Concat(type.NestedTypes.Select(nested => nested.Name))
            .Select(name => (type.Name.Split('`')[0], name)))];
    }

    /// <summary>A row of the README's table, and the place on the page on performance that its figures are taken from.</summary>
    [Theory]
    [InlineData("| echo of 32 B", "### Echo, 1 in flight, 32 B")]
    [InlineData("| broadcast of 128 B to 5,000", "### Broadcast to 5,000, 128 B")]
    [InlineData("| 5,000 clients connecting", "### Connect storm, 5,000")]
    [InlineData("| 200 MiB", "A reader that stops")]
    public void The_figures_of_the_README_are_those_of_the_page_on_performance(string row, string place)
    {
        var told = Cells(File.ReadAllText(Path.Combine(Repository.Root, "README.md")), row);
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "performance.md"));
        var measured = page[page.IndexOf(place + (place[0] == '#' ? "\n" : ""), StringComparison.Ordinal)..];
        Assert.Equal(
            new[] { "Sockeye", "socket.io on Node", "SignalR, JSON" }.Select((server, i) => (server, FirstNumber(Cells(measured, $"| {server} |")[1], FirstNumber(told[i + 1]).Scale))),
            new[] { "Sockeye", "socket.io on Node", "SignalR, JSON" }.Select((server, i) => (server, FirstNumber(told[i + 1]))));
    }

    private static string[] Cells(string page, string row)
    {
        var start = page.IndexOf(row, StringComparison.Ordinal);
        return page[start..page.IndexOf('\n', start)].Trim('|').Split('|', StringSplitOptions.TrimEntries);
    }

    private static decimal FirstNumber(string cell, int decimals = 2) => Math.Round(decimal.Parse(Number().Match(cell).Value, CultureInfo.InvariantCulture), decimals);

    /// <summary>The names by which the headings of a page are linked to, as GitHub makes them.</summary>
    private static HashSet<string> Headings(string path) => [.. Heading().Matches(Fenced().Replace(File.ReadAllText(path), ""))
        .Select(match => new string([.. match.Groups[1].Value.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c)]))];

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"^#{1,6} (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s*```.*?^\s*```\s*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"^ *href: (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([\w./-]+\.(?:cs|js|mjs|ps1|css|html))`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"`([A-Z]\w+)\.([A-Z]\w+)(?![\w.])")]
    private static partial Regex Member();

    [GeneratedRegex(@"""(sockeye\.[a-z_.]*[a-z])""")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^\| `(sockeye\.[a-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();
}
