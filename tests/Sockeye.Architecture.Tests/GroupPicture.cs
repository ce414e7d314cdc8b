using System.Text;

namespace Sockeye.Architecture.Tests;

/// <summary>The picture of the groups in docs/architecture.md, drawn from what the built assemblies reference.</summary>
internal static class GroupPicture
{
    /// <summary>The variable that makes the test of the picture write it: set by <c>./build.ps1 groups</c>.</summary>
    public const string WriteVariable = "SOCKEYE_WRITE_GROUPS";

    private const string Begin = "<!-- groups: written by ./build.ps1 groups -->", End = "<!-- end of groups -->";

    public static string PagePath => Path.Combine(Repository.Root, "docs", "architecture.md");

    /// <summary>The page with the picture as it has to be.</summary>
    public static string Renew(string page)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, $"docs/architecture.md has no place for the picture: {Begin} … {End}");
        return page[..(begin + Begin.Length)] + "\n" + Draw() + page[end..];
    }

    /// <summary>One box for each project, in it its groups; an arrow says "uses". Arrows that follow from others are left out.</summary>
    private static string Draw()
    {
        var text = new StringBuilder("```mermaid\nflowchart TD\n");
        foreach (var project in Repository.ReferenceTable.Keys.Where(project => project != "Sockeye.Host").Reverse())
        {
            var graph = TypeGraph.Of(project);
            string[] groups = [.. graph.Uses.Keys.Select(graph.GroupOfType).Distinct().Order(StringComparer.Ordinal)];
            var uses = graph.Crossings().Select(crossing => (crossing.From, crossing.To)).Distinct().ToLookup(pair => pair.From, pair => pair.To, StringComparer.Ordinal);
            text.Append($"    subgraph {Box(project)}[\"{project}\"]\n");
            foreach (var group in groups)
            {
                text.Append($"        {Node(project, group)}[\"{(group == TypeGraph.Root ? project["Sockeye.".Length..] : group)}\"]\n");
            }

            foreach (var from in groups)
            {
                foreach (var to in uses[from].Where(to => !uses[from].Any(other => other != to && Reaches(other, to, uses))).Order(StringComparer.Ordinal))
                {
                    text.Append($"        {Node(project, from)} --> {Node(project, to)}\n");
                }
            }

            text.Append("    end\n");
        }

        var references = Repository.ReferenceTable.Where(row => row.Key != "Sockeye.Host")
            .SelectMany(row => row.Value.Select(to => (row.Key, to))).ToLookup(pair => pair.Key, pair => pair.to, StringComparer.Ordinal);
        foreach (var from in references)
        {
            foreach (var to in from.Where(to => !from.Any(other => other != to && Reaches(other, to, references))).Order(StringComparer.Ordinal))
            {
                text.Append($"    {Box(from.Key)} --> {Box(to)}\n");
            }
        }

        return text.Append("```\n").ToString();
    }

    private static string Box(string project) => project.Replace('.', '_');

    private static string Node(string project, string group) => $"{Box(project)}_{(group == TypeGraph.Root ? "root" : group)}";

    private static bool Reaches(string from, string target, ILookup<string, string> uses, HashSet<string>? seen = null)
    {
        seen ??= [];
        return from == target || (seen.Add(from) && uses[from].Any(next => Reaches(next, target, uses, seen)));
    }
}
