using System.Reflection;
using System.Text.RegularExpressions;

namespace Sockeye.Architecture.Tests;

public sealed partial class LayerTests
{
    public static TheoryData<string> ProjectNames => [.. Repository.Projects.Keys];

    [Fact]
    public void Every_project_stands_in_the_reference_table_and_the_table_names_no_other() =>
        Assert.Equal(Repository.Projects.Keys.Order(StringComparer.Ordinal), Repository.ReferenceTable.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_file_references_exactly_what_the_table_allows(string project) => Assert.Equal(
        Repository.ReferenceTable[project].Order(StringComparer.Ordinal),
        Repository.ProjectReferences(Repository.Projects[project]).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_built_assembly_references_no_project_beyond_the_table(string project)
    {
        if (project == "Sockeye.Host")
        {
            return; // an executable is not loaded here; its project file is compared above
        }

        var references = Assembly.Load(project).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("Sockeye.", StringComparison.Ordinal))
            .ToArray();
        Assert.Empty(references.Except(Repository.ReferenceTable[project]));
    }

    [Fact]
    public void DotNetty_is_seen_where_pipelines_are_built_only()
    {
        var seeing = Repository.Projects.Keys
            .Where(project => project != "Sockeye.Host")
            .Where(project => Assembly.Load(project).GetReferencedAssemblies().Any(name => name.Name!.StartsWith("DotNetty.", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)
            .ToArray();
        Assert.Equal(["Sockeye.EngineIO", "Sockeye.Server", "Sockeye.Transport"], seeing);
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void The_namespaces_of_a_project_form_no_cycle(string project)
    {
        var uses = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var path in Repository.SourcesOf(project))
        {
            var text = File.ReadAllText(path);
            var declared = NamespaceDeclaration().Match(text);
            if (!declared.Success)
            {
                continue;
            }

            if (!uses.TryGetValue(declared.Groups[1].Value, out var used))
            {
                uses.Add(declared.Groups[1].Value, used = new HashSet<string>(StringComparer.Ordinal));
            }

            foreach (Match match in UsingDirective().Matches(text))
            {
                used.Add(match.Groups[1].Value);
            }
        }

        foreach (var start in uses.Keys)
        {
            Assert.False(Reaches(start, start, uses, []), $"{project}: {start} reaches itself through its using directives");
        }
    }

    private static bool Reaches(string from, string target, Dictionary<string, HashSet<string>> uses, HashSet<string> seen)
    {
        foreach (var next in uses.GetValueOrDefault(from) ?? [])
        {
            if (next == target || (uses.ContainsKey(next) && seen.Add(next) && Reaches(next, target, uses, seen)))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"^using (?:static )?(Sockeye[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();
}
