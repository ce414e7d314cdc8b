using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Sockeye.Architecture.Tests;

/// <summary>The working copy that the tests look at: its project files, its documents and the reference table of docs/architecture.md.</summary>
internal static partial class Repository
{
    public static string Root => WorkingCopy.Root;

    /// <summary>Project name to the project names that the table of docs/architecture.md allows it to reference.</summary>
    public static IReadOnlyDictionary<string, string[]> ReferenceTable { get; } = ReadTable();

    /// <summary>The product's projects (engine, plugins, host): name to path. What <c>dotnet new</c> makes is none of them.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } = new[] { "engine", "plugins", "host" }
        .Select(folder => Path.Combine(Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Where(path => !Relative(path).StartsWith("host/Sockeye.Templates/", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);

    public static IEnumerable<string> SourcesOf(string project) => SourcesBelow(Path.GetDirectoryName(Projects[project])!);

    public static IEnumerable<string> SourcesBelow(string folder) => Directory
        .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(path => !IsBuilt(path));

    public static IEnumerable<string> Documents => Directory
        .EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Where(path => !IsBuilt(path));

    public static string[] ProjectReferences(string csproj) => XDocument.Load(csproj)
        .Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
        .ToArray();

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static bool IsBuilt(string path) => BuiltFolder().IsMatch(Relative(path));

    private static Dictionary<string, string[]> ReadTable() => File
        .ReadLines(Path.Combine(Root, "docs", "architecture.md"))
        .Select(line => TableRow().Match(line))
        .Where(match => match.Success)
        .ToDictionary(
            match => match.Groups["project"].Value,
            match => match.Groups["references"].Value
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(name => name != "–")
                .Select(name => "Sockeye." + name)
                .ToArray(),
            StringComparer.Ordinal);

    [GeneratedRegex(@"^\| L\d \| (?<project>[\w.]+) \| (?<references>[^|]*) \|")]
    private static partial Regex TableRow();

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|artifacts|\.git)/")]
    private static partial Regex BuiltFolder();
}
