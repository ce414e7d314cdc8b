namespace Sockeye.Interop;

/// <summary>The scenarios by name, known before any script runs, so that a run that crashes fails each of them.</summary>
internal static class ScenarioList
{
    private static readonly string[] Lines =
    [
        .. File.ReadAllLines(Path.Combine(Repository.NodeFolder, "scenarios.txt")),
        .. File.ReadAllLines(Path.Combine(Repository.PythonFolder, "scenarios.txt")),
    ];

    /// <summary>Every name of every group.</summary>
    public static IEnumerable<string> AllNames => Lines.Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]);

    /// <summary>One row for each scenario of a group.</summary>
    public static TheoryData<string> Of(string group)
    {
        var prefix = group + ": ";
        return [.. Lines.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => line[prefix.Length..])];
    }
}
