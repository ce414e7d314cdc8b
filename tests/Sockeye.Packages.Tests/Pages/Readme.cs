namespace Sockeye.Packages.Tests.Pages;

/// <summary>The first program of the README: one file that is run as it is.</summary>
internal static class Readme
{
    /// <summary>As it is written, with the lines that name its package.</summary>
    public static string OneFile { get; } = Documents.In("csharp").First(block => block.Page == "README.md" && block.Text.StartsWith("#:package ", StringComparison.Ordinal)).Text;

    /// <summary>Without the lines that a project has elsewhere.</summary>
    public static string InAProject { get; } = string.Join('\n', OneFile.Split('\n').Where(line => !line.StartsWith("#:", StringComparison.Ordinal)));
}
