namespace Sockeye.Architecture.Tests;

/// <summary>
/// The folders directly below a project are its groups. They use each other one way, so that a reader who opens one knows what may be touched there; what uses
/// what is read from the built assemblies, since a namespace sees its parents without a using.
/// </summary>
public sealed class GroupTests
{
    public static TheoryData<string> ProjectNames => [.. Repository.Projects.Keys.Where(project => project != "Sockeye.Host")];

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void The_groups_of_a_project_use_each_other_one_way(string project)
    {
        (string From, string To, string User, string Used)[] crossings = [.. TypeGraph.Of(project).Crossings()];
        var uses = crossings.Select(crossing => (crossing.From, crossing.To)).Distinct().ToLookup(pair => pair.From, pair => pair.To, StringComparer.Ordinal);
        string[] back = [.. crossings.Where(crossing => Reaches(crossing.To, crossing.From, uses, [])).Select(crossing => $"{crossing.From}/{crossing.User} -> {crossing.To}/{crossing.Used}").Order(StringComparer.Ordinal)];
        Assert.True(back.Length == 0, $"{project}: groups that reach themselves by these uses:{Environment.NewLine}{string.Join(Environment.NewLine, back)}");
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void All_parts_of_a_type_lie_in_one_group(string project) => Assert.Empty(TypeGraph.Of(project).Files
        .Where(known => known.Value.Select(TypeGraph.GroupOf).Distinct().Count() > 1)
        .Select(known => $"{known.Key}: {string.Join(", ", known.Value)}"));

    /// <summary>Users keep the few namespaces that they know; inside, the namespace says the group.</summary>
    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void An_internal_type_has_the_namespace_of_its_group(string project)
    {
        var graph = TypeGraph.Of(project);
        Assert.Empty(graph.Internals
            .Where(type => graph.GroupOfType(type.Name) is var group && group != TypeGraph.Root && type.Namespace != $"{project}.{group}")
            .Select(type => $"{type.Namespace}.{type.Name} in {graph.GroupOfType(type.Name)}"));
    }

    [Fact]
    public void The_picture_of_the_groups_is_current()
    {
        string page = File.ReadAllText(GroupPicture.PagePath), renewed = GroupPicture.Renew(page);
        if (Environment.GetEnvironmentVariable(GroupPicture.WriteVariable) == "1")
        {
            File.WriteAllText(GroupPicture.PagePath, renewed);
        }

        Assert.True(page == renewed || File.ReadAllText(GroupPicture.PagePath) == renewed, "docs/architecture.md shows other groups than there are: ./build.ps1 groups draws them again");
    }

    /// <summary>Each group says in one line what it owns.</summary>
    [Fact]
    public void The_table_of_groups_names_exactly_those_that_there_are()
    {
        string[] told = [.. File.ReadLines(GroupPicture.PagePath).Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length >= 5 && Repository.Projects.ContainsKey("Sockeye." + cells[1]))
            .Select(cells => $"{cells[1]}/{cells[2]}")];
        string[] there = [.. Repository.Projects.Keys.Where(project => project != "Sockeye.Host")
            .SelectMany(project => TypeGraph.Of(project) is var graph ? graph.Uses.Keys.Select(graph.GroupOfType).Distinct().Select(group => $"{project["Sockeye.".Length..]}/{group}") : [])
            .Where(group => !group.EndsWith(TypeGraph.Root, StringComparison.Ordinal))];
        Assert.Equal(there.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_use_in_the_code_of_a_method_alone_is_seen() =>
        Assert.Contains("HttpHeadParser", TypeGraph.Of("Sockeye.Protocol").Uses["HttpRequestHead"].Concat(TypeGraph.Of("Sockeye.Protocol").Uses["HttpHeadReader"]));

    private static bool Reaches(string from, string target, ILookup<string, string> uses, HashSet<string> seen) =>
        from == target || (seen.Add(from) && uses[from].Any(next => Reaches(next, target, uses, seen)));
}
