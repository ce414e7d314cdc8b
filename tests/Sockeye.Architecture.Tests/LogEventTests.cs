using System.Text.RegularExpressions;

namespace Sockeye.Architecture.Tests;

/// <summary>Repeated log lines are thinned by their event id, and operators filter by it.</summary>
public sealed class LogEventTests
{
    [Fact]
    public void No_two_log_events_of_a_project_have_the_same_id()
    {
        foreach (string project in Repository.Projects.Keys)
        {
            string[] ids = [.. Repository.SourcesOf(project)
                .SelectMany(path => Regex.Matches(File.ReadAllText(path), @"\[LoggerMessage\((?:EventId = )?(\d+)"))
                .Select(match => match.Groups[1].Value)];
            Assert.Equal(ids.Distinct().Order(), ids.Order());
        }
    }
}
