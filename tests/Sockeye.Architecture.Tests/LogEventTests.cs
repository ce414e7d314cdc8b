using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Sockeye.Architecture.Tests;

/// <summary>Repeated log lines are thinned by their event id, and operators filter by it, whichever layer a line is of.</summary>
public sealed partial class LogEventTests
{
    private static readonly (string Project, int Id)[] Events =
    [
        .. Repository.Projects.Keys.SelectMany(project => Repository.SourcesOf(project)
            .SelectMany(path => LogEvent().Matches(File.ReadAllText(path)))
            .Select(match => (project, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)))),
    ];

    [Fact]
    public void No_two_log_events_of_all_assemblies_have_the_same_id()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(Events.GroupBy(known => known.Id).Where(same => same.Count() > 1).Select(same => $"{same.Key}: {string.Join(", ", same.Select(known => known.Project))}"));
    }

    [Fact]
    public void Every_log_event_has_an_id_of_its_project_s_range_in_the_architecture_page()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));
        var ranges = IdRange().Matches(page).ToDictionary(
            match => "Sockeye." + match.Groups[1].Value,
            match => (First: int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), Last: int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)));
        Assert.Empty(Events.Select(known => known.Project).Except(ranges.Keys));
        Assert.All(Events, known => Assert.InRange(known.Id, ranges[known.Project].First, ranges[known.Project].Last));
        var inOrder = ranges.Values.OrderBy(range => range.First).ToArray();
        Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.First.Last < pair.Second.First));
    }

    [Fact]
    public void The_built_assemblies_have_the_log_events_that_the_sources_have()
    {
        foreach (var project in Repository.Projects.Keys.Where(project => project != "Sockeye.Host"))
        {
            var built = Assembly.Load(project).GetTypes()
                .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
                .OfType<int>();
            Assert.Equal(Events.Where(known => known.Project == project).Select(known => known.Id).Order(), built.Order());
        }
    }

    /// <summary>Operators alert and filter by what stands there.</summary>
    [Fact]
    public void The_page_of_log_events_is_current()
    {
        string path = Path.Combine(Repository.Root, "docs", "log-events.md"), page = File.Exists(path) ? File.ReadAllText(path) : "";
        var renewed = Page();
        if (Environment.GetEnvironmentVariable(GroupPicture.WriteVariable) == "1")
        {
            File.WriteAllText(path, renewed);
        }

        Assert.True(page == renewed || File.ReadAllText(path) == renewed, "docs/log-events.md has other entries than there are: ./build.ps1 groups writes it again");
    }

    private static string Page()
    {
        var rows = Repository.Projects.Keys.SelectMany(project => Repository.SourcesOf(project).SelectMany(path => WholeEvent().Matches(File.ReadAllText(path))).Select(match => (
            Id: int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            Level: match.Groups[2].Success ? match.Groups[2].Value : "varies",
            Project: project,
            Text: match.Groups[3].Value.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)))).OrderBy(static row => row.Id).ToArray();
        Assert.Equal(Events.Select(static known => known.Id).Order(), rows.Select(static row => row.Id));
        return $"""
            # Log events

            Every entry of the log by its event id, which stays: an id is never used for something else. Names in braces are values of the entry, which JSON (`LogFormat`) has by these names. The category
            is the project's name, and that of a plugin `Sockeye.Plugin.<id>`. `./build.ps1 groups` writes this page from the sources.

            | Id | Level | Project | Entry |
            |---|---|---|---|
            {string.Join('\n', rows.Select(static row => $"| {row.Id} | {row.Level} | {row.Project["Sockeye.".Length..]} | {(row.Text.Contains('`', StringComparison.Ordinal) ? row.Text : $"`{row.Text}`")} |"))}

            """.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId = )?(\d+)")]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId = )?(\d+),(?:\s*(?:Level = )?LogLevel\.(\w+),)?\s*(?:Message = )?""((?:[^""\\]|\\.)*)""")]
    private static partial Regex WholeEvent();

    [GeneratedRegex(@"(Transport|EngineIO|Server|Hosting|Host|Cluster\.\w+|Plugin\.\w+) (\d{4}) to (\d{4})")]
    private static partial Regex IdRange();
}
